"""What the plan report's template shows beside its document."""

from __future__ import annotations

from collections.abc import Mapping

from change.model import Level
from govnet.report.language import Language
from govnet.report.phrases import LEVELS
from govnet.report.plan_document import PlanDocument
from govnet.report.plan_reading import reading
from govnet.report.template_diff import column_name


def plan_view(document: PlanDocument, language: Language) -> Mapping[str, object]:
    title = language.say("Plan of a change")
    read = reading(document, language)
    return {
        "running": f"{title} · {language.text(document.title)}",
        "moment": document.plan.created,
        "inventories": [document.plan.source.inventory],
        "read": read,
        "diffs": read.diffs,
        "low": LEVELS[Level.LOW],
        "column_name": column_name,
    }
