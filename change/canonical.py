"""One document, one sequence of bytes (RFC 8785, JSON Canonicalization Scheme), and the digests of such bytes."""

from __future__ import annotations

import hashlib

import rfc8785
from pydantic import BaseModel

from change.model import Digest

Document = bool | int | float | str | None | list["Document"] | dict[str, "Document"]
"""What JSON can say. Whole numbers stay within 2**53 - 1, as RFC 8785 (by RFC 7493) requires."""


def canonical(document: Document) -> bytes:
    """The RFC 8785 bytes of a document: UTF-8, keys sorted, no white space. Raises rfc8785.CanonicalizationError."""
    return rfc8785.dumps(document)


def document_of(record: BaseModel) -> dict[str, Document]:
    """The JSON document of a frozen record: every field, defaults included."""
    document: dict[str, Document] = record.model_dump(mode="json")
    return document


def digest_of(data: bytes) -> Digest:
    """`sha256:` and 64 lower-case hexadecimal digits (FIPS 180-4)."""
    return "sha256:" + hashlib.sha256(data).hexdigest()
