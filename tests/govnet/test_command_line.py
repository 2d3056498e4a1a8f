"""The command line's contract: exit statuses, one JSON document, every problem at once, and never a traceback."""

from __future__ import annotations

import importlib
import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from govnet.cli import app, main
from govnet.status import Status
from inventory.load import load_before_keys
from inventory.secret_store import AgeStore

GOVNET = str(Path(sys.executable).parent / "govnet")


def govnet(*words: str, give: str = "") -> subprocess.CompletedProcess[str]:
    done = subprocess.run([GOVNET, *words], capture_output=True, text=True, timeout=60, check=False, input=give)
    assert "Traceback" not in done.stdout + done.stderr
    return done


@pytest.fixture
def world(tmp_path: Path) -> Path:
    shutil.copytree("inventory/demo", tmp_path / "world")
    return tmp_path / "world"


def groups() -> dict[str, dict[str, str | None]]:
    """By the word that leads to it, each group of verbs: name to help. The first stands under no word."""
    top = get_command(app).commands
    found = {name: command.commands for name, command in top.items() if hasattr(command, "commands")}
    return {word: {name: verb.help for name, verb in verbs.items()} for word, verbs in {"": top, **found}.items()}


@pytest.mark.parametrize("word", groups())
def test_help_names_every_verb_and_says_in_one_line_what_it_does(word: str) -> None:
    verbs = groups()[word]
    lines = govnet(*word.split(), "--help").stdout.splitlines()
    told = dict(line.split(maxsplit=1) for line in lines[lines.index("Commands:") + 1 :])
    assert set(told) == set(verbs)
    for name, text in verbs.items():
        assert text is not None and text.endswith(".") and "\n" not in text, name
        assert text.startswith(told[name].removesuffix("...")), "the list is cut at the terminal's width"


def test_help_does_not_load_what_only_a_verb_needs() -> None:
    """What keeps `--help` quick on a slow machine: none of the heavy libraries is imported for it."""
    program = (
        "import sys; from govnet.cli import app\ntry: app(['--help'])\nexcept SystemExit: pass\nprint(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not {"pydantic", "sqlalchemy", "weasyprint", "napalm", "pyarrow", "networkx", "jinja2"} & set(loaded)


def test_a_good_world_ends_with_0_and_one_json_document(world: Path) -> None:
    done = govnet("check", "--inventory", str(world), "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["counts"]["devices"] == 21
    assert "no problem" in done.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("apply",), "Missing argument 'FILE'."),
        (("plan", "--reasn", "x"), "No such option: --reasn"),
        (("aply",), "No such command 'aply'."),
    ],
)
def test_wrong_usage_is_told_in_a_sentence(words: tuple[str, ...], sentence: str) -> None:
    done = govnet(*words)
    assert done.returncode == 2
    assert done.stderr.startswith(sentence)
    assert done.stderr.endswith("\nTry `govnet --help`.\n")


def test_every_problem_of_a_bad_world_is_told_at_once_with_its_line(world: Path) -> None:
    (world / "services.yaml").write_text(
        "services:\n  - {name: a, kind: fax}\n  - {name: x9, kind: mail, color: red}\n"
    )
    done = govnet("check", "--inventory", str(world))
    assert done.returncode == 2
    assert "services.yaml:2:" in done.stderr
    assert "services.yaml:3:" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("plan", "--bogus"), "--bogus"),
        (("show", "no-such-file.plan"), "no-such-file.plan"),
        (("poll", "--for", "5"), "60s, 5m or 2h"),
        (("check", "--inventory", "no-such-folder"), "no-such-folder"),
        (("lab", "fault", "flood", "dr-kyela"), "no fault"),
        (("uptime", "--month", "november"), "2026-11"),
    ],
)
def test_bad_usage_ends_with_2_and_says_what_would_be_right(
    words: tuple[str, ...], sentence: str, tmp_path: Path
) -> None:
    done = govnet(*words, "--state", str(tmp_path))
    assert done.returncode == 2
    assert sentence in done.stderr


def test_a_selector_that_names_nothing_says_what_was_meant(world: Path, tmp_path: Path) -> None:
    state = str(tmp_path / "state")
    assert govnet("keys", "--inventory", str(world), "--state", state).returncode == 0
    done = govnet("plan", "dr-kyella", "--inventory", str(world), "--state", state)
    assert done.returncode == 2
    assert "did you mean `dr-kyela`?" in done.stderr


def test_to_resume_where_nothing_was_ever_applied_makes_no_journal(world: Path, tmp_path: Path) -> None:
    done = govnet("resume", "--inventory", str(world), "--state", str(tmp_path / "state"))
    assert (done.returncode, done.stdout) == (0, "Nothing is open.\n")
    done = govnet("journal", "--verify", "--inventory", str(world), "--state", str(tmp_path / "state"))
    assert done.returncode == 2
    assert "there is no journal" in done.stderr


def test_a_file_that_is_no_sealed_plan_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.plan").write_text("{}")
    done = govnet("show", str(tmp_path / "x.plan"))
    assert done.returncode == 3
    assert "not a sealed plan" in done.stderr


def test_keys_are_made_once_and_pinned_in_the_world(world: Path, tmp_path: Path) -> None:
    here = ("--inventory", str(world), "--state", str(tmp_path / "state"))
    assert govnet("keys", *here).returncode == 0
    pinned = (world / "known_hosts").read_text()
    assert len(pinned.splitlines()) == 19
    assert "nothing to do" in govnet("keys", *here).stdout
    assert (world / "known_hosts").read_text() == pinned


