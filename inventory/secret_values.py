"""What a secret value of each kind may look like, and how a random one is made."""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_ssh_private_key,
)
from pysequoia import Tsk

from inventory.sealed import Sealed

SecretKind = Literal["ssh-key", "snmp", "ospf", "bgp", "tls-key", "openpgp-key", "passphrase"]

_OPENPGP_USER = "govnet mirror"
_ALPHABET = string.ascii_letters + string.digits
_SAFE = frozenset(_ALPHABET + "%()*+,-./:;=@[]^_{}~")
"""Printable and without meaning to vtysh (`!`, `#`, `?`), to snmpd.conf (quotes, backslash) or to a shell's words."""

_TELLING_LETTERS = 32
"""A line of a key that has fewer says nothing by itself, and may stand anywhere by chance."""
_FRAME = "-----"
"""What the first and the last line of a PEM text begin with."""
_TELLING = {"-----BEGIN PRIVATE KEY-----": slice(2), "-----BEGIN OPENSSH PRIVATE KEY-----": slice(1, None)}
"""By the first line, which of the others hold something of the secret alone."""


@dataclass(frozen=True)
class _Passphrase:
    """Lengths in characters."""

    shortest: int
    longest: int
    generated: int


_PASSPHRASES: dict[str, _Passphrase] = {
    "ospf": _Passphrase(shortest=8, longest=16, generated=16),
    "bgp": _Passphrase(shortest=8, longest=80, generated=40),
    "snmp": _Passphrase(shortest=16, longest=64, generated=32),
    "passphrase": _Passphrase(shortest=20, longest=128, generated=40),
}
"""ospf: RFC 2328 D.3, a 16-octet key, which FRR's message-digest-key enforces. bgp: Linux TCP_MD5SIG_MAXKEYLEN.
snmp: RFC 3414 11.2 asks at least 8; we ask 16."""


def generate(kind: SecretKind) -> Sealed:
    """A new random value: letters and digits (95 bits or more), or a private key.

    Keys: OpenSSH ed25519; PEM P-256; armoured OpenPGP (RFC 4880 version 4, ed25519, without an end of validity).
    """
    if kind == "ssh-key":
        return _ssh_key()
    if kind == "tls-key":
        return _tls_key()
    if kind == "openpgp-key":
        return Sealed(str(Tsk.generate(_OPENPGP_USER)))
    length = _PASSPHRASES[kind].generated
    return Sealed("".join(secrets.choice(_ALPHABET) for _ in range(length)))


def refusal(kind: SecretKind, value: Sealed) -> str | None:
    """Why a given value is unfit, as the end of a sentence; None where it is fit."""
    if kind == "ssh-key":
        return None if _private_key(value) else "is not an OpenSSH ed25519 private key without a passphrase"
    if kind == "tls-key":
        return None if tls_key(value) else "is not a PKCS #8 P-256 private key in PEM without a passphrase"
    if kind == "openpgp-key":
        return None if openpgp_key(value) else "is not an OpenPGP private key that can sign, without a passphrase"
    limits = _PASSPHRASES[kind]
    tests: tuple[tuple[Callable[[], bool], str], ...] = (
        (lambda: len(value.open()) < limits.shortest, f"is shorter than {limits.shortest} characters"),
        (lambda: len(value.open()) > limits.longest, f"is longer than {limits.longest} characters"),
        (
            lambda: not _SAFE.issuperset(value.open()),
            "has a character other than letters, digits and %()*+,-./:;=@[]^_{}~",
        ),
    )
    return next((why for test, why in tests if test()), None)


def public_half(value: Sealed) -> str:
    """`ssh-ed25519 BASE64` of an OpenSSH private key. Raises ValueError where it is none."""
    key = _private_key(value)
    if key is None:
        raise ValueError("not an OpenSSH ed25519 private key without a passphrase")
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode("ascii")


def tls_key(value: Sealed) -> ec.EllipticCurvePrivateKey | None:
    """The key of a tls-key secret; None where it is none."""
    try:
        key = load_pem_private_key(value.open().encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1) else None


def openpgp_key(value: Sealed) -> Tsk | None:
    """The key of an openpgp-key secret; None where it is none that signs."""
    try:
        key = Tsk.from_bytes(value.open().encode())
        key.signer()
    except RuntimeError:  # what pysequoia raises; its text may quote what it read
        return None
    return key


def telling(value: str) -> tuple[str, ...]:
    """The lines of a key that give it away by themselves; none of a value of one line.

    Not the headers of an armoured one (RFC 9580 6.2), nor the first line of an OpenSSH key, which all share, nor
    what follows the second of a TLS key: the rest of its public half (RFC 5915 3), which a certificate shows.
    """
    frame, *lines = value.splitlines() or [""]
    lines = lines[_TELLING.get(frame, slice(None))]
    return tuple(
        line for line in lines if len(line) >= _TELLING_LETTERS and not line.startswith(_FRAME) and ": " not in line
    )


def _tls_key() -> Sealed:
    key = ec.generate_private_key(ec.SECP256R1())
    return Sealed(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii"))


def _ssh_key() -> Sealed:
    key = Ed25519PrivateKey.generate()
    return Sealed(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode("ascii"))


def _private_key(value: Sealed) -> Ed25519PrivateKey | None:
    try:
        key = load_ssh_private_key(value.open().encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, Ed25519PrivateKey) else None
