"""One document, one sequence of bytes: those of RFC 8785."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from change.canonical import Document, canonical, digest_of, document_of
from change.model import JournalEntry, Outcome, Record


@pytest.mark.parametrize(
    ("document", "bytes_"),
    [
        ({"b": 1, "a": [True, None, "é\n"]}, '{"a":[true,null,"é\\n"],"b":1}'.encode()),
        (1e21, b"1e+21"),
        (0.000001, b"0.000001"),
    ],
)
def test_canonical_bytes_are_those_of_rfc_8785(document: Document, bytes_: bytes) -> None:
    assert canonical(document) == bytes_


def test_keys_are_sorted_by_their_utf_16_code_units() -> None:
    """RFC 8785, section 3.2.3: its own example."""
    found = canonical({"€": 1, "\r": 2, "\ufb33": 3, "1": 4, "😀": 5, "\x80": 6, "ö": 7}).decode()
    order = [found.index(f":{number}") for number in (2, 4, 6, 7, 1, 5, 3)]
    assert order == sorted(order)


@given(st.recursive(st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=5), st.lists))
def test_canonical_bytes_are_the_same_after_reading_them(document: object) -> None:
    once = canonical(document)  # type: ignore[arg-type]  # JSON by construction
    assert canonical(json.loads(once)) == once


class Shelf(Record):
    """A record whose Python values are not those of JSON."""

    outcomes: tuple[Outcome, ...]
    entry: JournalEntry | None = None


def test_a_record_s_document_is_json_with_every_field() -> None:
    assert document_of(Shelf(outcomes=(Outcome.CONFIRMED,))) == {"outcomes": ["confirmed"], "entry": None}


def test_a_digest_is_the_sha_256_that_everybody_computes() -> None:
    """FIPS 180-4's first example."""
    assert digest_of(b"abc") == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
