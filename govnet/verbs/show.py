"""show: a sealed plan as its reviewers read it, on the terminal or as a report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from change.model import Plan
from change.plan import digest, unseal
from govnet.desk import Desk
from govnet.plan_now import now_of
from govnet.report.document import document_digest
from govnet.report.language import Code, Language
from govnet.report.lines import Line
from govnet.report.plan_document import PlanDocument, plan_document
from govnet.report.plan_text import diff_lines, plan_text, risk_lines, step_lines
from govnet.screen import put_lines
from inventory.problem import BadInventory

SECTIONS: dict[str, Callable[[PlanDocument, Language], Iterable[Line]]] = {
    "steps": step_lines,
    "risk": risk_lines,
    "diff": diff_lines,
}


def show(desk: Desk, file: Path, sections: Sequence[str], code: Code) -> None:
    """All of it, or the named sections alone. Raises PlanRefused where one byte differs from what was sealed."""
    made = unseal(file.read_bytes())
    if sections:
        document = document_of(desk, made, file)
        language = Language(code, document.timezone)
        for section in sections:
            put_lines(desk.console, SECTIONS[section](document, language))
    else:
        put_plan(desk, made, code, file)
    desk.document(plan_json(made))


def report(desk: Desk, file: Path, folder: Path) -> None:
    """The document, and its readings as HTML and PDF in both languages. Raises PlanRefused, OSError."""
    from govnet.report.write import write_report

    document = document_of(desk, unseal(file.read_bytes()), file)
    name = f"plan-{document.digest.removeprefix('sha256:')[:12]}"
    paths = write_report(document, folder, name, lambda path: desk.say(str(path)))
    desk.document({"digest": document_digest(document), "files": [str(path) for path in paths]})


def put_plan(desk: Desk, made: Plan, code: Code, file: Path | None = None) -> None:
    """`file`: where it is sealed, and approvals lie beside it."""
    document = document_of(desk, made, file)
    put_lines(desk.console, plan_text(document, Language(code, document.timezone)))


def document_of(desk: Desk, made: Plan, file: Path | None) -> PlanDocument:
    """A plan is read with the inventory or without it: what is sealed in it needs none."""
    try:
        inventory = desk.inventory
    except BadInventory:
        return plan_document(made, None)
    own = inventory.world.name == made.source.world
    return plan_document(made, inventory, now_of(desk, made, file, datetime.now(UTC)) if own else None)


def plan_json(made: Plan) -> dict[str, object]:
    return {"digest": digest(made), "plan": made.model_dump(mode="json")}
