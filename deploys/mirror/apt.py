"""apt with a state of its own: this machine's archives asked about a machine image, and the host's own apt untouched.

apt resolves, fetches, and checks every signature and digest; what it says of a failure becomes one sentence.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploys.mirror.package import Package, packages
from deploys.mirror.problem import MirrorProblem, MirrorRefused
from deploys.sources import Source

DEBIAN = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
"""Who may sign an archive for which the machine names no keys."""
TIMEOUT_S = 20
"""For one answer of an archive; tried twice more."""
PROXIES = ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy")
PASSED_ON = ("PATH", *PROXIES, *(name.upper() for name in PROXIES))
"""What apt needs of our environment: the rest is no business of its methods, secrets least of all."""

SENTENCES: tuple[tuple[str, type[MirrorProblem], str], ...] = (
    (
        r"GPG error: (\S+) (\S+) (?:In)?Release:",
        MirrorRefused,
        "{0} {1} is not signed by a key that this machine trusts it with: nothing was taken from it",
    ),
    (
        r"The repository '(\S+) (\S+) Release' does not have a Release file",
        MirrorProblem,
        "{0} has no suite {1}: name one that it has in this machine's apt sources",
    ),
    (
        r"Release file for (\S+) is (?:expired|not valid yet)",
        MirrorRefused,
        "{0} is not of today by its own dates: look at this machine's clock, or name an archive that is kept",
    ),
    (
        r"Failed to fetch (\S+) +(?:Hash Sum|File has unexpected size)",
        MirrorRefused,
        "{0} is not what its archive signed for: nothing was taken from it",
    ),
    (
        r"Failed to fetch (\S+) +(.+)",
        MirrorProblem,
        "{0} could not be fetched: {1}",
    ),
    (
        r"The repository '(\S+) (\S+) (?:In)?Release' is not signed",
        MirrorRefused,
        "{0} {1} is not signed: nothing was taken from it",
    ),
    (
        r"(?:Unable to locate package |Package '|Version '[^']*' for ')([^\s']+)",
        MirrorProblem,
        "no archive of this machine has the package {0}: see the table in deploys/packages.py",
    ),
    (
        r" (\S+) : (?:Pre-)?(Depends|Conflicts|Breaks): (.+)",
        MirrorProblem,
        "the package {0} cannot be installed on the machine image ({1}: {2})",
    ),
)
"""The first pattern that something in apt's errors fits, what it becomes, and the sentence."""


def problem(said: str) -> MirrorProblem:
    """What apt's output means, as one sentence."""
    for pattern, kind, sentence in SENTENCES:
        found = re.search(pattern, said)
        if found is not None:
            return kind(sentence.format(*(part.strip() for part in found.groups())))
    errors = [line[3:].strip() for line in said.splitlines() if line.startswith("E: ")]
    return MirrorProblem(f"apt failed: {errors[0] if errors else 'it did not say why'}")


@dataclass(frozen=True)
class Chosen:
    """A package in the version that apt would install."""

    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name}={self.version}"


def chosen(said: str) -> tuple[Chosen, ...]:
    """The packages that a simulation (apt-get --simulate) installs or upgrades, in its order."""
    return tuple(Chosen(*found) for found in re.findall(r"^Inst (\S+) (?:\[\S+\] )?\((\S+) ", said, re.MULTILINE))


