"""What is down now, from the poller's last round: no data is not up, and where nobody looks nothing is known."""

from __future__ import annotations

from datetime import datetime

from change.terrain import Down
from govnet.desk import Desk


def down_now(desk: Desk, now: datetime) -> Down | None:
    """Every device and link that is not measured to be up; None where nothing was measured just now."""
    from monitoring.fresh import is_fresh
    from monitoring.model import State, SubjectKind
    from monitoring.store import Store, StoreError

    folder = desk.state / "monitoring"
    if not folder.is_dir():
        return None
    try:
        with Store(folder) as store:
            at, states = store.last_round()
    except StoreError:
        return None
    if at is None or not is_fresh(desk.inventory, at, now):
        return None
    away: dict[SubjectKind, set[str]] = {SubjectKind.DEVICE: set(), SubjectKind.LINK: set()}
    for subject, change in states.items():
        if change.state is not State.UP and subject.kind in away:
            away[subject.kind].add(subject.name)
    measured = any(change.state is not State.UNKNOWN for change in states.values())
    return Down(frozenset(away[SubjectKind.DEVICE]), frozenset(away[SubjectKind.LINK])) if measured else None
