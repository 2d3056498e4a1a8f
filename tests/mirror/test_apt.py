"""What apt says, understood: one sentence for a person, whatever it was."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploys.mirror.apt import Apt, Chosen, chosen, problem
from deploys.mirror.problem import MirrorProblem, MirrorRefused

SAID = [
    (
        "E: Failed to fetch http://a.example/debian/dists/bookworm/InRelease  Temporary failure resolving 'a.example'\n"
        "E: Some index files failed to download. They have been ignored, or old ones used instead.\n",
        MirrorProblem,
        "http://a.example/debian/dists/bookworm/InRelease could not be fetched: "
        "Temporary failure resolving 'a.example'",
    ),
    (
        "E: The repository 'http://a.example/debian nosuch Release' does not have a Release file.\n",
        MirrorProblem,
        "http://a.example/debian has no suite nosuch: name one that it has in this machine's apt sources",
    ),
    (
        "W: An error occurred during the signature verification. The repository is not updated and the previous index "
        "files will be used. GPG error: http://a.example/debian bookworm InRelease: The following signatures couldn't "
        "be verified because the public key is not available: NO_PUBKEY 6ED0E7B82643E131\n"
        "E: Failed to fetch http://a.example/debian/dists/bookworm/InRelease  The following signatures couldn't be\n",
        MirrorRefused,
        "http://a.example/debian bookworm is not signed by a key that this machine trusts it with: "
        "nothing was taken from it",
    ),
    (
        "E: Release file for http://a.example/debian/dists/bookworm/InRelease is not valid yet (invalid for another "
        "2h 1min 3s). Updates for this repository will not be applied.\n",
        MirrorRefused,
        "http://a.example/debian/dists/bookworm/InRelease is not of today by its own dates: "
        "look at this machine's clock, or name an archive that is kept",
    ),
    ("E: Version '1' for 'bash' was not found\n", MirrorProblem, None),
    ("E: Unable to locate package bash\n", MirrorProblem, None),
    ("E: Package 'bash' has no installation candidate\n", MirrorProblem, None),
    (
        "E: The list of sources could not be read.\n",
        MirrorProblem,
        "apt failed: The list of sources could not be read.",
    ),
    ("", MirrorProblem, "apt failed: it did not say why"),
]


@pytest.mark.parametrize(("said", "kind", "sentence"), SAID)
def test_each_failure_is_one_sentence(said: str, kind: type[MirrorProblem], sentence: str | None) -> None:
    found = problem(said)
    assert type(found) is kind
    assert str(found) == (
        sentence or "no archive of this machine has the package bash: see the table in deploys/packages.py"
    )


@given(st.text() | st.lists(st.sampled_from([said for said, _, _ in SAID]) | st.text(), max_size=4).map("\n".join))
def test_whatever_apt_says_there_is_one_line(said: str) -> None:
    assert len(str(problem(said)).splitlines()) == 1


def test_new_and_newer_packages_are_chosen() -> None:
    said = (
        "NOTE: This is only a simulation!\n"
        "Inst nginx-common (1.22.1-9+deb12u11 Debian-Security:12/oldstable-security [all])\n"
        "Inst libc6 [2.36-9+deb12u9] (2.36-9+deb12u14 Debian:12.13/oldstable [amd64]) []\n"
        "Conf nginx-common (1.22.1-9+deb12u11 Debian-Security:12/oldstable-security [all])\n"
    )
    assert chosen(said) == (Chosen("nginx-common", "1.22.1-9+deb12u11"), Chosen("libc6", "2.36-9+deb12u14"))


@given(st.text())
def test_any_text_gives_choices_without_spaces(said: str) -> None:
    assert all(" " not in str(each) for each in chosen(said))


def test_apt_is_given_no_secret_of_our_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the place of apt stands a program that says what it was given."""
    program = tmp_path / "bin" / "apt-get"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\nenv >{tmp_path}/given\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("GOVNET_SECRET_CA_KEY", "do not tell")
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    apt = Apt(tmp_path, os.open(os.devnull, os.O_RDONLY))
    apt.debs.mkdir()
    apt.update()
    given = (tmp_path / "given").read_text()
    assert "do not tell" not in given
    assert "https_proxy=http://proxy.example:3128" in given
