"""What stands in an OpenSSH signature, read strictly: one signature has one sequence of bytes (PROTOCOL.sshsig).

ssh-keygen passes over a changed line end or the spare bits of base64. Here a file that is not to the byte what
`ssh-keygen -Y sign` writes is no signature. Whether it is a good one, only ssh-keygen says: change.attest.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

BEGIN, END = b"-----BEGIN SSH SIGNATURE-----\n", b"-----END SSH SIGNATURE-----\n"
MAGIC = b"SSHSIG" + (1).to_bytes(4, "big")
COLUMNS = 70
HASHES = (b"sha512", b"sha256")


class BadSignature(Exception):
    """It does not count; one reason."""


@dataclass(frozen=True)
class Envelope:
    public: str
    """`KIND BASE64`, as in the trust document."""
    namespace: str


def envelope(signature: bytes) -> Envelope:
    """Who a signature says it is by, and for what. Raises BadSignature."""
    rest = unarmoured(signature)
    if not rest.startswith(MAGIC):
        raise BadSignature("is no OpenSSH signature of version 1")
    rest = rest[len(MAGIC) :]
    public, rest = string(rest)
    namespace, rest = string(rest)
    reserved, rest = string(rest)
    hashed, rest = string(rest)
    _, rest = string(rest)
    if rest or reserved or hashed not in HASHES:
        raise BadSignature("is no OpenSSH signature of version 1")
    kind, _ = string(public)
    return Envelope(f"{printable(kind)} {base64.b64encode(public).decode()}", printable(namespace))


def unarmoured(signature: bytes) -> bytes:
    if not (signature.startswith(BEGIN) and signature.endswith(END)):
        raise BadSignature("is cut short, or no OpenSSH signature")
    try:
        blob = base64.b64decode(signature[len(BEGIN) : -len(END)])
    except binascii.Error as problem:
        raise BadSignature("is not as ssh-keygen wrote it") from problem
    if armoured(blob) != signature:
        raise BadSignature("is not as ssh-keygen wrote it")
    return blob


def armoured(blob: bytes) -> bytes:
    text = base64.b64encode(blob)
    lines = (text[at : at + COLUMNS] + b"\n" for at in range(0, len(text), COLUMNS))
    return BEGIN + b"".join(lines) + END


def string(data: bytes) -> tuple[bytes, bytes]:
    """An SSH string (RFC 4251 5) and what follows it. Raises BadSignature where it is cut short."""
    length = int.from_bytes(data[:4], "big")
    if len(data) < 4 + length:
        raise BadSignature("is cut short")
    return data[4 : 4 + length], data[4 + length :]


def printable(text: bytes) -> str:
    """ASCII without spaces or control signs. Raises BadSignature."""
    if not text or any(not 0x21 <= sign <= 0x7E for sign in text):
        raise BadSignature("is no OpenSSH signature of version 1")
    return text.decode()
