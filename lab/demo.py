"""The main job on the twin, step by step: `python -m lab.demo [STATE]`. Everything goes through the govnet command.

It begins anew each time, works on a copy of the demonstration world, because two steps edit it, and ends with the
reports' paths.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from lab import claims, twin
from lab.names import Lab
from lab.people import AUTHOR, REVIEWERS, enrol, key_of
from lab.problem import LabProblem
from stacks.nspawn.problem import HostProblem

WORLD = Path("inventory/demo")
STATE = Path(".state/demo")
GOVNET = str(Path(sys.executable).parent / "govnet")
POLL_S = 180
"""The poller is stopped as soon as the story is told: this is when it would have failed."""
ALL_UP = "19 of 19 devices answered, 2 of 2 services"
CUT_LINKS = ("rr-mbeya--dr-chunya", "rr-mbeya--dr-rungwe")
"""The only link of one district, and one of the two of another."""
CUT_OFF = "chunya-dc"
"""The institution behind the first."""
WEB_SERVER = "10.10.30.20"
WEB_SITES = ("necta.govnet.example", "mof.govnet.example")
LONG_NAME = ".".join(
    (
        "matokeo-ya-mitihani-ya-kidato-cha-nne-na-cha-sita-ya-mwaka-2026",
        "baraza-la-mitihani-la-tanzania-matokeo-na-ratiba-za-mitihani",
        "wizara-ya-elimu-sayansi-na-teknolojia",
        "govnet.example",
    )
)
RUNNING = {
    "router": ("vtysh", "-c", "show running-config no-header"),
    "web-1": ("nginx", "-T", "-q"),
}
"""What prints the configuration in force."""


MADE = ("plans", "people", "trust", "stacks", "monitoring", "reports", "evidence", "journal.sqlite*", "world")
"""What a demonstration makes in its state folder: the next one would report it as its own, or find a change open.

