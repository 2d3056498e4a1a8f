"""Signatures, judged by gpgv, which is what apt asks."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from deploys.mirror import signature
from inventory.sealed import Sealed
from inventory.secret_values import generate, refusal, telling

TEXT = "Origin: GovNet\nSHA256:\n 00 1 main/binary-amd64/Packages\n"


def gpgv(folder: Path, signed: str, key: Sealed) -> subprocess.CompletedProcess[str]:
    """Verify with the public half alone; gpgv reads key rings that are not armoured."""
    armoured = [line for line in signature.public_half(key).splitlines() if line and ":" not in line]
    body = "\n".join(line for line in armoured if not line.startswith(("-", "=")))
    (folder / "ring.b64").write_text(body)
    ring = subprocess.run(["base64", "-d", folder / "ring.b64"], capture_output=True, check=True).stdout
    (folder / "ring.gpg").write_bytes(ring)
    (folder / "InRelease").write_text(signed)
    line = ["gpgv", "--keyring", str(folder / "ring.gpg"), "--output", str(folder / "out"), str(folder / "InRelease")]
    return subprocess.run(line, capture_output=True, text=True, check=False)


def test_gpgv_takes_the_signature_and_gives_the_text_back(tmp_path: Path) -> None:
    key = generate("openpgp-key")
    done = gpgv(tmp_path, signature.signed(TEXT, key), key)
    assert done.returncode == 0, done.stderr
    assert "Good signature" in done.stderr
    assert (tmp_path / "out").read_text().rstrip("\n") == TEXT.rstrip("\n")


def test_gpgv_refuses_a_changed_text_and_another_key(tmp_path: Path) -> None:
    key = generate("openpgp-key")
    signed = signature.signed(TEXT, key)
    assert "BAD signature" in gpgv(tmp_path, signed.replace("GovNet", "GovNot"), key).stderr
    assert "No public key" in gpgv(tmp_path, signed, generate("openpgp-key")).stderr


def test_the_public_half_is_the_same_each_time_and_holds_nothing_private() -> None:
    key = generate("openpgp-key")
    assert signature.public_half(key) == signature.public_half(key)
    assert "PRIVATE" not in signature.public_half(key)
    assert not any(line in signature.public_half(key) for line in telling(key.open()))
    assert len(signature.fingerprint(key)) == 40


@pytest.mark.parametrize("value", ["", "hello", "-----BEGIN PGP PRIVATE KEY BLOCK-----"])
def test_a_value_that_is_no_key_is_refused_without_being_told(value: str) -> None:
    what = "is not an OpenPGP private key that can sign, without a passphrase"
    assert refusal("openpgp-key", Sealed(value)) == what
    with pytest.raises(ValueError) as caught:
        signature.signed(TEXT, Sealed(value))
    assert str(caught.value) == "not an OpenPGP private key that can sign, without a passphrase"


def test_a_public_half_is_no_key_and_a_made_one_is() -> None:
    key = generate("openpgp-key")
    assert refusal("openpgp-key", key) is None
    assert refusal("openpgp-key", Sealed(signature.public_half(key))) is not None
