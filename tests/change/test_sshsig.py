"""An OpenSSH signature has one sequence of bytes; what else is like one is told from it, and why."""

from __future__ import annotations

import base64
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from change.sshsig import BadSignature, Envelope, envelope

FORM = "is no OpenSSH signature of version 1"
NOT_AS_WRITTEN = "is not as ssh-keygen wrote it"
CUT = "is cut short"
BEGIN, END = "-----BEGIN SSH SIGNATURE-----\n", "-----END SSH SIGNATURE-----\n"


def ssh(*fields: bytes) -> bytes:
    return b"".join(len(field).to_bytes(4, "big") + field for field in fields)


KEY = ssh(b"ssh-ed25519", b"k" * 32)
MADE = ssh(b"ssh-ed25519", b"s" * 64)
MAGIC = b"SSHSIG\0\0\0\1"


def blob(public: bytes = KEY, namespace: bytes = b"!n@x~", reserved: bytes = b"", hashed: bytes = b"sha512") -> bytes:
    return MAGIC + ssh(public, namespace, reserved, hashed, MADE)


def armoured(content: bytes) -> bytes:
    """As ssh-keygen writes it: lines of 70, each with its end."""
    lines = textwrap.wrap(base64.b64encode(content).decode(), 70)
    return (BEGIN + "".join(f"{line}\n" for line in lines) + END).encode()


def named(public: bytes) -> str:
    return base64.b64encode(public).decode()


@pytest.mark.parametrize("hashed", [b"sha256", b"sha512"])
def test_who_it_says_it_is_by_and_for_what(hashed: bytes) -> None:
    assert envelope(armoured(blob(hashed=hashed))) == Envelope(f"ssh-ed25519 {named(KEY)}", "!n@x~")


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=200), st.binary())
def test_whatever_the_length_of_its_parts(namespace: str, key: bytes) -> None:
    public = ssh(b"ssh-ed25519", key)
    found = envelope(armoured(blob(public, namespace.encode())))
    assert found == Envelope(f"ssh-ed25519 {named(public)}", namespace)


WHOLE = armoured(blob())
TEXT = WHOLE.decode().removeprefix(BEGIN).removesuffix(END)


def enclosed(text: str) -> bytes:
    return (BEGIN + text + END).encode()


BAD: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "is cut short, or no OpenSSH signature"),
    "without its begin": (WHOLE.removeprefix(BEGIN.encode()), "is cut short, or no OpenSSH signature"),
    "without its end": (WHOLE.removesuffix(END.encode()), "is cut short, or no OpenSSH signature"),
    "without its last line end": (WHOLE[:-1], "is cut short, or no OpenSSH signature"),
    "empty": (enclosed(""), FORM),
    "one sign of base64 less": (enclosed(TEXT[:-2] + "\n"), NOT_AS_WRITTEN),
    "a sign that is not of base64": (enclosed(TEXT[:5] + "!" + TEXT[5:]), NOT_AS_WRITTEN),
    "lines as in a letter": (enclosed(TEXT.replace("\n", "\r\n")), NOT_AS_WRITTEN),
    "an empty line": (enclosed(TEXT + "\n"), NOT_AS_WRITTEN),
    "one long line": (enclosed(TEXT.replace("\n", "") + "\n"), NOT_AS_WRITTEN),
    "lines of 64": (
        enclosed("".join(f"{line}\n" for line in textwrap.wrap(TEXT.replace("\n", ""), 64))),
        NOT_AS_WRITTEN,
    ),
    "something after its padding": (enclosed(TEXT + "AAAA\n"), NOT_AS_WRITTEN),
    "another magic": (armoured(b"SSHSIX" + blob()[6:]), FORM),
    "version 2": (armoured(blob().replace(MAGIC, b"SSHSIG\0\0\0\2")), FORM),
    "something reserved": (armoured(blob(reserved=b"x")), FORM),
    "sha1": (armoured(blob(hashed=b"sha1")), FORM),
    "something after it": (armoured(blob() + b"x"), FORM),
    "something reserved and something after it": (armoured(blob(reserved=b"x") + b"x"), FORM),
    "cut in its last field": (armoured(blob()[:-1]), CUT),
    "cut after the hash": (armoured(MAGIC + ssh(KEY, b"n@x", b"", b"sha512")), CUT),
    "cut within a length": (armoured(MAGIC + ssh(KEY)[:3]), CUT),
    "a kind cut short": (armoured(blob(public=KEY[:8])), CUT),
    "no kind": (armoured(blob(public=ssh(b"", b"k"))), FORM),
    "no namespace": (armoured(blob(namespace=b"")), FORM),
    "a space in the namespace": (armoured(blob(namespace=b"a b")), FORM),
    "a control sign in it": (armoured(blob(namespace=b"a\x7f")), FORM),
    "beyond ASCII": (armoured(blob(namespace="é".encode())), FORM),
}


@pytest.mark.parametrize("case", BAD)
def test_whatever_is_not_to_the_byte_one_is_none(case: str) -> None:
    signature, says = BAD[case]
    with pytest.raises(BadSignature) as raised:
        envelope(signature)
    assert str(raised.value) == says
