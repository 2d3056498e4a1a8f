"""What is down now: measured just now, or not known; what was not seen to be up is not up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from change.terrain import Down
from govnet.desk import Desk
from govnet.down_now import down_now
from monitoring.model import State, Subject, SubjectKind
from monitoring.state import Judgement
from monitoring.store import Round, Store
from tests.inventory.worlds import DEMO

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def desk(folder: Path, states: dict[tuple[SubjectKind, str], State]) -> Desk:
    made = Desk(DEMO, folder, as_json=False)
    judged = {Subject(kind=kind, name=name): Judgement(state) for (kind, name), state in states.items()}
    with Store(folder / "monitoring") as store, store.recording(AT, 30) as recording:
        recording.round(Round(AT, (), (), (), judged))
    return made


def test_every_device_and_link_that_is_not_seen_to_be_up(folder: Path) -> None:
    found = desk(
        folder,
        {
            (SubjectKind.DEVICE, "core-1"): State.UP,
            (SubjectKind.DEVICE, "dr-kyela"): State.DOWN,
            (SubjectKind.DEVICE, "sw-kyela"): State.UNREACHABLE,
            (SubjectKind.LINK, "rr-mbeya--dr-kyela"): State.DOWN,
            (SubjectKind.LINK, "dr-kyela--sw-kyela"): State.UNKNOWN,
            (SubjectKind.INSTITUTION, "kyela-dc"): State.UNREACHABLE,
        },
    )
    assert down_now(found, AT) == Down(
        frozenset({"dr-kyela", "sw-kyela"}), frozenset({"rr-mbeya--dr-kyela", "dr-kyela--sw-kyela"})
    )


def test_old_measurements_say_nothing_of_now(folder: Path) -> None:
    found = desk(folder, {(SubjectKind.DEVICE, "core-1"): State.UP})
    assert down_now(found, AT + timedelta(seconds=20)) == Down()
    assert down_now(found, AT + timedelta(minutes=5)) is None


def test_a_poller_that_sees_nothing_knows_nothing(folder: Path) -> None:
    assert down_now(desk(folder, {(SubjectKind.DEVICE, "core-1"): State.UNKNOWN}), AT) is None


def test_where_nobody_ever_polled_nothing_is_known_and_nothing_is_made(folder: Path) -> None:
    assert down_now(Desk(DEMO, folder, as_json=False), AT) is None
    assert list(folder.iterdir()) == []


def test_a_store_that_cannot_be_read_tells_nothing(folder: Path) -> None:
    (folder / "monitoring").mkdir()
    (folder / "monitoring" / "monitoring.sqlite").write_text("this is no database, and long enough to be looked at")
    assert down_now(Desk(DEMO, folder, as_json=False), AT) is None
