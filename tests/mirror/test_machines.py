"""Two real machines: one serves the repository with our unit, the other's apt asks it alone and believes our key alone.

The packages are Debian's own, fetched for real for the machine image of today.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from deploys.mirror import repository, signature
from deploys.mirror.client import client_files, uri
from deploys.mirror.repository import Repository
from deploys.mirror.serve import CURRENT, ROOT, served
from inventory.load import load_before_keys
from inventory.sealed import Sealed
from inventory.secret_store import AgeStore
from inventory.secret_values import generate
from lab import claims, image, namespaces
from lab.leaks import leaks
from lab.names import Lab
from lab.remains import remove
from stacks.nspawn import cgroups, machines
from tests.mirror.world import world_with_mirror

pytestmark = pytest.mark.twin

GOVNET = str(Path(sys.executable).parent / "govnet")
MIRROR, WEB = IPv4Address("192.0.2.1"), IPv4Address("192.0.2.2")
NOW = datetime.now(UTC)
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PACKAGES = ("nginx", "sudo")


@dataclass(frozen=True)
class Pair:
    lab: Lab

    def run(self, node: str, *words: str) -> subprocess.CompletedProcess[str]:
        """As root in one machine; both outputs in one."""
        leader = cgroups.leader(self.lab.host(image.path()).group(node))
        inside = ["nsenter", "--target", str(leader), "--all", "--", "env", "-i", "LC_ALL=C", f"PATH={PATH}"]
        line = [*inside, "DEBIAN_FRONTEND=noninteractive", *words]
        return subprocess.run(
            line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False
        )

    def inside(self, node: str, path: str) -> Path:
        """A path in one machine, as seen from the host."""
        leader = cgroups.leader(self.lab.host(image.path()).group(node))
        return Path(f"/proc/{leader}/root{path}")

    def put(self, node: str, path: str, text: str) -> None:
        place = self.inside(node, path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        place.chmod(0o644)

    def serve(self, folder: Path) -> None:
        """The mirror serves a copy of this repository from the next request on."""
        root = self.inside("mirror", ROOT)
        root.mkdir(exist_ok=True)
        shutil.copytree(folder, root / folder.name, dirs_exist_ok=True)
        current = self.inside("mirror", CURRENT)
        current.unlink(missing_ok=True)
        current.symlink_to(folder.name)

    def update(self) -> subprocess.CompletedProcess[str]:
        """Of a client that knows nothing from before."""
        self.run("web", "find", "/var/lib/apt/lists", "-type", "f", "-delete")
        return self.run("web", "apt-get", "update")


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mirror")


@pytest.fixture(scope="module")
def world(state: Path) -> Path:
    found = world_with_mirror(state)
    AgeStore.create(state / "secrets", load_before_keys(found))
    return found


@pytest.fixture(scope="module")
def key(state: Path, world: Path) -> Sealed:
    return Sealed(AgeStore.open(state / "secrets", load_before_keys(world)).value("mirror-key"))


@pytest.fixture(scope="module")
def built(state: Path, world: Path) -> Repository:
    """By the verb, from this machine's own archives; packages fetched before come from the cache."""
    line = [GOVNET, "mirror", "build", "--inventory", str(world), "--state", str(state), "--json"]
    done = subprocess.run(line, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return repository.read(Path(json.loads(done.stdout)["folder"]))


@pytest.fixture(scope="module")
def pair(state: Path, built: Repository, key: Sealed) -> Iterator[Pair]:
    """`mirror` serves, `web` asks; a wire between them, and no other network."""
    lab = Lab(state)
    host = lab.host(image.path())
    for node in ("mirror", "web"):
        for name in ("upper", "work", "root"):
            (host.disk(node) / name).mkdir(parents=True)
        (host.disk(node) / "upper").chmod(0o755)
    claims.claim(lab)
    try:
        namespaces.batch(
            (
                f"netns add {lab.of('mirror')}",
                f"netns add {lab.of('web')}",
                f"link add eth0 netns {lab.of('mirror')} type veth peer name eth0 netns {lab.of('web')}",
            )
        )
        machines.start(host, ("mirror", "web"), lambda _: None)
        for node, address in (("mirror", MIRROR), ("web", WEB)):
            batch = ("link set lo up", "link set eth0 up", f"address add {address}/24 dev eth0")
            namespaces.batch(batch, lab.of(node))
        made = Pair(lab)
        made.serve(built.folder)
        unit = served(MIRROR)
        for path, text in unit.files.items():
            made.put("mirror", path, text)
        started = made.run("mirror", "systemctl", "enable", "--now", unit.unit)
        assert started.returncode == 0, started.stdout
        for path, text in client_files(uri(MIRROR), signature.public_half(key)).items():
            made.put("web", path, text)
        yield made
    finally:
        remove(lab)
    assert leaks(lab.name) == ()


@pytest.fixture
def good(pair: Pair, built: Repository) -> Iterator[Pair]:
    """Whatever a test served, the built repository is served again after it."""
    yield pair
    pair.serve(built.folder)


def test_the_unit_serves_as_a_user_that_may_do_nothing_else(pair: Pair) -> None:
    assert pair.run("mirror", "systemctl", "is-active", "govnet-mirror.service").stdout.strip() == "active"
    main = pair.run("mirror", "systemctl", "show", "--property=MainPID", "--value", "govnet-mirror.service").stdout
    status = pair.inside("mirror", f"/proc/{main.strip()}/status").read_text()
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert "0" not in fields["Uid"].split()
    assert {fields[name] for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert fields["NoNewPrivs"] == "1"
    assert fields["Seccomp"] == "2"
    judged = pair.run("mirror", "systemd-analyze", "security", "--no-pager", "govnet-mirror.service").stdout
    exposure = float(judged.strip().splitlines()[-1].split(": ")[1].split()[0])
    assert exposure < 2.0, judged


def test_a_server_that_was_killed_comes_back(pair: Pair) -> None:
    def served_by() -> str:
        asked = ("systemctl", "show", "--property=MainPID,SubState", "--value", "govnet-mirror.service")
        return pair.run("mirror", *asked).stdout

    killed = served_by()
    assert killed.split()[1] == "running"
    assert pair.run("mirror", "systemctl", "kill", "--signal=KILL", "govnet-mirror.service").returncode == 0
    deadline = time.monotonic() + 60
    while (now := served_by()) == killed or now.split()[1] != "running":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert pair.update().returncode == 0


def test_apt_asks_the_mirror_alone(pair: Pair) -> None:
    """The image names Debian's archives; they are not asked, and nothing of them is believed."""
    assert "debian" in pair.inside("web", "/etc/apt/sources.list").read_text()
    done = pair.update()
    assert done.returncode == 0, done.stdout
    targets = pair.run("web", "apt-get", "indextargets", "--format", "$(REPO_URI)").stdout
    assert set(targets.splitlines()) == {f"{uri(MIRROR)}/"}


def test_the_packages_of_the_deploys_are_installed_from_it(good: Pair, built: Repository) -> None:
    assert good.update().returncode == 0
    done = good.run("web", "apt-get", "install", "--yes", "--no-install-recommends", *PACKAGES)
    assert done.returncode == 0, done.stdout
    wanted = {package.name: package.version for package in built.packages}
    for name in PACKAGES:
        assert good.run("web", "dpkg-query", "-W", "-f", "${Version}", name).stdout == wanted[name]
    assert good.run("web", "nginx", "-t", "-q").returncode == 0


def test_a_tampered_index_is_refused(good: Pair, built: Repository) -> None:
    good.serve(built.folder)
    place = good.inside("mirror", f"{ROOT}/{built.digest}/dists/govnet/main/binary-amd64")
    for name in ("Packages", "Packages.xz"):
        octets = (place / name).read_bytes()
        (place / name).write_bytes(octets[:-1] + bytes([octets[-1] ^ 1]))
    done = good.update()
    assert done.returncode == 100
    assert "Hash Sum mismatch" in done.stdout


def test_a_tampered_release_is_refused(good: Pair, built: Repository) -> None:
    place = good.inside("mirror", f"{ROOT}/{built.digest}/dists/govnet/InRelease")
    place.write_text(place.read_text().replace("Origin: GovNet", "Origin: GovNot"))
    done = good.update()
    assert done.returncode == 100
    assert "BADSIG" in done.stdout


def test_a_release_without_its_signature_is_refused(good: Pair, built: Repository) -> None:
    good.inside("mirror", f"{ROOT}/{built.digest}/dists/govnet/InRelease").unlink()
    done = good.update()
    assert done.returncode == 100
    assert "is not signed" in done.stdout


def remade(state: Path, built: Repository, key: Sealed, now: datetime) -> Repository:
    """The same packages, by another key or at another time."""
    debs = state / "debs"
    debs.mkdir(exist_ok=True)
    for package in built.packages:
        shutil.copyfile(built.folder / package.path, debs / package.file)
    return repository.write(state / "remade", built.packages, debs, built.release.architecture, key, now)


def test_a_repository_of_the_past_is_refused(good: Pair, state: Path, built: Repository, key: Sealed) -> None:
    good.serve(remade(state, built, key, NOW - timedelta(days=40)).folder)
    done = good.update()
    assert done.returncode == 100
    assert "is expired" in done.stdout


def test_a_repository_of_another_key_is_refused(good: Pair, state: Path, built: Repository) -> None:
    good.serve(remade(state, built, generate("openpgp-key"), NOW - timedelta(hours=1)).folder)
    done = good.update()
    assert done.returncode == 100
    assert "NO_PUBKEY" in done.stdout


def test_a_tampered_package_is_refused(good: Pair, built: Repository) -> None:
    good.serve(built.folder)
    assert good.update().returncode == 0
    package = next(each for each in built.packages if each.name == "sudo")
    place = good.inside("mirror", f"{ROOT}/{built.digest}/{package.path}")
    octets = place.read_bytes()
    place.write_bytes(octets[:-1] + bytes([octets[-1] ^ 1]))
    good.run("web", "apt-get", "clean")
    done = good.run("web", "apt-get", "install", "--yes", "--reinstall", "sudo")
    assert done.returncode == 100
    assert "Hash Sum mismatch" in done.stdout
