"""A change report is checked from its document: whichever byte of it is another one, it is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from change.approval_check import reviews_missing
from change.canonical import canonical, digest_of
from change.chain import Head
from govnet.report.change_check import check
from govnet.report.document import document_bytes

Json = dict[str, "Json"] | list["Json"] | str | int | bool | None
Place = tuple[str | int, ...]
OURS = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
PROVED = ("changes", "others")
"""What follows from the journal and the plans; all else stands under the checksum alone."""


@pytest.fixture(scope="module")
def content(samples: ModuleType) -> bytes:
    return document_bytes(samples.change())


def leaves(thing: Json, place: Place = ()) -> Iterator[Place]:
    if isinstance(thing, dict):
        for name in thing:
            yield from leaves(thing[name], (*place, name))
    elif isinstance(thing, list):
        for number, one in enumerate(thing):
            yield from leaves(one, (*place, number))
    else:
        yield place


def other(leaf: Json) -> Json:
    """Of the same kind, and another."""
    if isinstance(leaf, bool):
        return not leaf
    if isinstance(leaf, int):
        return leaf + 1
    if leaf is None:
        return "x"
    assert isinstance(leaf, str)
    return leaf[:-1] + ("1" if leaf[-1:] == "0" else "0")


def edited(content: bytes, place: Place) -> bytes:
    """The document with another leaf, in canonical form and with a checksum that fits: by who knows how it is made."""
    document = json.loads(content)
    at = document
    for name in place[:-1]:
        at = at[name]
    at[place[-1]] = other(at[place[-1]])
    document["checksum"] = digest_of(canonical({name: said for name, said in document.items() if name != "checksum"}))
    return canonical(document) + b"\n"


def places(content: bytes) -> list[Place]:
    document = json.loads(content)
    return [place for name in PROVED for place in leaves(document[name], (name,))]


def test_what_was_written_holds(content: bytes) -> None:
    assert check(content).problems == ()


@OURS
@given(data=st.data())
def test_a_flipped_bit_is_told(content: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(content) - 1))
    flipped = bytearray(content)
    flipped[at] ^= 1 << data.draw(st.integers(0, 7))
    assert check(bytes(flipped)).problems


@pytest.mark.prove
def test_each_byte_flipped_is_told(content: bytes) -> None:
    for at in range(len(content)):
        flipped = bytearray(content)
        flipped[at] ^= 1 << (at % 8)
        assert check(bytes(flipped)).problems, f"byte {at}"


@OURS
@given(data=st.data())
def test_what_is_edited_does_not_follow_from_the_rest_though_its_checksum_fits(
    content: bytes, data: st.DataObject
) -> None:
    assert check(edited(content, data.draw(st.sampled_from(places(content))))).problems


@pytest.mark.prove
def test_each_thing_that_is_edited_does_not_follow_from_the_rest(content: bytes) -> None:
    for place in places(content):
        assert check(edited(content, place)).problems, place


@OURS
@given(left=st.floats(0, 1, exclude_max=True))
def test_a_file_that_is_cut_off_is_told(content: bytes, left: float) -> None:
    (problem,) = check(content[: int((len(content) - 1) * left)]).problems
    assert problem == "it was edited or cut off: it is not JSON"
    assert check(content[:-1]).problems, "the newline at its end belongs to it"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "does not read as one"),
        (b'{"version": 1}', "it has version 1, and this govnet checks version 3 alone"),
        (b'{"version": 2}', "it has version 2, and this govnet checks version 3 alone"),
        (b'{"version": 3}', "does not read as one"),
        (b"\xff", "not JSON"),
    ],
)
def test_what_is_no_document_is_said_to_be_none(content: bytes, says: str) -> None:
    (problem,) = check(content).problems
    assert says in problem


def test_another_form_of_the_same_document_is_told(content: bytes) -> None:
    pretty = json.dumps(json.loads(content), indent=1).encode()
    assert check(pretty).problems == ("the file was edited: it is not in the canonical form in which it was written",)


def test_a_head_that_was_kept_is_compared(content: bytes, samples: ModuleType) -> None:
    head = samples.change().changes[0].head
    inside = samples.change().changes[0].entries[3]
    assert check(content, (head, Head(number=inside.number, digest=inside.digest))).problems == ()
    (problem,) = check(content, (head.model_copy(update={"digest": samples.DIGEST}),)).problems
    assert problem == f"against the head that you kept: entry {head.number} is not the one that was written"
    (problem,) = check(content, (head.model_copy(update={"number": head.number + 1}),)).problems
    assert "the journal was cut off" in problem


def test_neither_who_broke_the_glass_nor_the_author_reviews_it(samples: ModuleType) -> None:
    """Whatever the journal's entries say: a report may come from a journal that somebody else wrote."""
    (change,) = (one for one in samples.change().changes if reviews_missing(one))
    (broke,) = (paper for paper in change.papers if paper.event == "break-glass")
    reviews = tuple(
        broke.model_copy(
            update={"event": "reviewed", "statement": broke.statement.replace('"person":"neema"', f'"person":"{name}"')}
        )
        for name in ("neema", "juma", "baraka")
    )
    written = change.model_copy(
        update={
            "plan": change.plan.model_copy(update={"author": "juma"}),
            "papers": (*change.papers, *reviews),
        }
    )
    assert reviews_missing(written) == 1
