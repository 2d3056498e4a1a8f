"""Secrets leave a text and come back, at the places that hold one and nowhere else."""

from __future__ import annotations

import pytest

from network.config import PartName
from network.redact import SecretUnknown, redact, reveal
from tests.network.worlds import Store

STORE = Store()
KEY = STORE.value("ospf-mbeya")
TAG = STORE.tag("ospf-mbeya")

PLACES: list[tuple[PartName, str]] = [
    ("frr", "interface eth1\n ip ospf message-digest-key 1 md5 {}\nexit\n"),
    ("frr", "interface eth1\n ip ospf authentication-key {}\nexit\n"),
    ("frr", "interface eth1\n ipv6 ospf6 authentication key-id 1 hash-algo hmac-sha-256 key {}\nexit\n"),
    ("frr", "interface eth1\n no ip ospf message-digest-key 1 md5 {}\nexit\n"),
    ("frr", "router bgp 64512\n neighbor 10.0.0.1 password {}\nexit\n"),
    ("frr", "router bgp 64512\n neighbor fd00::1 password {}\n"),
    ("frr", "router ospf\n area 0.0.0.1 virtual-link 10.0.0.1 message-digest-key 1 md5 {}\n"),
    ("frr", "key chain a\n key 1\n  key-string {}\n"),
    ("frr", "password {}\nenable password {}\n"),
    ("snmpd", 'createUser govnet SHA-256 "{}" AES "{}"\n'),
    ("snmpd", "createUser govnet SHA-256 {} AES {}\n"),
    ("snmpd", "rocommunity {} 10.0.0.0/8\n"),
    ("snmpd", "ROCommunity {}\n"),
    ("snmpd", "trapsess -v 2c -c {} 10.0.0.9\n"),
    ("snmpd", 'trapsess -v 3 -u govnet -l authPriv -a SHA-256 -A "{}" -x AES -X {} 10.0.0.9\n'),
    ("snmpd", "proxy -v 2c -c {} 10.0.0.9 .1.3\n"),
]


@pytest.mark.parametrize(("part", "form"), PLACES)
def test_a_secret_leaves_and_comes_back(part: PartName, form: str) -> None:
    raw = form.replace("{}", KEY)
    assert redact(part, raw, STORE) == form.replace("{}", TAG)
    assert reveal(part, redact(part, raw, STORE), STORE) == raw


@pytest.mark.parametrize(("part", "form"), PLACES)
def test_a_value_that_nobody_knows_leaves_and_does_not_come_back(part: PartName, form: str) -> None:
    text = redact(part, form.replace("{}", "planted-by-hand"), STORE)
    assert "planted" not in text
    assert "<unknown#" in text
    with pytest.raises(SecretUnknown, match="does not know"):
        reveal(part, text, STORE)


@pytest.mark.parametrize(("part", "form"), PLACES)
def test_a_rotated_secret_or_a_value_in_clear_is_refused(part: PartName, form: str) -> None:
    with pytest.raises(SecretUnknown, match="was changed after"):
        reveal(part, form.replace("{}", "<ospf-mbeya#0123456789abcdef>"), STORE)
    with pytest.raises(SecretUnknown, match="in clear") as caught:
        reveal(part, form.replace("{}", "planted-by-hand"), STORE)
    assert "planted" not in str(caught.value)


def test_a_password_of_two_words_leaves_whole() -> None:
    assert "words" not in redact("frr", "router bgp 1\n neighbor 10.0.0.1 password two words\n", STORE)


def test_a_reference_in_a_description_stays_text() -> None:
    """Whoever may write a description must not be able to have a secret written beside it."""
    text = f"interface eth1\n description {TAG}\n"
    assert reveal("frr", text, STORE) == text
    assert reveal("banner", f"{TAG}\n", STORE) == f"{TAG}\n"


def test_a_reference_that_stands_on_the_box_is_a_value_like_any_other() -> None:
    text = redact("frr", f"interface eth1\n ip ospf message-digest-key 1 md5 {TAG}\n", STORE)
    assert TAG not in text
    assert "<unknown#" in text
