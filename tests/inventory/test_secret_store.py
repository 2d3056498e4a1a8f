"""The age store: values come back, are proper, and show nowhere else."""

from __future__ import annotations

import base64
import json
import os
import pickle
import re
import stat
import threading
import traceback
from pathlib import Path

import pyrage
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_private_key
from hypothesis import given
from hypothesis import strategies as st

from inventory.load import load
from inventory.model import Inventory, Secret
from inventory.sealed import Sealed
from inventory.secret_store import IDENTITY_FILE, SECRETS_FILE, AgeStore, SecretStoreError, environment_name
from inventory.secret_values import SecretKind, generate, public_half, refusal, telling, tls_key
from inventory.secrets import SecretMissing, Secrets
from tests.inventory.worlds import MINIMAL

CANARY = "canary-0123456789abcdef"
PASSPHRASES: tuple[SecretKind, ...] = ("ospf", "bgp", "snmp")


@pytest.fixture
def world() -> Inventory:
    inventory = load(MINIMAL)
    named = Secret(name="from-outside", kind="snmp", source="environment")
    return inventory.model_copy(update={"secrets": (*inventory.secrets, named)})


@pytest.fixture
def store(tmp_path: Path, world: Inventory) -> AgeStore:
    return AgeStore.create(tmp_path / "secrets", world)


def test_what_was_made_is_there_when_the_store_is_opened_again(
    store: AgeStore, tmp_path: Path, world: Inventory
) -> None:
    again: Secrets = AgeStore.open(tmp_path / "secrets", world)
    for name in ("login-key", "snmp-auth", "snmp-priv", "ospf-key", "bgp-key"):
        assert again.value(name) == store.value(name)
        assert again.tag(name) == store.tag(name)
        assert re.fullmatch(rf"<{name}#[0-9a-f]{{16}}>", again.tag(name))


def test_values_are_proper_for_what_reads_them(store: AgeStore) -> None:
    assert re.fullmatch(r"[A-Za-z0-9]{16}", store.value("ospf-key"))
    assert re.fullmatch(r"[A-Za-z0-9]{16,80}", store.value("bgp-key"))
    assert re.fullmatch(r"[A-Za-z0-9]{16,}", store.value("snmp-auth"))
    assert store.value("snmp-auth") != store.value("snmp-priv")
    load_ssh_private_key(store.value("login-key").encode(), password=None)
    assert re.fullmatch(r"ssh-ed25519 AAAA[A-Za-z0-9+/]+=*", public_half(Sealed(store.value("login-key"))))


