"""A secret in clear refuses the plan, and no sentence repeats it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from change.guards.finding import refusals
from change.guards.surroundings import Surroundings
from change.model import DiffLine, Level
from tests.change.guards.made import judged, reasons, risk, with_lines

VALUE = "Zk3vQ81mWp0sT7xy"
HOLDS = Surroundings(holds_secret=lambda text: VALUE in text)
PEM = "-----BEGIN OPENSSH PRIVATE KEY-----"

IN_CLEAR = (
    f" ip ospf message-digest-key 1 md5 {VALUE}",
    f" neighbor 10.0.0.1 password {VALUE}",
    f'createUser x SHA-256 "<a#0123456789abcdef>" AES "{VALUE}" password {VALUE}',
    f"ipv6 ospf6 authentication key-id 1 hash-algo hmac-sha-256 key {VALUE}",
    f"enable password 8 {VALUE}",
    f"db_password={VALUE}",
    "secret: $6$rounds=5000$saltsalt$hash0",
    f"pre-shared-key {VALUE}",
    PEM,
    "-----BEGIN PGP PRIVATE KEY BLOCK-----",
)
PERHAPS = ("rocommunity public", "password zebra", "description the secret handshake")
HARMLESS = (
    " ip ospf message-digest-key 1 md5 <ospf-mbeya#0123456789abcdef>",
    " neighbor 10.0.0.1 password <bgp-1#0123456789abcdef>",
    "ipv6 ospf6 authentication key-id 1 hash-algo hmac-sha-256 key <o#0123456789abcdef>",
    "PermitRootLogin prohibit-password",
    "PasswordAuthentication no",
    "HostKey /etc/ssh/ssh_host_ed25519_key",
    "AuthorizedKeysFile /etc/ssh/authorized_keys.d/%u",
    "ssl_certificate_key /etc/nginx/govnet-tls/necta.key;",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0 asha@moha",
    "-----BEGIN CERTIFICATE-----",
    "description key customers of Mbeya",
    "key chain backbone",
    "bgp community new-format",
    " set community 65000:100 additive",
    "ssl_password_file /etc/nginx/words",
)


@pytest.mark.parametrize("text", IN_CLEAR)
@pytest.mark.parametrize("sign", ["+", "-", " "])
def test_a_secret_in_a_line_is_refused_by_its_number_and_not_repeated(text: str, sign: str) -> None:
    lines = (DiffLine(sign="+", text="fine"), DiffLine.model_validate({"sign": sign, "text": text}))
    found = judged(with_lines(*lines))
    assert refusals(found) == ("a: a secret stands in clear in line 2 of its part part",)
    assert VALUE not in json.dumps([one.model_dump() for one in found])


@pytest.mark.parametrize("text", PERHAPS)
def test_what_may_be_one_is_high(text: str) -> None:
    found = risk(with_lines(DiffLine(sign="-", text=text)))
    assert found.level is Level.HIGH
    assert [(one.guard, one.about, one.line) for one in found.reasons] == [("secret-perhaps", ("1", "part"), "")]


@pytest.mark.parametrize("text", HARMLESS)
def test_references_paths_and_public_halves_are_none(text: str) -> None:
    assert judged(with_lines(DiffLine(sign="+", text=text))) == ()


def test_a_value_of_the_store_is_found_wherever_it_stands() -> None:
    line = DiffLine(sign=" ", text=f"hello {VALUE}, how are you")
    assert reasons(judged(with_lines(line), around=HOLDS), "secret-shown")
    for field in ("payload", "inverse"):
        one = with_lines().model_copy(update={field: f'{{"x": "{VALUE}"}}'})
        assert refusals(judged(one, around=HOLDS)) == (f"a: a secret stands in clear in its {field}",)
        assert refusals(judged(one)) == ()
        pem = with_lines().model_copy(update={field: f"{PEM}\\nb3Bl"})
        assert refusals(judged(pem)) == (f"a: a secret stands in clear in its {field}",)


@given(st.text(alphabet=st.characters(categories=("Lu", "Ll", "Nd"), max_codepoint=127), min_size=8, max_size=40))
def test_whatever_was_made_by_chance_after_password_is_refused(value: str) -> None:
    found = judged(with_lines(DiffLine(sign="+", text=f"neighbor 10.0.0.1 password {value}")))
    mixed = any(letter.isdigit() for letter in value) and any(letter.isalpha() for letter in value)
    assert [one.verdict for one in found] == ["refuse" if mixed else Level.HIGH]
    assert value not in "".join(str(one.reason) for one in found)
