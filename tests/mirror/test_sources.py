"""apt's package sources in both of their forms, and which of them an image is made from."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploys.sources import Source, deb822, debian, of_machine, one_line

MODERN = """\
Types: deb
# where from
URIs: http://archive.example/debian/
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb deb-src
URIs: http://archive.example/security
 http://second.example/security
Suites: bookworm-security
Components: main

Types: deb-src
URIs: http://archive.example/sources
Suites: bookworm
Components: main

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
"""

WORD = st.text(st.characters(whitelist_categories=("Ll", "Nd")), min_size=1, max_size=8)


def test_stanzas_give_a_source_for_each_archive_and_suite_that_is_on() -> None:
    assert [str(source) for source in deb822(MODERN)] == [
        "deb http://archive.example/debian bookworm main contrib",
        "deb http://archive.example/debian bookworm-updates main contrib",
        "deb http://archive.example/security bookworm-security main",
        "deb http://second.example/security bookworm-security main",
    ]


def test_the_keys_that_the_machine_trusts_an_archive_with_are_kept() -> None:
    keyrings = [source.keyring for source in debian(deb822(MODERN), "bookworm")]
    assert keyrings == [Path("/usr/share/keyrings/debian-archive-keyring.gpg")] * 2 + [None] * 2


def test_lines_are_read_without_their_options_and_comments() -> None:
    text = (
        "# deb http://comment.example bookworm main\n"
        "deb [arch=amd64 signed-by=/a.gpg] http://archive.example/debian/ bookworm main non-free # here\n"
        "deb-src http://archive.example/debian bookworm main\n"
        "deb http://flat.example/ ./\n"
    )
    assert one_line(text) == (
        Source("http://archive.example/debian", "bookworm", ("main", "non-free"), Path("/a.gpg")),
    )


@given(st.lists(st.builds(Source, WORD, WORD, st.lists(WORD, min_size=1, max_size=3).map(tuple)), max_size=5))
def test_what_is_written_as_lines_is_read_back(sources: list[Source]) -> None:
    assert one_line("".join(f"{source}\n" for source in sources)) == tuple(sources)


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    for source in (*one_line(text), *deb822(text)):
        assert not source.uri.endswith("/")
        assert source.keyring is None or source.keyring.is_absolute()


def test_vendors_and_other_releases_stay_out_and_the_release_comes_first() -> None:
    found = debian(
        (
            Source("http://a", "bookworm-security", ("main",)),
            Source("http://vendor", "nodistro", ("main",)),
            Source("http://a", "trixie", ("main",)),
            Source("http://a", "bookworm", ("main", "contrib")),
            Source("http://vendor2", "bookworm", ("stable",)),
            Source("http://a", "bookworm", ("main",)),
        ),
        "bookworm",
    )
    assert [str(source) for source in found] == ["deb http://a bookworm main", "deb http://a bookworm-security main"]


def test_a_machine_without_the_archive_is_told(tmp_path: Path) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list.d" / "debian.sources").write_text(MODERN)
    (tmp_path / "sources.list").write_text("deb http://old.example/debian bookworm main\n")
    assert str(of_machine("bookworm", tmp_path)[0]) == "deb http://old.example/debian bookworm main"
    assert len(of_machine("bookworm", tmp_path)) == 5
    with pytest.raises(LookupError, match="trixie"):
        of_machine("trixie", tmp_path)