def test_files_are_for_their_owner_and_hold_no_value_in_clear(store: AgeStore, tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        for name in store.names:
            if name not in store.missing:
                assert store.value(name).encode() not in path.read_bytes()
    identity = pyrage.x25519.Identity.from_str((folder / IDENTITY_FILE).read_text().strip())
    document = json.loads(pyrage.decrypt((folder / SECRETS_FILE).read_bytes(), [identity]))
    assert document["values"]["bgp-key"] == store.value("bgp-key")
    assert document["tag_key"]


@pytest.mark.parametrize("what", ["", IDENTITY_FILE, SECRETS_FILE])
def test_a_store_that_others_can_read_is_refused(store: AgeStore, tmp_path: Path, world: Inventory, what: str) -> None:
    path = tmp_path / "secrets" / what
    path.chmod(0o755 if path.is_dir() else 0o640)
    with pytest.raises(SecretStoreError, match="open to others"):
        AgeStore.open(tmp_path / "secrets", world)


def test_a_missing_or_damaged_store_is_refused(store: AgeStore, tmp_path: Path, world: Inventory) -> None:
    path = tmp_path / "secrets" / SECRETS_FILE
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(SecretStoreError, match="does not open"):
        AgeStore.open(tmp_path / "secrets", world)
    path.unlink()
    with pytest.raises(SecretStoreError, match="is missing"):
        AgeStore.open(tmp_path / "secrets", world)


def test_a_second_store_is_not_made_over_the_first(store: AgeStore, tmp_path: Path, world: Inventory) -> None:
    before = (tmp_path / "secrets" / SECRETS_FILE).read_bytes()
    with pytest.raises(SecretStoreError, match="already holds"):
        AgeStore.create(tmp_path / "secrets", world)
    assert (tmp_path / "secrets" / SECRETS_FILE).read_bytes() == before
    assert AgeStore.open(tmp_path / "secrets", world).value("bgp-key") == store.value("bgp-key")


def test_only_the_named_are_generated_and_fill_makes_the_rest(tmp_path: Path, world: Inventory) -> None:
    store = AgeStore.create(tmp_path / "few", world, "bgp-key")
    assert store.missing == ("login-key", "snmp-auth", "snmp-priv", "ospf-key", "from-outside")
    before = store.value("bgp-key")
    assert store.fill() == ("login-key", "snmp-auth", "snmp-priv", "ospf-key")
    assert list(store.missing) == ["from-outside"]
    assert store.value("bgp-key") == before
    assert store.fill() == ()


def test_rotation_changes_the_tag_and_no_other(store: AgeStore) -> None:
    tags = {name: store.tag(name) for name in ("bgp-key", "ospf-key")}
    store.rotate("bgp-key")
    assert store.tag("bgp-key") != tags["bgp-key"]
    assert store.tag("ospf-key") == tags["ospf-key"]


def test_redaction_names_the_secret_or_says_unknown(store: AgeStore) -> None:
    assert store.redact(store.value("ospf-key")) == store.tag("ospf-key")
    assert re.fullmatch(r"<unknown#[0-9a-f]{16}>", store.redact(CANARY))
    assert store.redact(CANARY) != store.redact(CANARY + "x")


def test_the_tag_needs_the_key_of_the_store(tmp_path: Path, world: Inventory) -> None:
    """Two stores give one value two tags: a tag is no digest that could be searched for offline."""
    tags = set()
    for name in ("one", "two"):
        store = AgeStore.create(tmp_path / name, world)
        store.set_value("bgp-key", CANARY)
        tags.add(store.tag("bgp-key"))
    assert len(tags) == 2


def test_the_environment_is_asked_for_what_stands_there(store: AgeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    assert environment_name("from-outside") == "GOVNET_SECRET_FROM_OUTSIDE"
    with pytest.raises(SecretMissing, match="set GOVNET_SECRET_FROM_OUTSIDE"):
        store.value("from-outside")
    monkeypatch.setenv("GOVNET_SECRET_FROM_OUTSIDE", CANARY)
    assert store.value("from-outside") == CANARY
    assert store.redact(CANARY) == store.tag("from-outside")
    with pytest.raises(SecretMissing, match="comes from the environment"):
        store.rotate("from-outside")


def test_an_unknown_name_is_told_what_it_may_have_meant(store: AgeStore) -> None:
    with pytest.raises(SecretMissing, match="did you mean `ospf-key`"):
        store.value("ospf-kye")


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("ospf-key", CANARY, "is longer than 16"),
        ("ospf-key", "canary", "is shorter than 8"),
        ("bgp-key", "c" * 81, "is longer than 80"),
        ("bgp-key", "canary with spaces", "has a character other than"),
        ("bgp-key", "canary!comment", "has a character other than"),
        ("snmp-auth", "canary-only-15c", "is shorter than 16"),
        ("login-key", CANARY, "is not an OpenSSH"),
    ],
)
def test_an_unfit_value_is_refused_without_being_shown(store: AgeStore, name: str, value: str, why: str) -> None:
    before = store.value(name)
    with pytest.raises(ValueError, match=why) as raised:
        store.set_value(name, value)
    assert value not in str(raised.value)
    assert value not in _traceback_with_locals(raised.value)
    assert store.value(name) == before