def test_a_secret_is_set_from_standard_input_and_never_shown(world: Path, tmp_path: Path) -> None:
    here = ("--inventory", str(world), "--state", str(tmp_path / "state"))
    govnet("keys", *here)
    before = json.loads(govnet("secrets", "list", "--json", *here).stdout)["secrets"]
    done = govnet("secrets", "set", "ospf-mbeya", *here, give="sirisiri-kabisa\n")
    assert done.returncode == 0
    after = json.loads(govnet("secrets", "list", "--json", *here).stdout)["secrets"]
    assert {row["name"] for row in before if row not in after} == {"ospf-mbeya"}
    assert "sirisiri" not in done.stdout + done.stderr
    assert b"sirisiri" not in b"".join(p.read_bytes() for p in (tmp_path / "state").rglob("*") if p.is_file())


def test_a_value_that_does_not_fit_its_secret_is_bad_input_and_not_shown(world: Path, tmp_path: Path) -> None:
    here = ("--inventory", str(world), "--state", str(tmp_path / "state"))
    govnet("keys", *here)
    done = govnet("secrets", "set", "ospf-mbeya", *here, give="fupi\n")
    assert done.returncode == 2
    assert done.stderr == "the value for the secret ospf-mbeya is shorter than 8 characters\n"


@pytest.mark.parametrize("verb", ["set", "rotate"])
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("login-key", "no box would let us in"),
        ("ca-key", "trust no web site"),
        ("mirror-key", "install nothing"),
        ("stack-passphrase", "read no more"),
    ],
)
def test_a_secret_whose_change_would_lock_us_out_is_refused(
    world: Path, tmp_path: Path, verb: str, name: str, why: str
) -> None:
    here = ("--inventory", str(world), "--state", str(tmp_path / "state"))
    govnet("keys", *here)
    store = (tmp_path / "state" / "secrets" / "secrets.age").read_bytes()
    done = govnet("secrets", verb, name, *here, give="x" * 40)
    assert done.returncode == 3
    assert done.stderr.startswith(f"{name} stays as it is: ")
    assert why in done.stderr and "docs/guide/engineer.md" in done.stderr
    assert (tmp_path / "state" / "secrets" / "secrets.age").read_bytes() == store


def test_a_secret_that_has_no_value_yet_may_be_set(world: Path, tmp_path: Path) -> None:
    """A jump host that takes over the login key of another: nothing relies on a value that was never there."""
    here = ("--inventory", str(world), "--state", str(tmp_path / "state"))
    AgeStore.create(tmp_path / "state" / "secrets", load_before_keys(world), "snmp-auth")
    done = govnet("secrets", "set", "stack-passphrase", *here, give="neno-la-siri-refu-kabisa\n")
    assert (done.returncode, done.stderr) == (0, "")


def test_measurements_that_cannot_be_read_are_a_persons_to_look_at(tmp_path: Path) -> None:
    kept = tmp_path / "monitoring" / "monitoring.sqlite"
    kept.parent.mkdir()
    kept.write_text("no database " * 99)
    done = govnet("status", "--state", str(tmp_path))
    assert done.returncode == 5
    assert done.stderr == f"{kept}: file is not a database\n"


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def test_an_interrupted_verb_is_not_done(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A script must not take a second Ctrl-C in an apply for its good end."""
    monkeypatch.setattr("govnet.verbs.inventory.check", _interrupted)
    monkeypatch.setattr("sys.argv", ["govnet", "check"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == Status.UNKNOWN
    assert capsys.readouterr().err == "Stopped. `govnet resume` ends what is open.\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_poll_that_is_stopped_keeps_what_it_saw(number: signal.Signals, world: Path, tmp_path: Path) -> None:
    """Ctrl-C by a person, SIGTERM by whatever runs it as a service."""
    here = ("--inventory", str(world), "--state", str(tmp_path / "state"))
    govnet("keys", *here)
    program = f"""
import asyncio, os, sys
import govnet.verbs.monitor
from govnet.cli import main

async def measure(*_):
    try:
        os.kill(os.getpid(), {int(number)})
        await asyncio.sleep(30)
    finally:
        print("kept", file=sys.stderr)

govnet.verbs.monitor.measure = measure
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", program, "poll", "--json", *here], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "kept\n")
    assert json.loads(done.stdout) == {"rounds": 0, "changes": 0}


def test_every_ending_names_an_exception_that_exists() -> None:
    from govnet.endings import STATUS_OF

    for name in STATUS_OF:
        module, _, kind = name.rpartition(".")
        assert issubclass(getattr(importlib.import_module(module), kind), Exception), name


@pytest.mark.parametrize(
    "words",
    [
        ("plan", "--reason"),
        ("plan", "--as"),
        ("approve", "x.plan", "--as", "juma", "--reason"),
        ("review", "x.plan", "--as", "juma", "--reason"),
    ],
    ids=" ".join,
)
def test_words_that_are_no_utf_8_are_said_in_a_sentence(words: tuple[str, ...], tmp_path: Path) -> None:
    command = [str(Path(sys.executable).parent / "govnet"), *words, b"a \xff", "--state", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2, done.stderr
    assert f"{words[-1]}': it is no UTF-8" in done.stderr
