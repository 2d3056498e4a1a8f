"""lab up, down, status, exec, fault, doctor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from govnet.desk import Desk


def up(desk: Desk) -> None:
    from lab import twin

    made = twin.up(desk.inventory, desk.secrets, desk.state, desk.say)
    desk.document({"lab": made.lab.name, "nodes": [node.name for node in made.record.plan.nodes]})


def down(desk: Desk) -> None:
    from lab import twin

    twin.down(desk.state, desk.say)
    desk.document({"left": []})


def status(desk: Desk) -> None:
    from lab import twin

    nodes, links = twin.status(desk.state)
    for node in nodes:
        memory = "" if node.memory_mib is None else f"{node.memory_mib:8.1f} MiB"
        desk.say(f"{node.name:20} {node.role:16} {node.state:8} {memory}")
    for link in links:
        if not link.up:
            desk.say(f"link {link.name}: down")
    desk.document(
        {
            "nodes": [{"name": n.name, "role": n.role, "state": n.state, "memory_mib": n.memory_mib} for n in nodes],
            "links": [{"name": link.name, "a": link.a, "b": link.b, "up": link.up} for link in links],
        }
    )


def execute(desk: Desk, node: str, command: Sequence[str]) -> NoReturn:
    """This process becomes the command: it ends with the command's own exit status."""
    from lab import twin

    twin.execute(desk.state, node, command)


def fault(desk: Desk, kind: str, subject: str) -> None:
    from lab.faults import throw

    throw(desk.state, kind, subject)
    desk.say(f"{kind} {subject}")
    desk.document({"fault": kind, "subject": subject})


def doctor(desk: Desk) -> None:
    from lab.doctor import examine

    findings = examine()
    for finding in findings:
        desk.say(str(finding))
    desk.document({"findings": [str(finding) for finding in findings]})