def sha256(path: Path) -> str:
    """Hexadecimal, of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class Apt:
    folder: Path
    lock: int
    """An open file that is locked for all that works in `folder`. An apt that outlives us has it too, so that the next
    one of us waits for its end, which its timeouts bring about."""

    @property
    def debs(self) -> Path:
        """Where fetched packages lie, by the names that apt gives them."""
        return self.folder / "debs"

    def prepare(self, sources: Sequence[Source], status: Path) -> None:
        """Take these archives, and the packages that an image has installed by its dpkg status."""
        for name in ("lists/partial", "cache", "debs"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(status, self.folder / "status")
        entries = (
            f"deb [signed-by={source.keyring or DEBIAN}] {source.uri} {source.suite} {' '.join(source.components)}\n"
            for source in sources
        )
        (self.folder / "sources.list").write_text("".join(entries))
        (self.folder / "apt.conf").write_text(self._configuration())

    def update(self) -> tuple[str, ...]:
        """Read what the archives have. Returns the digests of their Release files, sorted. Raises MirrorProblem."""
        self._run("apt-get", "update")
        found = sorted(self.folder.glob("lists/*Release"))
        return tuple(sorted(sha256(path) for path in found))

    def closure(self, names: Sequence[str]) -> tuple[Chosen, ...]:
        """What installing these on the image would bring. Raises MirrorProblem."""
        return chosen(self._run("apt-get", "--simulate", "install", "--", *names))

    def records(self, wanted: Sequence[Chosen]) -> tuple[Package, ...]:
        """What the archives say of them, under their signatures. Raises MirrorProblem."""
        if not wanted:
            return ()
        said = self._run("apt-cache", "show", "--no-all-versions", "--", *map(str, wanted))
        try:
            found = packages(said)
        except ValueError as wrong:
            raise MirrorRefused(f"an archive describes a package in a way that we do not take: {wrong}") from None
        differs = Counter(map(str, wanted)) - Counter(f"{each.name}={each.version}" for each in found)
        if differs or len(found) != len(wanted):
            raise MirrorProblem(f"apt describes other packages than were chosen: {', '.join(sorted(differs))}")
        return found

    def fetch(self, wanted: Sequence[Package]) -> None:
        """Bring those into `debs` that are not there whole. Raises MirrorProblem, MirrorRefused."""
        absent = [each for each in wanted if not self._has(each)]
        for each in absent:
            (self.debs / each.file).unlink(missing_ok=True)
        if absent:
            self._run("apt-get", "download", "--", *(f"{each.name}={each.version}" for each in absent))
        for each in absent:
            if not self._has(each):
                raise MirrorRefused(f"{each.file} is not what its archive signed for: it was not taken")

    def _has(self, package: Package) -> bool:
        path = self.debs / package.file
        return path.is_file() and path.stat().st_size == package.octets and sha256(path) == package.sha256

    def _run(self, *command: str) -> str:
        passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        done = subprocess.run(
            command,
            pass_fds=(self.lock,),
            cwd=self.debs,
            env={**passed, "APT_CONFIG": str(self.folder / "apt.conf"), "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise problem(done.stderr + done.stdout)
        return done.stdout

    def _configuration(self) -> str:
        options = {
            "Dir::State": self.folder,
            "Dir::State::lists": self.folder / "lists",
            "Dir::State::status": self.folder / "status",
            "Dir::State::extended_states": self.folder / "extended_states",
            "Dir::Cache": self.folder / "cache",
            "Dir::Etc": self.folder / "none",
            "Dir::Etc::main": "/dev/null",
            "Dir::Etc::parts": "/dev/null",
            "Dir::Etc::sourcelist": self.folder / "sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
            "Dir::Etc::trusted": "/dev/null",
            "Dir::Etc::trustedparts": "/dev/null",
            "Dir::Log": "/dev/null",
            "quiet": 1,
            "APT::Get::AllowUnauthenticated": "false",
            "APT::Install-Recommends": "false",
            "APT::Update::Error-Mode": "any",
            "Acquire::AllowInsecureRepositories": "false",
            "Acquire::AllowWeakRepositories": "false",
            "Acquire::AllowDowngradeToInsecureRepositories": "false",
            "Acquire::Languages": "none",
            "Acquire::Retries": 2,
            "Acquire::http::Timeout": TIMEOUT_S,
            "Acquire::https::Timeout": TIMEOUT_S,
        }
        return "".join(f'{name} "{value}";\n' for name, value in options.items())
