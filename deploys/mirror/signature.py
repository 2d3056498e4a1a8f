"""The mirror's OpenPGP key (RFC 4880) signs in this process: its private half is nowhere but in the secret store.

gpg would want it in a key ring and leave an agent behind; pysequoia is Sequoia's own binding for Python.
"""

from __future__ import annotations

from pysequoia import SignatureMode, Tsk, sign

from inventory.sealed import Sealed
from inventory.secret_values import openpgp_key


def signed(text: str, key: Sealed) -> str:
    """The text in the cleartext signature framework, as an InRelease file is. Raises ValueError (no fit key)."""
    return sign(_key(key).signer(), text.encode(), mode=SignatureMode.CLEAR).decode("ascii")


def public_half(key: Sealed) -> str:
    """The certificate, armoured: what servers trust. Raises ValueError (no fit key)."""
    return str(_key(key).extract_certificate())


def fingerprint(key: Sealed) -> str:
    """Of the certificate, 40 hexadecimal digits. Raises ValueError (no fit key)."""
    return _key(key).extract_certificate().fingerprint


def _key(key: Sealed) -> Tsk:
    found = openpgp_key(key)
    if found is None:
        raise ValueError("not an OpenPGP private key that can sign, without a passphrase")
    return found
