"""Keys without a person, and signatures by a known key: what the jump host signs heads with, and how that is checked.

People's statements are change.attest's.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from change.ssh_keygen import KeygenFailed, make, verifies

SIGNER = "signer"
"""The one principal of the allowed-signers line that is made for a check."""


def verify(payload: bytes, signature: str, namespace: str, public: str) -> bool:
    """Whether the holder of this public key (`ssh-ed25519 BASE64`) signed these bytes in this namespace.

    It judges no dates. Raises KeygenFailed, OSError.
    """
    allowed = f'{SIGNER} namespaces="{namespace}" {public}\n'
    return verifies(payload, signature.encode(), allowed, SIGNER, namespace)


def make_key(key: Path) -> bool:
    """An ed25519 key without a passphrase, 0600, and its public half beside it. False where one stands already.

    Raises KeygenFailed, OSError.
    """
    if key.exists():
        return False
    key.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=key.parent) as folder:
        made = Path(folder, "key")
        make(made)
        made.with_suffix(".pub").replace(public_path(key))
        made.replace(key)
    return True


def public_half(key: Path) -> str:
    """`ssh-ed25519 BASE64`, without a comment, of a private key's file or of a public half itself.

    Raises KeygenFailed.
    """
    path = key if key.suffix == ".pub" else public_path(key)
    try:
        words = path.read_text().split()
    except (OSError, UnicodeDecodeError) as problem:
        raise KeygenFailed(f"{path}: the public half of the key cannot be read") from problem
    if len(words) < 2:
        raise KeygenFailed(f"{path}: this is no public key")
    return " ".join(words[:2])


def public_path(key: Path) -> Path:
    return key.with_name(f"{key.name}.pub")