def test_no_repr_pickle_or_traceback_shows_a_value(
    store: AgeStore, tmp_path: Path, world: Inventory, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.set_value("bgp-key", CANARY)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    shown = [repr(store), str(store), repr(vars(store)), repr(Sealed(CANARY)), str(Sealed(CANARY))]
    monkeypatch.setattr(os, "fsync", full)
    for act in (
        lambda: store.rotate("ospf-key"),
        lambda: store.fill(),
        lambda: store.set_value("bgp-key", CANARY[::-1]),
    ):
        with pytest.raises(OSError, match="No space") as raised:
            act()
        shown.append(_traceback_with_locals(raised.value))
    (tmp_path / "secrets" / IDENTITY_FILE).write_text("AGE-SECRET-KEY-1CANARY\n")
    with pytest.raises(SecretStoreError) as damaged:
        AgeStore.open(tmp_path / "secrets", world)
    shown.append(_traceback_with_locals(damaged.value))
    with pytest.raises(TypeError):
        pickle.dumps(Sealed(CANARY))
    for text in shown:
        assert CANARY not in text
        assert CANARY[::-1] not in text
        assert "AGE-SECRET-KEY" not in text
        assert store.value("ospf-key") not in text


def test_a_write_that_fails_leaves_what_stood(
    store: AgeStore, tmp_path: Path, world: Inventory, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = store.value("bgp-key")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched, pytest.raises(OSError, match="No space"):
        patched.setattr(os, "fsync", full)
        store.rotate("bgp-key")
    assert store.value("bgp-key") == before
    assert AgeStore.open(tmp_path / "secrets", world).value("bgp-key") == before


def test_two_writers_lose_nothing_to_each_other(store: AgeStore, tmp_path: Path, world: Inventory) -> None:
    names = ("bgp-key", "ospf-key", "snmp-auth", "snmp-priv")
    stores = [AgeStore.open(tmp_path / "secrets", world) for _ in names]
    threads = [threading.Thread(target=one.rotate, args=(name,)) for one, name in zip(stores, names, strict=True)]
    before = {name: store.value(name) for name in names}
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after = AgeStore.open(tmp_path / "secrets", world)
    assert all(after.value(name) == one.value(name) for one, name in zip(stores, names, strict=True))
    assert all(after.value(name) != before[name] for name in names)


@given(st.sampled_from(PASSPHRASES), st.text(max_size=100))
def test_a_given_value_is_accepted_only_if_it_stays_one_word_everywhere(kind: SecretKind, value: str) -> None:
    accepted = refusal(kind, Sealed(value)) is None
    hostile = any(
        character.isspace() or character in "!#?\"'\\|<>`$&" or not character.isascii() for character in value
    )
    longest = {"ospf": 16, "bgp": 80, "snmp": 64}[kind]
    assert not (accepted and (hostile or len(value) > longest or len(value) < 8))
    assert refusal(kind, generate(kind)) is None


def _traceback_with_locals(error: BaseException) -> str:
    """As the worst of tools would show it: every frame of ours with its local values."""
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    ours = [frame for frame in shown.stack if "/inventory/" in frame.filename and "/tests/" not in frame.filename]
    assert ours
    return "\n".join(f"{frame.name} {frame.locals}" for frame in ours) + str(error)


def test_whether_a_text_holds_a_value_is_told_and_no_value_is(store: AgeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in store.names:
        if name not in store.missing:
            value = store.value(name)
            assert store.holds(f"before {value} after")
            assert not store.holds(store.tag(name))
            if "\n" in value:
                assert store.holds(f"half a key: {value.splitlines()[2 if name == 'login-key' else 1]}")
                assert not store.holds(value.splitlines()[0])
    assert not store.holds("")


def test_the_lines_that_give_a_tls_key_away_hold_all_of_its_secret_and_none_of_its_public_half_alone() -> None:
    key = generate("tls-key").open()
    lines = [base64.b64decode(line) for line in telling(key)]
    made = tls_key(Sealed(key))
    assert made is not None
    secret = made.private_numbers().private_value.to_bytes(32, "big")
    assert secret in b"".join(lines)
    point = made.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    assert not any(line in point for line in lines)


def test_two_keys_for_ssh_share_no_line_that_gives_them_away() -> None:
    one, other = (telling(generate("ssh-key").open()) for _ in range(2))
    assert one
    assert not set(one) & set(other)
