"""The latch's wire format from our side: what is asked of a box, and what each ending means."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import sha256

import pytest

from change.installation import PROGRAM
from change.latch_client import Latch, LatchBroken, LatchPart, LatchRefused, LatchReverted, text_digest
from change.model import Inspection, LatchState
from change.target import TargetError, TargetUnreachable

PLAN = "sha256:" + "1" * 64
PART = LatchPart(name="frr", kind="frr", path="/etc/frr/frr.conf", text="router bgp 1\n", commands=("reload",))


@dataclass(frozen=True)
class Ended:
    status: int = 0
    stdout: str = "{}"
    stderr: str = ""


@dataclass
class PretendedBox:
    """Says always the same, and remembers what it was asked."""

    said: Ended = Ended()
    name: str = "router-1"
    argv: tuple[str, ...] = ()
    heard: dict[str, object] = field(default_factory=dict)

    def execute(self, argv: tuple[str, ...], stdin: str) -> Ended:
        self.argv, self.heard = argv, json.loads(stdin)
        return self.said


def test_what_is_asked_goes_to_the_program_s_standard_input_alone() -> None:
    box = PretendedBox()
    latch = Latch(box)
    latch.arm("s.1", PLAN, 15.5, [PART], {"frr": "ab"})
    assert box.argv == (PROGRAM, "arm")
    assert box.heard == {
        "step": "s.1",
        "plan": PLAN,
        "timer_s": 15.5,
        "parts": [
            {
                "name": "frr",
                "kind": "frr",
                "path": "/etc/frr/frr.conf",
                "owner": "root",
                "group": "root",
                "mode": 0o600,
                "text": "router bgp 1\n",
                "commands": ["reload"],
                "unit": None,
            }
        ],
        "base": {"frr": "ab"},
    }
    for verb, ask in (("try", latch.try_), ("confirm", latch.confirm), ("revert", latch.revert)):
        ask("s.1")
        assert (box.argv, box.heard) == ((PROGRAM, verb), {"step": "s.1"})


def test_what_it_answers_is_read_as_types() -> None:
    box = PretendedBox(Ended(stdout='{"parts": {"frr": "live"}, "more": 1}'))
    assert Latch(box).read([PART]) == {"frr": "live"}
    assert (box.argv, box.heard) == (
        (PROGRAM, "read"),
        {"parts": [{"name": "frr", "kind": "frr", "path": "/etc/frr/frr.conf"}]},
    )
    told = Inspection(state=LatchState.TRIED, plan=PLAN, remaining_s=3.0)
    box = PretendedBox(Ended(stdout=told.model_dump_json()))
    assert Latch(box).inspect("s.1") == told
    assert (box.argv, box.heard) == ((PROGRAM, "inspect"), {"step": "s.1"})


@pytest.mark.parametrize(
    ("said", "kind", "sentence"),
    [
        (Ended(3, '{"error": "the base is another"}'), LatchRefused, "the latch refused: the base is another"),
        (Ended(4, '{"error": "no OSPF"}'), LatchReverted, "the change failed and was undone: no OSPF"),
        (Ended(5, '{"error": "?"}'), LatchBroken, "the latch is broken, a person must look: ?"),
        (Ended(3, "{}"), LatchRefused, "the latch refused"),
        (Ended(3, "Traceback"), LatchRefused, "the latch refused"),
        (Ended(127, ""), LatchRefused, f"it has no latch at {PROGRAM}; day-0 installs it"),
        (Ended(1, "{}"), TargetUnreachable, "the latch's `try` ended with status 1: ask it again"),
        (Ended(-9, ""), TargetUnreachable, "the latch's `try` ended with status -9: ask it again"),
    ],
)
def test_every_other_ending_is_one_sentence(said: Ended, kind: type[TargetError], sentence: str) -> None:
    with pytest.raises(TargetError) as raised:
        Latch(PretendedBox(said)).try_("s.1")
    assert (type(raised.value), str(raised.value)) == (kind, f"router-1: {sentence}")


@pytest.mark.parametrize("stdout", ["", "[]", '{"parts": 1}', '{"state": "asleep"}'])
def test_an_answer_in_another_form_is_never_guessed_at(stdout: str) -> None:
    latch = Latch(PretendedBox(Ended(stdout=stdout)))
    asks = [lambda: latch.inspect("s.1"), *([] if "state" in stdout else [lambda: latch.read([PART])])]
    for ask in asks:
        with pytest.raises(TargetError, match=r"^the latch answered in a form that is not known$"):
            ask()


def test_a_part_shows_neither_its_text_nor_its_commands() -> None:
    assert "router bgp" not in repr(PART) and "reload" not in repr(PART)


def test_a_text_s_digest_is_of_its_utf_8() -> None:
    assert text_digest("Mbeya é\n") == sha256("Mbeya é\n".encode()).hexdigest()
