"""The machine's own Debian package sources, read from apt's files in both of their forms (sources.list(5)).

Only the main archive of a Debian release and its updates are taken; what else is on the machine (vendors' archives,
other releases, source packages) has no place in an image or in the mirror. Standard library only: the image is built
before the libraries are there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True)
class Source:
    """One archive and one suite of it: `deb URI SUITE COMPONENTS`."""

    uri: str
    suite: str
    components: tuple[str, ...]
    keyring: Path | None = None
    """The file of the keys that may sign it, where the machine names one (Signed-By)."""

    def __str__(self) -> str:
        return f"deb {self.uri} {self.suite} {' '.join(self.components)}"


def keyring(signed_by: str | None) -> Path | None:
    """The first file that a Signed-By names; fingerprints and embedded keys name none."""
    return next((Path(word) for word in (signed_by or "").replace(",", " ").split() if word.startswith("/")), None)


def one_line(text: str) -> tuple[Source, ...]:
    """The `deb` lines of a sources.list; of their options in square brackets, only `signed-by` counts."""
    found = []
    for line in text.splitlines():
        words = line.split("#", 1)[0].replace("[", " [ ").replace("]", " ] ").split()
        options: list[str] = []
        if "[" in words and "]" in words:
            options = words[words.index("[") + 1 : words.index("]")]
            words = words[: words.index("[")] + words[words.index("]") + 1 :]
        if len(words) > 3 and words[0] == "deb":
            signed_by = next((word[10:] for word in options if word.startswith("signed-by=")), None)
            found.append(Source(words[1].rstrip("/"), words[2], tuple(words[3:]), keyring(signed_by)))
    return tuple(found)


def stanzas(text: str) -> tuple[dict[str, str], ...]:
    """The stanzas of a deb822 file, field names in lower case, continuation lines joined by a space."""
    found: list[dict[str, str]] = [{}]
    field = ""
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        if not line.strip():
            found.append({})
        elif line[0] in " \t":
            found[-1][field] = f"{found[-1].get(field, '')} {line.strip()}".strip()
        elif ":" in line:
            name, _, value = line.partition(":")
            field = name.strip().lower()
            found[-1][field] = value.strip()
    return tuple(stanza for stanza in found if stanza)


def deb822(text: str) -> tuple[Source, ...]:
    """The binary archives of a `.sources` file that are not switched off."""
    return tuple(
        Source(uri.rstrip("/"), suite, tuple(stanza.get("components", "").split()), keyring(stanza.get("signed-by")))
        for stanza in stanzas(text)
        if "deb" in stanza.get("types", "").split() and stanza.get("enabled", "yes").lower() != "no"
        for uri in stanza.get("uris", "").split()
        for suite in stanza.get("suites", "").split()
    )


def debian(sources: tuple[Source, ...], release: str) -> tuple[Source, ...]:
    """Those of Debian itself for one release, the release's own suite first: a vendor has other suites."""
    suites = (release, f"{release}-updates", f"{release}-security")
    kept: dict[tuple[str, str], Source] = {}
    for source in sources:
        if source.suite in suites and "main" in source.components:
            kept.setdefault((source.uri, source.suite), replace(source, components=("main",)))
    return tuple(sorted(kept.values(), key=lambda source: suites.index(source.suite)))


def of_machine(release: str, etc_apt: Path = Path("/etc/apt")) -> tuple[Source, ...]:
    """What this machine itself installs Debian packages from. Raises LookupError where that has no main archive."""
    lists = [etc_apt / "sources.list", *sorted((etc_apt / "sources.list.d").glob("*.list"))]
    files = sorted((etc_apt / "sources.list.d").glob("*.sources"))
    read = [source for path in lists if path.exists() for source in one_line(path.read_text())]
    read += [source for path in files for source in deb822(path.read_text())]
    found = debian(tuple(read), release)
    if not found or found[0].suite != release:
        raise LookupError(f"{etc_apt} names no archive of Debian {release} with component main")
    return found
