"""The trust document and the statement: docs/adr/0002."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from inventory.problem import BadInventory
from inventory.trust import Key, Statement, Trust, TrustRole, moment
from inventory.trust_file import load_trust

DIGEST = "sha256:" + "a" * 64


def _public(number: int) -> str:
    key = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32).public_key()
    return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def _person(name: str, number: int, roles: str) -> str:
    span = "valid_from: 2026-01-01T00:00:00Z, valid_until: 2028-01-01T00:00:00Z"
    return f"  - {{name: {name}, title: {name}, roles: [{roles}], keys: [{{public: {_public(number)}, {span}}}]}}"


DOCUMENT = "\n".join(
    [
        "trust:",
        "  - {version: 1, serial: 7}",
        "people:",
        _person("asha", 1, "engineer, reviewer"),
        _person("juma", 2, "reviewer, security"),
        _person("neema", 3, "reviewer, security"),
        "policy:",
        "  - {name: every-change, needs: [{role: reviewer, signatures: 1}]}",
        "  - {name: high-risk, risk: high, needs: [{role: reviewer, signatures: 2}, {role: security, signatures: 1}]}",
        "  - {name: dodoma, site: dodoma-dc, plane: network, risk: medium, needs: [{role: security, signatures: 1}]}",
    ]
)


def _load(folder: Path, text: str) -> Trust:
    path = folder / "trust.yaml"
    path.write_text(text + "\n", encoding="utf-8")
    return load_trust(path)


@pytest.mark.parametrize(
    ("plane", "risk", "site", "needs"),
    [
        ("network", "low", "mbeya", {"reviewer": 1}),
        ("network", "high", "mbeya", {"reviewer": 2, "security": 1}),
        ("network", "low", "dodoma-dc", {"reviewer": 1}),
        ("network", "medium", "dodoma-dc", {"reviewer": 1, "security": 1}),
        ("stacks", "medium", "dodoma-dc", {"reviewer": 1}),
    ],
)
def test_every_policy_that_applies_must_be_met(
    tmp_path: Path, plane: str, risk: str, site: str, needs: dict[str, int]
) -> None:
    assert _load(tmp_path, DOCUMENT).needs(plane, risk, site) == {TrustRole(role): n for role, n in needs.items()}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("serial: 7", "serial: 0", "trust.yaml:2: `serial` is `0`; write at least 1"),
        ("version: 1", "version: 2", "trust.yaml:2: unknown version `2`"),
        ("2026-01-01T00:00:00Z", "2026-01-01", "`valid_from` is `2026-01-01`; write one such as 2026-01-31T00:00:00Z"),
        ("name: juma", "name: asha", "trust.yaml:5: a second person is named `asha`; rename or remove one"),
        (_public(2), _public(1), "trust.yaml:5: asha and juma have one key; give each a key of their own"),
        (_public(2), "ssh-rsa AAAA", "trust.yaml:5: a key of juma is not an OpenSSH ed25519 public key"),
        (_public(2), _public(2)[:-6], "trust.yaml:5: a key of juma is not an OpenSSH ed25519 public key"),
        (
            "role: security, signatures: 1}]}\n  - {name: dodoma",
            "role: manager, signatures: 1}]}\n  - {name: dodoma",
            "trust.yaml:9: the policy high-risk needs 1 of the role manager, held by 0",
        ),
        ("name: high-risk", "name: every-change", "trust.yaml:9: a second policy is named `every-change`"),
        ("name: every-change, needs", "name: every-change, risk: low, needs", "trust.yaml: no policy holds for every"),
        (
            "{role: security, signatures: 1}]}\n  - {name: dodoma",
            "{role: break-glass, signatures: 1}]}\n  - {name: dodoma",
            "trust.yaml:9: the policy high-risk asks for the role break-glass, which stands in place of a policy",
        ),
        (
            "needs: [{role: reviewer, signatures: 2}, {role: security, signatures: 1}]",
            "needs: [{role: reviewer, signatures: 1}]",
            "a high risk asks for 1 on the plane network, and a medium one for 1; let a policy with `risk: high` ask",
        ),
        ("policy:", "polcy:", "trust.yaml:7: unknown section `polcy`; did you mean `policy`?"),
        ("risk: medium", "rsk: medium", "trust.yaml:10: unknown key `rsk`; did you mean `risk`?"),
    ],
)
def test_what_is_wrong_is_told_at_its_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert DOCUMENT.count(old) >= 1
    with pytest.raises(BadInventory) as raised:
        _load(tmp_path, DOCUMENT.replace(old, new, 1))
    assert told in str(raised.value).replace(f"{tmp_path}/", "")


def test_a_key_whose_time_cannot_be_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInventory, match=r"2026-13-01T00:00:00Z` of asha is no moment"):
        _load(tmp_path, DOCUMENT.replace("2026-01-01", "2026-13-01", 1))
    with pytest.raises(BadInventory, match="a key of asha ends before it begins"):
        _load(tmp_path, DOCUMENT.replace("2028-01-01", "2025-01-01", 1))


def test_the_digest_is_of_what_it_says_and_not_of_how_it_is_written(tmp_path: Path) -> None:
    trust = _load(tmp_path, DOCUMENT)
    assert _load(tmp_path, "# a comment\n" + DOCUMENT).digest == trust.digest
    assert _load(tmp_path, DOCUMENT.replace("serial: 7", "serial: 8")).digest != trust.digest


@given(
    st.integers(min_value=-400, max_value=1200),
    st.integers(min_value=0, max_value=400),
    st.none() | st.integers(min_value=-100, max_value=1200),
)
def test_a_key_counts_inside_its_time_and_never_once_revoked(signed: int, later: int, revoked: int | None) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)

    def text(days: int) -> str:
        return (start + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")

    key = Key(
        public=_public(1),
        valid_from=text(0),
        valid_until=text(730),
        revoked=None if revoked is None else text(revoked),
    )
    at, now = moment(text(signed)), moment(text(signed + later))
    wanted = 0 <= signed < 730 and (revoked is None or signed + later < revoked)
    assert key.counts(at, now) == wanted
    assert not key.counts(now + timedelta(seconds=1), now)


def _statement(**changes: object) -> Statement:
    fields: dict[str, object] = {
        "plan": DIGEST,
        "rehearsal": None,
        "trust": DIGEST,
        "person": "juma",
        "role": "reviewer",
        "at": "2026-11-23T04:00:00Z",
        "reason": "kazi ya usiku: é",
        "targets": ("core-1", "core-2"),
    }
    return Statement.model_validate({**fields, **changes})


def test_a_statement_is_its_canonical_bytes() -> None:
    payload = _statement().payload
    assert (
        payload
        == (
            '{"at":"2026-11-23T04:00:00Z","person":"juma","plan":"' + DIGEST + '","reason":"kazi ya usiku: é",'
            '"rehearsal":null,"role":"reviewer","targets":["core-1","core-2"],"trust":"' + DIGEST + '","version":1}'
        ).encode()
    )
    assert Statement.model_validate(json.loads(payload)) == _statement()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("plan", "sha256:" + "b" * 64),
        ("rehearsal", DIGEST),
        ("trust", "sha256:" + "b" * 64),
        ("person", "asha"),
        ("role", "security"),
        ("at", "2026-11-23T04:00:01Z"),
        ("reason", "kazi ya usiku: e"),
        ("targets", ("core-1",)),
    ],
)
def test_every_field_is_covered_by_the_bytes(key: str, value: object) -> None:
    assert _statement(**{key: value}).payload != _statement().payload
    assert _statement(**{key: value}).digest != _statement().digest


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("version", 2),
        ("plan", "a" * 64),
        ("role", "owner"),
        ("at", "2026-11-23 04:00"),
        ("reason", ""),
        ("targets", ()),
        ("targets", ("core-2", "core-1")),
        ("targets", ("core-1", "core-1")),
        ("note", "x"),
    ],
)
def test_a_statement_of_another_shape_is_none(key: str, value: object) -> None:
    with pytest.raises(ValidationError):
        _statement(**{key: value})
