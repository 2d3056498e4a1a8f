"""Keys without a person, and signatures by a known key: what the jump host signs heads with, and how that is checked.

People's statements are change.attest's, whose `sign` signs here too.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

PROGRAM = "ssh-keygen"
VERIFY_S = 20
SIGNER = "signer"
"""The one principal of the allowed-signers file that is made for a check."""


class SignatureFailed(Exception):
    """No key could be made or read, or nothing could be checked at all: no ssh-keygen, no answer. One sentence."""


def verify(payload: bytes, signature: str, namespace: str, public: str) -> bool:
    """Whether the holder of this public key (`ssh-ed25519 BASE64`) signed these bytes in this namespace.

    It judges no dates. Raises SignatureFailed.
    """
    with tempfile.TemporaryDirectory() as folder:
        signers, armour = Path(folder, "signers"), Path(folder, "signature")
        signers.write_text(f'{SIGNER} namespaces="{namespace}" {public}\n')
        armour.write_text(signature)
        words = ("-Y", "verify", "-f", str(signers), "-I", SIGNER, "-n", namespace, "-s", str(armour))
        return _run(words, payload).returncode == 0


def make_key(key: Path) -> bool:
    """An ed25519 key without a passphrase, 0600, and its public half beside it. False where one stands already.

    Raises SignatureFailed.
    """
    if key.exists():
        return False
    key.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=key.parent) as folder:
        made = Path(folder, "key")
        done = _run(("-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(made)), b"")
        if done.returncode != 0:
            raise SignatureFailed(f"{key}: no key was made: {_last_line(done.stderr)}")
        made.with_suffix(".pub").replace(public_path(key))
        made.replace(key)
    return True


def public_half(key: Path) -> str:
    """`ssh-ed25519 BASE64`, without a comment, of a private key's file or of a public half itself.

    Raises SignatureFailed.
    """
    path = key if key.suffix == ".pub" else public_path(key)
    try:
        words = path.read_text().split()
    except (OSError, UnicodeDecodeError) as problem:
        raise SignatureFailed(f"{path}: the public half of the key cannot be read") from problem
    if len(words) < 2:
        raise SignatureFailed(f"{path}: this is no public key")
    return " ".join(words[:2])


def public_path(key: Path) -> Path:
    return key.with_name(f"{key.name}.pub")


def _run(words: tuple[str, ...], payload: bytes) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run((PROGRAM, *words), input=payload, capture_output=True, timeout=VERIFY_S, check=False)
    except FileNotFoundError as problem:
        raise SignatureFailed(f"there is no {PROGRAM}: install openssh-client") from problem
    except subprocess.TimeoutExpired as problem:
        raise SignatureFailed(f"{PROGRAM} gave no answer within {VERIFY_S} s") from problem


def _last_line(said: bytes) -> str:
    lines = said.decode(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), f"{PROGRAM} did not say why")
