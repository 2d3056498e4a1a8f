"""A mirror built by the real apt from an archive on this disk: what it holds, when it is made anew, what is refused."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploys.mirror import repository, signature
from deploys.mirror.build import Built, Wanted, build
from deploys.mirror.problem import MirrorProblem, MirrorRefused
from deploys.mirror.release import RENEW_DAYS, VALID_DAYS
from inventory.sealed import Sealed
from inventory.secret_values import generate
from tests.mirror.archive import DEBS, Archive, Deb

NOW = datetime.now(UTC)
ROLES = {"base": ("gv-old",), "web": ("gv-tool",), "mirror": ()}


@pytest.fixture(scope="module")
def key() -> Sealed:
    return generate("openpgp-key")


def make(archive: Archive, key: Sealed, now: datetime = NOW, **roles: tuple[str, ...]) -> Built:
    wanted = Wanted(
        roles=roles or ROLES,
        image=archive.image,
        etc_apt=archive.etc,
        cache=archive.folder / "cache",
        mirrors=archive.folder / "mirrors",
    )
    return build(wanted, key, now, lambda _: None)


def test_it_holds_what_the_roles_need_and_the_image_lacks(archive: Archive, key: Sealed) -> None:
    made = make(archive, key).repository
    assert [(package.name, package.version) for package in made.packages] == [
        ("gv-library", "1.2~rc1+x"),
        ("gv-tool", "1:2.0-1"),
    ]
    assert sorted(path for path in made.files if path.startswith("pool/")) == sorted(deb.path for deb in DEBS[:2])
    for path in (deb.path for deb in DEBS[:2]):
        assert (made.folder / path).read_bytes() == (archive.root / path).read_bytes()
    assert made.release.valid_until - made.release.date == timedelta(days=VALID_DAYS)
    assert repository.current(archive.folder / "mirrors") == made


def test_the_records_are_those_that_the_archive_signed_for(archive: Archive, key: Sealed) -> None:
    theirs = archive.index.read_text()
    assert all(package.record in theirs for package in make(archive, key).repository.packages)


def test_a_second_build_has_nothing_to_do(archive: Archive, key: Sealed) -> None:
    first = make(archive, key)
    second = make(archive, key, NOW + timedelta(hours=1))
    assert first.new
    assert not second.new
    assert second.repository == first.repository


def test_news_elsewhere_in_the_archive_leave_it_as_it_stands(archive: Archive, key: Sealed) -> None:
    first = make(archive, key)
    archive.publish((*DEBS, Deb("gv-news", "1")), NOW - timedelta(minutes=1))
    assert make(archive, key).repository == first.repository


def test_a_newer_version_of_a_package_makes_a_new_one(archive: Archive, key: Sealed) -> None:
    first = make(archive, key)
    archive.publish((*DEBS, Deb("gv-library", "1.3")), NOW - timedelta(minutes=1))
    second = make(archive, key)
    assert second.new
    assert second.repository.digest != first.repository.digest
    assert [package.version for package in second.repository.packages] == ["1.3", "1:2.0-1"]
    assert first.repository.folder.is_dir(), "a plan that was approved may still name it"


def test_the_same_packages_and_second_give_the_same_bytes_but_for_the_signature(archive: Archive, key: Sealed) -> None:
    def contents(name: str) -> dict[str, str]:
        folder = archive.folder / name
        (archive.folder / "mirrors").rename(folder)
        return {
            str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in folder.rglob("*")
            if path.is_file() and path.name != "InRelease"
        }

    make(archive, key)
    first = contents("first")
    before = os.umask(0o077)
    try:
        made = make(archive, key).repository
    finally:
        os.umask(before)
    assert all(path.stat().st_mode & 0o004 for path in (made.folder, *made.folder.rglob("*"))), "others serve it"
    assert contents("second") == first


def test_half_of_its_validity_later_it_is_signed_anew(archive: Archive, key: Sealed) -> None:
    first = make(archive, key)
    still = NOW + timedelta(days=VALID_DAYS - RENEW_DAYS) - timedelta(seconds=1)
    assert not make(archive, key, still).new
    second = make(archive, key, still + timedelta(seconds=2))
    assert second.new
    assert second.repository.packages == first.repository.packages


def test_another_key_makes_a_new_one(archive: Archive, key: Sealed) -> None:
    make(archive, key)
    other = generate("openpgp-key")
    second = make(archive, other)
    assert second.new
    assert second.repository.release.key == signature.fingerprint(other)


@pytest.mark.parametrize("what", ["pool/main/g/gv-tool/gv-tool_2.0-1_all.deb", "dists/govnet/Release"])
def test_one_that_is_damaged_is_made_anew(archive: Archive, key: Sealed, what: str) -> None:
    first = make(archive, key).repository
    damaged = first.folder / what
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    second = make(archive, key)
    assert second.new
    assert repository.read(second.repository.folder) == second.repository


def test_a_fetched_package_that_was_damaged_in_the_cache_is_fetched_again(archive: Archive, key: Sealed) -> None:
    make(archive, key)
    for deb in (archive.folder / "cache/mirror-apt/debs").iterdir():
        deb.write_bytes(bytes(len(deb.read_bytes())))
    made = make(archive, generate("openpgp-key"))
    assert repository.read(made.repository.folder) == made.repository


def test_what_an_interrupted_build_left_is_removed(archive: Archive, key: Sealed) -> None:
    left = archive.folder / "mirrors/build-left"
    left.mkdir(parents=True)
    made = make(archive, key).repository
    assert {path.name for path in left.parent.iterdir()} == {"current", made.digest}


def test_the_private_key_is_in_no_file(archive: Archive, key: Sealed) -> None:
    make(archive, key)
    secret = [line for line in key.open().splitlines() if len(line) > 40]
    assert secret
    for path in archive.folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(line.encode() in content for line in secret), path


def test_the_hosts_own_apt_is_not_touched(archive: Archive, key: Sealed) -> None:
    def state() -> list[tuple[str, int, int]]:
        folders = (Path("/var/lib/apt"), Path("/var/cache/apt"), Path("/etc/apt"), Path("/var/lib/dpkg"))
        found = [path for folder in folders for path in (folder, *folder.rglob("*"))]
        return [(str(path), path.lstat().st_mtime_ns, path.lstat().st_size) for path in sorted(found)]

    before = state()
    make(archive, key)
    assert state() == before


class TestRefusals:
    """Nothing is made, and one sentence says why."""

    def told(self, archive: Archive, key: Sealed, kind: type[MirrorProblem], **roles: tuple[str, ...]) -> str:
        with pytest.raises(MirrorProblem) as caught:
            make(archive, key, **roles)
        assert type(caught.value) is kind
        assert repository.current(archive.folder / "mirrors") is None
        sentence = str(caught.value)
        assert "\n" not in sentence
        return sentence.replace(str(archive.folder), "HERE")

    def test_an_archive_that_was_tampered_with(self, archive: Archive, key: Sealed) -> None:
        archive.index.write_text(archive.index.read_text().replace("gv-old", "gv-bad"))
        assert self.told(archive, key, MirrorRefused) == (
            "file:HERE/debian/dists/bookworm/main/binary-amd64/Packages is not what its archive signed for: "
            "nothing was taken from it"
        )

    def test_an_archive_that_another_key_signed(self, archive: Archive, key: Sealed) -> None:
        (archive.folder / "other.asc").write_text(signature.public_half(key))
        archive.trust(archive.folder / "other.asc")
        assert self.told(archive, key, MirrorRefused) == (
            "file:HERE/debian bookworm is not signed by a key that this machine trusts it with: "
            "nothing was taken from it"
        )

    def test_an_archive_without_a_signature(self, archive: Archive, key: Sealed) -> None:
        place = archive.root / "dists/bookworm/InRelease"
        text = place.read_text().partition("\n\n")[2].partition("-----BEGIN PGP SIGNATURE")[0]
        (place.parent / "Release").write_text(text)
        place.unlink()
        assert self.told(archive, key, MirrorRefused) == (
            "file:HERE/debian bookworm is not signed: nothing was taken from it"
        )

    def test_an_archive_of_yesterday(self, archive: Archive, key: Sealed) -> None:
        archive.publish(DEBS, NOW - timedelta(days=9))
        assert self.told(archive, key, MirrorRefused) == (
            "file:HERE/debian/dists/bookworm/InRelease is not of today by its own dates: "
            "look at this machine's clock, or name an archive that is kept"
        )

    def test_a_package_that_is_not_what_was_signed_for(self, archive: Archive, key: Sealed) -> None:
        deb = archive.root / DEBS[0].path
        deb.write_bytes(bytes(len(deb.read_bytes())))
        assert self.told(archive, key, MirrorRefused) == (
            "file:HERE/debian/pool/main/g/gv-tool/gv-tool_2.0-1_all.deb is not what its archive signed for: "
            "nothing was taken from it"
        )

    def test_a_suite_that_the_machine_does_not_name(self, archive: Archive, key: Sealed) -> None:
        archive.trust(archive.folder / "archive.asc", suite="trixie")
        assert self.told(archive, key, MirrorProblem) == (
            "HERE/etc names no archive of Debian bookworm with component main"
        )

    def test_a_suite_that_the_archive_does_not_have(self, archive: Archive, key: Sealed) -> None:
        (archive.root / "dists/bookworm/InRelease").unlink()
        assert self.told(archive, key, MirrorProblem) == (
            "file:HERE/debian has no suite bookworm: name one that it has in this machine's apt sources"
        )

    def test_an_archive_that_does_not_answer(self, archive: Archive, key: Sealed) -> None:
        archive.trust(archive.folder / "archive.asc", uri="http://127.0.0.1:1")
        assert self.told(archive, key, MirrorProblem).startswith(
            "http://127.0.0.1:1/dists/bookworm/InRelease could not be fetched: Could not connect to 127.0.0.1:1"
        )

    def test_a_package_that_no_archive_has(self, archive: Archive, key: Sealed) -> None:
        assert self.told(archive, key, MirrorProblem, web=("gv-nothing",)) == (
            "no archive of this machine has the package gv-nothing: see the table in deploys/packages.py"
        )

    def test_a_package_that_needs_what_there_is_not(self, archive: Archive, key: Sealed) -> None:
        assert self.told(archive, key, MirrorProblem, web=("gv-broken",)) == (
            "the package gv-broken cannot be installed on the machine image "
            "(Depends: gv-nowhere (>= 9) but it is not installable)"
        )

    def test_a_folder_that_is_no_image(self, archive: Archive, key: Sealed) -> None:
        (archive.image / "var/lib/dpkg/status").unlink()
        assert self.told(archive, key, MirrorProblem) == (
            "HERE/image is not the root of a Debian system: it has no var/lib/dpkg/status"
        )
        (archive.image / "usr/lib/os-release").unlink()
        assert self.told(archive, key, MirrorProblem) == (
            "HERE/image is not the root of a Debian system: it has no usr/lib/os-release"
        )
