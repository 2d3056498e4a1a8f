"""Records of packages: read whole or refused with a sentence, and never a path outside the pool."""

from __future__ import annotations

import contextlib
import string
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploys.mirror.package import Package, index, package, packages

RECORD = f"""\
Package: gv-tool
Version: 1:2.0~rc1-1
Architecture: all
Depends: gv-library (>= 1.1),
 gv-old
Description: a tool
 .
 with a second line
Filename: pool/main/g/gv-tool/gv-tool_2.0~rc1-1_all.deb
Size: 1024
SHA256: {"ab" * 32}
"""

NAMES = st.text(string.ascii_lowercase + string.digits + "+-.", min_size=1, max_size=12).map(lambda name: f"a{name}")
HASHES = st.text("0123456789abcdef", min_size=64, max_size=64)


def record(name: str, version: str, sha256: str, octets: int) -> str:
    path = f"pool/main/{name[0]}/{name}/{name}_{version}_all.deb"
    return (
        f"Package: {name}\nVersion: {version}\nArchitecture: all\nDescription: words\n more of them\n"
        f"Filename: {path}\nSize: {octets}\nSHA256: {sha256}"
    )


RECORDS = st.builds(record, NAMES, st.sampled_from(["1", "2.0-1", "1~rc1+b2"]), HASHES, st.integers(0, 10**12))


def test_a_record_is_read_and_kept_to_the_letter() -> None:
    found = package(RECORD)
    assert found == Package(
        name="gv-tool",
        version="1:2.0~rc1-1",
        architecture="all",
        path="pool/main/g/gv-tool/gv-tool_2.0~rc1-1_all.deb",
        octets=1024,
        sha256="ab" * 32,
        record=RECORD.rstrip("\n"),
    )
    assert found.file == "gv-tool_1%3a2.0~rc1-1_all.deb"


@given(st.lists(RECORDS, max_size=6))
def test_an_index_is_read_back_and_does_not_depend_on_the_order(records: list[str]) -> None:
    found = tuple(package(text) for text in records)
    assert set(packages(index(found))) == set(found)
    assert index(tuple(reversed(found))) == index(found)
    assert index(packages(index(found))) == index(found)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("Package: gv-tool\n", "", "the record of the package (no name) has no package"),
        (
            "Size: 1024\nSHA256: " + "ab" * 32,
            "",
            "the record of the package gv-tool has no size, sha256",
        ),
        ("Size: 1024", "Size: -1", "the record of the package gv-tool has a size or a SHA256 that is none"),
        ("ababab", "zzzzzz", "the record of the package gv-tool has a size or a SHA256 that is none"),
        (
            "pool/main/g/gv-tool/",
            "pool/../../etc/",
            "the record of the package gv-tool names a file outside the pool: "
            "'pool/../../etc/gv-tool_2.0~rc1-1_all.deb'",
        ),
        (
            "pool/main",
            "/pool/main",
            "the record of the package gv-tool names a file outside the pool: "
            "'/pool/main/g/gv-tool/gv-tool_2.0~rc1-1_all.deb'",
        ),
    ],
)
def test_a_record_that_is_not_whole_is_told(old: str, new: str, sentence: str) -> None:
    assert old in RECORD
    with pytest.raises(ValueError) as caught:
        package(RECORD.replace(old, new, 1))
    assert str(caught.value) == sentence


@given(st.text(max_size=400) | st.text("Package: SizeFilenm/.0a\n \t-", max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = packages(text)
    except ValueError as refused:
        assert str(refused)
    else:
        assert bool(found) == bool(text.strip()) and all(one.record in text for one in found)


@given(st.text("po./l~%a\\ \n", max_size=30).map(lambda tail: f"pool/{tail}"))
def test_no_path_leaves_the_pool(path: str) -> None:
    with contextlib.suppress(ValueError):
        found = package(RECORD.replace("pool/main/g/gv-tool/gv-tool_2.0~rc1-1_all.deb", path))
        parts = PurePosixPath(found.path).parts
        assert parts[0] == "pool"
        assert ".." not in parts
        assert not any(part.startswith(".") for part in parts)
