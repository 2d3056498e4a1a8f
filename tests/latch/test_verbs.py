"""What each verb answers, and in which states."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from change.latch.record import PENDING
from change.model import Inspection, LatchState
from tests.latch.toy import HANDLER, NEW, OLD, PLAN, Toy, assert_whole, far_future, short_wait

STEP = {"step": "step-1"}


def test_a_confirmed_change_stays_also_after_a_restart(toy: Toy) -> None:
    assert toy.call("arm", toy.arm_request()).status == 0
    assert toy.live() == OLD
    assert toy.call("try").answer["state"] == "tried"
    assert (toy.live(), toy.started_up_with()) == (NEW, OLD)
    assert toy.call("confirm").status == 0
    assert assert_whole(toy) == "confirmed"
    assert oct(toy.path("a").stat().st_mode & 0o7777) == oct(0o640)
    toy.reboot()
    assert toy.call("recover", {}).status == 0
    assert assert_whole(toy) == "confirmed"


def test_an_unconfirmed_change_is_undone_at_its_deadline(toy: Toy) -> None:
    toy.call("arm", toy.arm_request())
    toy.call("try")
    assert toy.call("recover", {}).answer == {"state": "tried"}, "before the deadline nothing is undone"
    assert toy.overdue().answer == {"state": "reverted"}
    assert assert_whole(toy) == "reverted"


@pytest.mark.parametrize("verbs", [(), ("try",)], ids=["armed", "tried"])
def test_a_restart_before_the_confirm_undoes(toy: Toy, verbs: tuple[str, ...]) -> None:
    toy.call("arm", toy.arm_request())
    for verb in verbs:
        toy.call(verb)
    toy.reboot()
    assert toy.call("confirm").status == 3
    assert assert_whole(toy) == "reverted"


def test_a_restart_cures_what_was_broken(toy: Toy) -> None:
    toy.call("arm", toy.arm_request())
    toy.call("try")
    toy.refuse("b", "revert")
    assert toy.call("revert").status == 5
    assert toy.call("arm", toy.arm_request("step-2")).status == 3, "nothing is armed over a broken step"
    toy.reboot()
    assert toy.call("recover", {}).answer == {"state": "reverted"}
    assert assert_whole(toy) == "reverted"


def test_a_broken_revert_may_be_asked_for_again(toy: Toy) -> None:
    toy.call("arm", toy.arm_request())
    toy.call("try")
    toy.refuse("b", "revert")
    answer = toy.call("revert").answer
    assert answer["state"] == "broken" and "no revert today" in str(answer["detail"])
    toy.path("b.refuse-revert").unlink()
    assert toy.call("revert").status == 0
    assert assert_whole(toy) == "reverted"


def test_revert_at_once_and_again(toy: Toy) -> None:
    toy.call("arm", toy.arm_request())
    toy.call("try")
    assert toy.call("revert").status == 0
    assert toy.call("revert").status == 0
    assert assert_whole(toy) == "reverted"
    assert toy.call("confirm").status == 3
    assert toy.call("try").status == 3


def test_a_confirmed_step_is_not_reverted(toy: Toy) -> None:
    toy.call("arm", toy.arm_request())
    toy.call("try")
    toy.call("confirm")
    assert toy.call("revert").status == 3
    assert toy.call("confirm").status == 0, "asked twice, answered twice"
    assert toy.overdue().answer == {"state": "confirmed"}
    assert assert_whole(toy) == "confirmed"


@pytest.mark.parametrize("verb", ["try", "check"])
def test_a_part_that_says_no_takes_the_others_back(toy: Toy, verb: str) -> None:
    toy.refuse("b", verb)
    toy.call("arm", toy.arm_request())
    ended = toy.call("try")
    assert ended.status == 4
    assert "no " + verb + " today" in str(ended.answer["error"])
    assert assert_whole(toy) == "reverted"


def test_a_part_that_does_not_read_back_as_approved_is_undone(toy: Toy) -> None:
    handler = toy.box.parts / "toy"
    handler.write_text(HANDLER.replace('try) echo half > "$path.live"; echo "$text"', 'try) echo "$text "'))
    toy.call("arm", toy.arm_request())
    handler.write_text(HANDLER.replace('try) echo half > "$path.live"; echo "$text"', "try) echo other"))
    ended = toy.call("try")
    assert (ended.status, ended.answer["state"]) == (4, "reverted")
    assert "does not read back" in str(ended.answer["error"])
    assert assert_whole(toy) == "reverted"


def test_a_tried_change_that_was_lost_is_not_confirmed(toy: Toy) -> None:
    toy.call("arm", toy.arm_request())
    toy.call("try")
    toy.path("a.live").write_text("what a restarted daemon says\n")
    ended = toy.call("confirm")
    assert ended.status == 4
    assert assert_whole(toy) == "reverted"


def test_a_stale_base_is_refused_by_name(toy: Toy) -> None:
    request = toy.arm_request()
    toy.path("b").write_text("somebody was here\n")
    ended = toy.call("arm", request)
    assert ended.status == 3
    assert ended.answer["error"] == "stale: b is not what the plan was made from"
    assert toy.call("inspect").answer["state"] == "absent"


def test_a_step_is_accepted_once_ever(toy: Toy) -> None:
    for number in range(3):
        assert toy.call("arm", toy.arm_request(f"step-{number}")).status == 0
        assert toy.call("revert", {"step": f"step-{number}"}).status == 0
    for number in range(3):
        ended = toy.call("arm", toy.arm_request(f"step-{number}"))
        assert ended.status == 3 and "accepted before" in str(ended.answer["error"])
        seen = toy.call("inspect", {"step": f"step-{number}"}).answer
        assert (seen["state"], seen["plan"]) == ("reverted", PLAN)


def test_one_step_at_a_time(toy: Toy) -> None:
    toy.call("arm", toy.arm_request())
    ended = toy.call("arm", toy.arm_request("step-2"))
    assert ended.status == 3 and "one step at a time" in str(ended.answer["error"])
    assert toy.call("try", {"step": "step-2"}).status == 3
    assert toy.call("try").status == 0


def test_an_overdue_step_makes_room_for_the_next(toy: Toy) -> None:
    toy.call("arm", toy.arm_request())
    toy.call("try")
    toy.overdue()
    assert toy.call("arm", toy.arm_request("step-2")).status == 0


@pytest.mark.parametrize(
    "change",
    [
        {"step": ""},
        {"step": "a b"},
        {"step": 5},
        {"timer_s": 0},
        {"timer_s": "5"},
        {"parts": []},
        {"parts": "all"},
        {"base": {}},
        {"surprise": 1},
        {"parts": [{"name": "a", "kind": "../toy", "path": "/etc/a"}]},
        {"parts": [{"name": "a", "kind": "none", "path": "/etc/a"}]},
        {"parts": [{"name": "a", "kind": "toy", "path": "/etc/../a"}]},
        {"parts": [{"name": "a", "kind": "toy", "path": "etc/a"}]},
        {"parts": [{"name": "a", "kind": "toy", "path": "/nowhere/a"}]},
        {"parts": [{"name": "a", "kind": "toy"}]},
        {"parts": [{"name": "a", "kind": "toy", "path": "/etc/a", "mode": "0644"}]},
        {"parts": [{"name": "a", "kind": "toy", "path": "/etc/a"}] * 2},
    ],
)
def test_a_request_that_is_not_understood_is_refused_and_nothing_is_kept(toy: Toy, change: dict[str, object]) -> None:
    assert toy.call("arm", toy.arm_request() | change).status == 3
    assert assert_whole(toy) == "absent"


def test_an_owner_that_the_box_does_not_have_is_refused(toy: Toy) -> None:
    request = toy.arm_request()
    parts = request["parts"]
    assert isinstance(parts, list)
    parts[1]["owner"] = "nobody-of-that-name"
    assert toy.call("arm", request).status == 3
    assert assert_whole(toy) == "absent"


def test_read_gives_the_live_text(toy: Toy) -> None:
    toy.call("arm", toy.arm_request())
    toy.call("try")
    asked = {"parts": [{"name": "a", "kind": "toy", "path": "/etc/a"}]}
    assert toy.call("read", asked).answer == {"parts": {"a": NEW["a"]}}


def test_inspect_answers_in_the_words_of_the_contract(toy: Toy) -> None:
    seen = [Inspection.model_validate(toy.call("inspect").answer)]
    for verb, request in [("arm", toy.arm_request()), ("try", STEP), ("confirm", STEP)]:
        toy.call(verb, request)
        seen.append(Inspection.model_validate(toy.call("inspect").answer))
    assert [each.state for each in seen] == [
        LatchState.ABSENT,
        LatchState.ARMED,
        LatchState.TRIED,
        LatchState.CONFIRMED,
    ]
    assert [each.remaining_s is not None for each in seen] == [False, True, True, False]
    assert {*PENDING, "absent", "confirmed", "reverted", "broken"} == set(LatchState)


def test_inspect_answers_while_a_try_is_under_way_and_a_second_caller_is_refused(toy: Toy) -> None:
    toy.call("arm", toy.arm_request())
    toy.gate("b", "try")
    running = toy.start("try", STEP)
    toy.wait_at_gate("b")
    assert toy.call("inspect").answer["state"] == "trying"
    for verb in ("try", "confirm", "revert"):
        ended = toy.call(verb, STEP, short_wait)
        assert ended.status == 3 and "another call holds the latch" in str(ended.answer["error"])
    assert toy.call("arm", toy.arm_request("step-2"), short_wait).status == 3
    toy.open_gate("b", "try")
    assert running.end().answer["state"] == "tried"
    assert toy.live() == NEW


def test_a_killed_latch_is_not_undone_before_its_handler_has_ended(toy: Toy) -> None:
    toy.call("arm", toy.arm_request())
    toy.gate("b", "try")
    running = toy.start("try", STEP)
    toy.wait_at_gate("b")
    os.kill(running.pid, 9)
    assert running.end().status is None
    assert toy.call("revert", STEP, short_wait).status == 3, "the handler holds the lock"
    toy.open_gate("b", "try")
    toy.overdue()
    assert assert_whole(toy) == "reverted"


def test_the_deadline_passes_during_the_try(toy: Toy) -> None:
    toy.call("arm", toy.arm_request(timer_s=1.0))
    toy.gate("b", "try")
    running = toy.start("try", STEP)
    toy.wait_at_gate("b")
    ended = running.end()
    assert ended.status == 4
    assert "try did not end in time" in str(ended.answer["error"])
    assert assert_whole(toy) == "reverted"


def test_a_confirm_that_has_the_lock_first_wins_though_the_deadline_passes(toy: Toy) -> None:
    toy.call("arm", toy.arm_request())
    toy.call("try")
    toy.gate("b", "look")
    confirm = toy.start("confirm", STEP)
    toy.wait_at_gate("b")
    timer = toy.start("recover", {}, far_future)
    toy.open_gate("b", "look")
    assert confirm.end().answer == {"state": "confirmed"}
    assert timer.end().answer == {"state": "confirmed"}
    assert assert_whole(toy) == "confirmed"


def test_a_timer_that_has_the_lock_first_wins(toy: Toy) -> None:
    toy.call("arm", toy.arm_request())
    toy.call("try")
    toy.gate("b", "revert")
    timer = toy.start("recover", {}, far_future)
    toy.wait_at_gate("b")
    confirm = toy.start("confirm", STEP)
    toy.open_gate("b", "revert")
    assert timer.end().answer == {"state": "reverted"}
    ended = confirm.end()
    assert ended.status == 3 and "reverted" in str(ended.answer["error"])
    assert assert_whole(toy) == "reverted"


def test_confirm_and_timer_at_the_same_moment_never_both_win(toy: Toy) -> None:
    for number in range(30):
        step = f"step-{number}"
        toy.call("revert", {"step": f"step-{number - 1}"})
        for name in OLD:
            toy.path(name).write_text(OLD[name] + "\n")
            toy.path(f"{name}.live").unlink(missing_ok=True)
        toy.call("arm", toy.arm_request(step))
        toy.call("try", {"step": step})
        calls = [("confirm", {"step": step}), ("recover", {}, far_future)]
        started = {call[0]: toy.start(*call) for call in (calls if number % 2 else reversed(calls))}
        ended = {verb: running.end() for verb, running in started.items()}
        state = toy.call("inspect", {"step": step}).answer["state"]
        assert ended["recover"].answer == {"state": state}
        assert ended["confirm"].status == {"confirmed": 0, "reverted": 3}[str(state)]
        assert toy.live() == toy.started_up_with() == (NEW if state == "confirmed" else OLD)


def test_a_verb_that_changes_runs_as_a_unit_and_a_lost_caller_does_not_halve_it(toy: Toy, tmp_path: Path) -> None:
    """The pretended systemd-run starts the command in a session of its own, as the real one does."""
    run = tmp_path / "systemd-run"
    run.write_text(
        "#!/bin/sh\nfor word; do case $word in --unit=*) echo $word >> " + str(tmp_path / "units") + ";; esac; done\n"
        'while [ "$1" != -- ]; do shift; done; shift\nexec 3<&0\nsetsid "$@" <&3 &\nwait $!\n'
    )
    run.chmod(0o755)
    program = tmp_path / "govnet-latch"
    program.write_text(
        f"import sys\nfrom pathlib import Path\nsys.path.insert(0, {str(Path.cwd())!r})\n"
        "from change.latch.box import Box\nfrom change.latch.program import main\n"
        f"root = Path({str(toy.root)!r})\n"
        f"box = Box(root, (sys.executable, {str(program)!r}), ({str(run)!r},), ('true',), root / 'boot-id')\n"
        "sys.exit(main(sys.argv, box))\n"
    )
    toy.call("arm", toy.arm_request())
    toy.gate("b", "try")
    caller = subprocess.Popen([sys.executable, str(program), "try"], stdin=subprocess.PIPE, start_new_session=True)
    assert caller.stdin is not None
    caller.stdin.write(json.dumps(STEP).encode())
    caller.stdin.close()
    toy.wait_at_gate("b")
    os.killpg(caller.pid, 9)
    caller.wait()
    toy.open_gate("b", "try")
    assert toy.call("confirm").status == 0, "it waits for the lock, which the unit holds to its end"
    assert assert_whole(toy) == "confirmed"
    assert "--unit=govnet-latch-try-" in (tmp_path / "units").read_text()