The rest stays: keys, and what takes time to make and is the same again (the mirror, promises).
"""


class DemoFailed(Exception):
    """A step ended otherwise than it must; the text says which."""


def clear(state: Path) -> None:
    """Remove what an earlier demonstration made, its lab first: a machine's stack goes after the machine.

    Raises DemoFailed where the folder is somebody's who still wants it; LabBusy, GroupStuck.
    """
    made = [path for pattern in MADE for path in state.glob(pattern)]
    if made and not (state / "world").is_dir():
        raise DemoFailed(f"{state} holds what no demonstration made: name another folder")
    wanted = (claim for claim in claims.claims() if claim.lab.name == Lab(state).name and not claim.forsaken)
    if any(claim.owner != os.getpid() for claim in wanted):
        raise DemoFailed(f"a lab that is still wanted is up in {state}: wait for its end, or `govnet lab down`")
    twin.down(state, lambda _: None)
    for path in made:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


class Demo:
    """Where the copy stands, and the steps."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.world = state / "world"
        self.place = ("--inventory", str(self.world), "--state", str(state))
        self.began = time.monotonic()

    def command(self, *words: str, inside: bool = False) -> list[str]:
        """The full command line; `inside` runs it in the jump host's namespace, as an engineer would."""
        own = [GOVNET, *words, *self.place]
        return self.on("jump-1", *own) if inside else own

    def on(self, node: str, *command: str) -> list[str]:
        """The command line that runs a command inside a node of the twin."""
        return [GOVNET, "lab", "exec", *self.place, node, "--", *command]

    def govnet(self, *words: str, ends: int = 0, inside: bool = True) -> None:
        """Run a verb in the open; raises DemoFailed unless it ends with that exit status."""
        print(f"\n$ govnet {' '.join(words)}", flush=True)
        status = subprocess.run(self.command(*words, inside=inside), check=False).returncode
        if status != ends:
            raise DemoFailed(f"`govnet {' '.join(words)}` ended with status {status}; {ends} was to come")

    def step(self, number: int, text: str) -> None:
        print(f"\n=== {number}. {text}  [{time.monotonic() - self.began:.0f} s]", flush=True)

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace one text in a file of the world. Raises DemoFailed where it does not stand exactly once."""
        path = self.world / file
        text = path.read_text(encoding="utf-8")
        if text.count(old) != 1:
            raise DemoFailed(f"{file}: `{old}` stands {text.count(old)} times")
        path.write_text(text.replace(old, new), encoding="utf-8")

    def running(self, devices: Collection[str]) -> dict[str, str]:
        """The running configuration of each, straight from the machine."""

        def of(device: str) -> str:
            command = self.on(device, *RUNNING["web-1" if device == "web-1" else "router"])
            return subprocess.run(command, check=True, capture_output=True, text=True).stdout

        with ThreadPoolExecutor(len(devices)) as pool:
            return dict(zip(devices, pool.map(of, devices), strict=True))

    def run(self) -> None:
        shutil.copytree(WORLD, self.world)
        plans = self.state / "plans"
        plans.mkdir()
        people = self.state / "people"
        self.step(1, "The inventory holds together")
        self.govnet("check", inside=False)
        self.step(2, "Keys, and every device a machine of its own, with day-0 only")
        self.govnet("keys", inside=False)
        mirror = self.begin("mirror", "build", inside=False)
        self.govnet("lab", "up", inside=False)
        self.end(mirror, "mirror", "build")
        self.govnet("trust", "init", str(enrol(people)), inside=False)
        self.step(3, "One plan for all: routers and switches, machines and servers")
        first = str(plans / "first.plan")
        self.govnet("plan", "all", "-o", first, "--as", AUTHOR, "--reason", "First configuration", ends=10)
        self.step(4, "Signed, then applied in waves, each confirmed; then there is nothing to do")
        for person in (AUTHOR, *REVIEWERS):
            self.govnet("approve", first, *self.signer(person), inside=False)
        self.govnet("apply", first)
        self.govnet("plan", "all")
        self.step(5, "Three bad changes, side by side: each box puts itself back, and the web sites never stop")
        with self.asking_the_sites():
            self.bad_changes()
        self.govnet("plan", "all")
        evidence = self.begin("evidence")  # all is changed that will be, and measuring is waiting
        self.step(6, "Measured while links are cut and healed")
        self.poll()
        self.step(7, "Reports")
        month = datetime.now(ZoneInfo("Africa/Dar_es_Salaam")).strftime("%Y-%m")
        self.side_by_side(("uptime", "--month", month), ("topology",))
        self.end(evidence, "evidence")

    def name_reports(self) -> None:
        print(f"\nThe demonstration took {time.monotonic() - self.began:.0f} s. Its reports:")
        for path in sorted((self.state / "reports").rglob("*")):
            if path.suffix in {".html", ".pdf"}:
                print(f"  {path}")

    def signer(self, person: str) -> tuple[str, ...]:
        """Who signs, and the file with their key."""
        return "--as", person, "--key", str(key_of(self.state / "people", person))

    def bad_changes(self) -> None:
        """Each is planned and applied at one end alone, and must end reverted, to the byte. The world is mended after.

        One cuts its own way in at once; one bites only when the neighbour's dead timer ends; and one gives a web site a
        name that is right and too long for nginx's tables, which `nginx -t` refuses.
        """
        cuts = {
            "dr-chunya": ("One end of a link renumbered", ("mbeya/devices.yaml", *self.renumbering())),
            "dr-ngorongoro": ("A wrong OSPF key at one end", ("arusha/links.yaml", *self.rekeying())),
            "web-1": ("A longer name for a web site", ("services.yaml", "necta.govnet.example", LONG_NAME)),
        }
        before = self.running(cuts)
        files = {device: str(self.state / "plans" / f"bad-{device}.plan") for device in cuts}
        for _, edit in cuts.values():
            self.edit(*edit)
        said = {device: ("--as", AUTHOR, "--reason", reason) for device, (reason, _) in cuts.items()}
        self.side_by_side(*(("plan", device, "-o", files[device], *said[device]) for device in cuts), ends=10)
        for person in (AUTHOR, *REVIEWERS):
            self.govnet("approve", *files.values(), *self.signer(person), inside=False)
        self.side_by_side(*(("apply", file) for file in files.values()), ends=4)
        for device, after in self.running(cuts).items():
            if before[device] != after:
                raise DemoFailed(f"{device}: the running configuration is not as it was before")
            print(f"{device}: its running configuration is byte for byte as before ({len(after.encode())} octets).")
        for _, (path, old, new) in cuts.values():
            self.edit(path, new, old)

    def begin(self, *words: str, inside: bool = True) -> subprocess.Popen[str]:
        """Start a verb; what it says is kept."""
        return subprocess.Popen(
            self.command(*words, inside=inside), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def end(self, process: subprocess.Popen[str], *words: str, ends: int = 0) -> None:
        """Wait for a verb that was begun, and show it. Raises DemoFailed unless it ends with that status."""
        said, _ = process.communicate()
        print(f"\n$ govnet {' '.join(words)}\n{said}", end="", flush=True)
        if process.returncode != ends:
            raise DemoFailed(f"`govnet {' '.join(words)}` ended with status {process.returncode}; {ends} was to come")

    def side_by_side(self, *verbs: tuple[str, ...], ends: int = 0) -> None:
        """Run verbs at once, and show them one after the other."""
        begun = [(words, self.begin(*words)) for words in verbs]
        for words, process in begun:
            self.end(process, *words, ends=ends)

    @contextmanager
    def asking_the_sites(self) -> Iterator[None]:
        """Ask both web sites every 100 ms throughout. Raises DemoFailed where one answer was not 200."""
        log = self.state / "evidence" / "web-sites-asked.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        client = (sys.executable, "-m", "lab.client", str(self.state / "authority.pem"), WEB_SERVER, *WEB_SITES)
        line = twin.command(twin.find(self.state), "jump-1", client)  # no process between, so that SIGTERM reaches it
        with log.open("w") as written, subprocess.Popen(line, stdout=written) as asking:
            try:
                yield
            finally:
                asking.terminate()
        answers = [line.split(" ", 2)[2] for line in log.read_text().splitlines()]
        bad = [answer for answer in answers if not answer.startswith("200 ")]
        print(f"\nThe web sites were asked {len(answers)} times meanwhile; {len(bad)} answers were not 200: {log}")
        if bad or not answers:
            raise DemoFailed(f"the web sites did not answer throughout: {bad[:3]}")

    def renumbering(self) -> tuple[str, str]:
        """Both ends of one link in one go, as text: the inventory stays whole, and one end alone will be planned."""
        text = (self.world / "mbeya/devices.yaml").read_text(encoding="utf-8")
        first, last = text.index("10.254.1.8/31"), text.index("10.254.1.9/31") + len("10.254.1.9/31")
        span = text[first:last]
        return span, span.replace("10.254.1.8/31", "10.254.1.14/31").replace("10.254.1.9/31", "10.254.1.15/31")

    def rekeying(self) -> tuple[str, str]:
        """The link's line, and the same with the backbone's key."""
        text = (self.world / "arusha/links.yaml").read_text(encoding="utf-8")
        line = next(row for row in text.splitlines() if "name: rr-arusha--dr-ngorongoro," in row)
        return line, line.replace("auth_secret: ospf-arusha", "auth_secret: ospf-backbone")

    def poll(self) -> None:
        """Links are cut when all was seen up, healed when the cut was seen, and the poller is stopped when that was."""
        words = ("poll", "--for", f"{POLL_S}s")
        print(f"\n$ govnet {' '.join(words)} &", flush=True)
        poller = self.begin(*words)
        try:
            heard(poller, ALL_UP)
            for fault, link_is, institution_is in (("link-down", "down", "unreachable"), ("link-up", "up", "up")):
                for link in CUT_LINKS:
                    self.govnet("lab", "fault", fault, link, inside=False)
                seen = (f"link {link}: {link_is}" for link in CUT_LINKS)
                heard(poller, *seen, f"institution {CUT_OFF}: {institution_is}")
            poller.terminate()
            print(poller.communicate()[0], end="", flush=True)
        finally:
            poller.terminate()
            poller.wait()
        if poller.returncode:
            raise DemoFailed(f"`govnet poll` ended with status {poller.returncode}")
        self.govnet("status")


def heard(process: subprocess.Popen[str], *texts: str) -> None:
    """Show what a verb says until it has said each of these, in any order. Raises DemoFailed where it ends before."""
    waiting = set(texts)
    assert process.stdout is not None  # begun with a pipe
    while waiting:
        line = process.stdout.readline()
        if not line:
            raise DemoFailed(f"the verb ended before it said: {', '.join(sorted(waiting))}")
        print(line, end="", flush=True)
        waiting = {text for text in waiting if text not in line}


def main() -> int:
    os.environ[claims.OWNER] = str(os.getpid())
    demo = Demo(Path(sys.argv[1]) if len(sys.argv) > 1 else STATE)
    try:
        clear(demo.state)
    except (DemoFailed, LabProblem, HostProblem) as problem:
        print(f"The demonstration cannot begin: {problem}", file=sys.stderr)
        return 1
    try:
        demo.run()
    except DemoFailed as problem:
        print(f"The demonstration failed: {problem}", file=sys.stderr)
        return 1
    finally:
        subprocess.run(demo.command("lab", "down", inside=False), check=False)
    demo.name_reports()
    return 0


if __name__ == "__main__":
    sys.exit(main())
