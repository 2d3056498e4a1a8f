"""A signature is of these bytes, in this namespace, by this key; anything else is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from change.signature import make_key, public_half, verify
from change.ssh_keygen import KeygenFailed, sign

NAMESPACE = "govnet-test-v1@govnet"


def made(folder: Path, name: str) -> tuple[Path, str]:
    assert make_key(folder / name)
    return folder / name, public_half(folder / name)


def signed(payload: bytes, namespace: str, key: Path) -> str:
    return sign(payload, key, namespace, may_ask=False).decode()


def test_only_these_bytes_this_namespace_and_this_key(tmp_path: Path) -> None:
    key, public = made(tmp_path, "asha")
    _, other = made(tmp_path, "juma")
    signature = signed(b"payload", NAMESPACE, key)
    assert verify(b"payload", signature, NAMESPACE, public)
    assert not verify(b"payload.", signature, NAMESPACE, public)
    assert not verify(b"payload", signature, "git", public)
    assert not verify(b"payload", signature, NAMESPACE, other)
    assert not verify(b"payload", signed(b"payload", "git", key), NAMESPACE, public)
    assert not verify(b"payload", signature[: len(signature) // 2], NAMESPACE, public)
    assert not verify(b"payload", "", NAMESPACE, public)


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    key, public = made(tmp_path / "new", "key")
    assert key.stat().st_mode & 0o777 == 0o600
    assert not make_key(key)
    assert public_half(key) == public_half(key.with_suffix(".pub")) == public
    with pytest.raises(KeygenFailed, match="cannot be read"):
        public_half(tmp_path / "none")


def test_without_the_tool_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(KeygenFailed, match="install openssh-client"):
        make_key(tmp_path / "none")
