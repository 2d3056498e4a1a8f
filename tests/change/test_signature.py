"""A signature is of these bytes, in this namespace, by this key; anything else is none."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from change.signature import SignatureFailed, sign, verify

NAMESPACE = "govnet-test-v1@govnet"


def make_key(folder: Path, name: str) -> tuple[Path, str]:
    """A private key's file without a passphrase, and its public half without the comment."""
    key = folder / name
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(key)], check=True)
    return key, key.with_suffix(".pub").read_text().strip()


def test_only_these_bytes_this_namespace_and_this_key(tmp_path: Path) -> None:
    key, public = make_key(tmp_path, "asha")
    _, other = make_key(tmp_path, "juma")
    signature = sign(b"payload", NAMESPACE, key)
    assert verify(b"payload", signature, NAMESPACE, public)
    assert not verify(b"payload.", signature, NAMESPACE, public)
    assert not verify(b"payload", signature, "git", public)
    assert not verify(b"payload", signature, NAMESPACE, other)
    assert not verify(b"payload", sign(b"payload", "git", key), NAMESPACE, public)
    assert not verify(b"payload", signature[: len(signature) // 2], NAMESPACE, public)
    assert not verify(b"payload", "", NAMESPACE, public)


def test_what_is_no_key_signs_nothing(tmp_path: Path) -> None:
    with pytest.raises(SignatureFailed, match="nothing was signed"):
        sign(b"payload", NAMESPACE, tmp_path / "none")


def test_without_the_tool_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SignatureFailed, match="install openssh-client"):
        sign(b"payload", NAMESPACE, tmp_path / "none")
