"""Documents to HTML that stands alone: inline style, inline SVG, no reference to anything outside."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TypeAlias

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from govnet.report.change_document import ChangeDocument
from govnet.report.change_view import change_view
from govnet.report.document import Document, document_digest
from govnet.report.language import Code, Language, catalogue
from govnet.report.plan_document import PlanDocument
from govnet.report.plan_view import plan_view
from govnet.report.topology_document import TopologyDocument
from govnet.report.topology_view import topology_view
from govnet.report.uptime_view import uptime_view
from monitoring.document import UptimeDocument

TEMPLATES = Path(__file__).parent / "templates"

View: TypeAlias = Mapping[str, object]
"""What a template may name, beside the document and the language."""

VIEWS: tuple[tuple[type, str, Callable[..., View]], ...] = (
    (TopologyDocument, "topology.html.j2", topology_view),
    (UptimeDocument, "uptime.html.j2", uptime_view),
    (ChangeDocument, "change.html.j2", change_view),
    (PlanDocument, "plan.html.j2", plan_view),
)


def html(document: Document, code: Code) -> str:
    """The report in one language. Pure: equal documents give equal texts."""
    language = Language(code, document.timezone)
    for kind, template, view in VIEWS:
        if isinstance(document, kind):
            page = _environment(code).get_template(template)
            digest = document_digest(document)
            return page.render(document=document, language=language, digest=digest, **view(document, language))
    raise TypeError(f"no report is made from a {type(document).__name__}")


def css_string(text: str) -> Markup:
    """The text as a CSS string that may stand in a style element."""
    return Markup('"' + re.sub(r'["\\<>&\n\r\f]', lambda found: f"\\{ord(found[0]):x} ", text) + '"')


@cache
def _environment(code: Code) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_translations(catalogue(code), newstyle=True)  # type: ignore[attr-defined]  # by i18n
    environment.filters["css_string"] = css_string
    return environment
