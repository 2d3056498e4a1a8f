"""A plan as people review it in a terminal: plain lines of at most 80 columns. Pure; colour is the caller's."""

from __future__ import annotations

from collections.abc import Iterator

from change.model import Level, Read
from govnet.report.language import Language
from govnet.report.lines import COLUMNS, Line, Style, cut, labelled, wrapped
from govnet.report.plan_document import PlanDocument
from govnet.report.plan_reading import Reading, probe_lines, reading, way_back
from govnet.report.template_diff import Row, TemplateDiff, TemplateLine, column_name, template_diffs

LEVEL_STYLES: dict[Level, Style] = {Level.LOW: "plain", Level.MEDIUM: "medium", Level.HIGH: "high"}
SIGN_STYLES: dict[str, Style] = {"+": "added", "-": "removed", " ": "context"}


def plan_text(document: PlanDocument, language: Language) -> list[Line]:
    """All of it, in the order of its reviewer's questions; the digest last, where the eye is when it ends."""
    if not document.plan.steps:
        return wrapped(language.say("Nothing to do: everything is already as the inventory wants it."), "")
    read = reading(document, language)
    return [
        *head_lines(read),
        *place_lines(read, language),
        *risk_part(read, language),
        *wave_lines(read, language),
        *listed(language.say("What is checked"), read.checks, read.probes),
        *listed(language.say("How it goes back"), read.back),
        *now_lines(read, language),
        *diff_part(read.diffs, language),
        Line(""),
        Line(language.say("Plan %(digest)s") % {"digest": read.digest}, "heading"),
    ]


def head_lines(read: Reading) -> Iterator[Line]:
    yield from wrapped(read.reason, "", "heading")
    yield from wrapped(read.summary, "")
    width = max(len(fact.label) for fact in read.facts)
    for fact in read.facts:
        yield from labelled(fact.label, fact.value, width)


def place_lines(read: Reading, language: Language) -> Iterator[Line]:
    yield from heading(language.say("What it touches"))
    for place in read.places:
        yield from wrapped(f"{place.title}: {', '.join(place.devices)}", "  ")
    yield Line("")
    if not read.institutions:
        yield from wrapped(language.say("No institution loses service with any of these."), "  ")
    else:
        number = len(read.institutions)
        yield from wrapped(
            language.many("%(n)s institution stands behind it:", "%(n)s institutions stand behind it:", number), "  "
        )
        yield from wrapped("; ".join(read.institutions), "    ")


def risk_lines(document: PlanDocument, language: Language) -> Iterator[Line]:
    """`--risk`: targets above low risk, each different set of findings once; then how many are low."""
    return risk_part(reading(document, language), language)


def risk_part(read: Reading, language: Language) -> Iterator[Line]:
    yield from heading(language.say("Risk"))
    for group in read.risks:
        level = language.say(group.phrase.message)
        yield from wrapped(f"{level}: {', '.join(group.targets)}", "  ", LEVEL_STYLES[group.level])
        for found in group.reasons:
            yield from wrapped(f"- {found.text}{f': {found.line}' if found.line else ''}", "      ")
    if read.low:
        number = language.many("%(n)s target", "%(n)s targets", read.low)
        yield from wrapped(f"{language.say('low')}: {number}", "  ")


def wave_lines(read: Reading, language: Language) -> Iterator[Line]:
    yield from heading(language.say("Order"))
    for wave in read.waves:
        number = language.say("wave %(number)s") % {"number": wave.number}
        yield from wrapped(f"{number}: {wave.says}", "  ")
        yield from wrapped(", ".join(wave.targets), "    ")


def now_lines(read: Reading, language: Language) -> Iterator[Line]:
    """What another day will say otherwise; nothing where neither calendar nor trust document is at hand."""
    if read.windows:
        yield from listed(language.say("When (as of %(moment)s)") % {"moment": read.asked}, read.windows)
    if read.approvals:
        yield from listed(language.say("Approvals (as of %(moment)s)") % {"moment": read.asked}, read.approvals)


def listed(title: str, sentences: tuple[str, ...], points: tuple[str, ...] = ()) -> Iterator[Line]:
    yield from heading(title)
    for sentence in sentences:
        yield from wrapped(sentence, "  ")
    for point in points:
        yield from wrapped(f"- {point}", "    ")


def heading(title: str) -> Iterator[Line]:
    yield Line("")
    yield Line(title, "heading")


def diff_lines(document: PlanDocument, language: Language) -> Iterator[Line]:
    """`--diff`: every line that changes, of those that change alike once; `!` marks what raised the risk."""
    return diff_part(template_diffs(document.plan.steps, document.names), language)


def diff_part(diffs: tuple[TemplateDiff, ...], language: Language) -> Iterator[Line]:
    for diff in diffs:
        yield Line("")
        yield from wrapped(subject(diff, language), "", "heading")
        for line in diff.lines:
            flag = "!" if line.effects else " "
            yield from cut(f"{line.sign} {with_places(line)}", f"{flag} ", SIGN_STYLES[line.sign])
        if diff.columns:
            yield from wrapped(language.say("What differs:"), "  ")
            yield from table(diff)


def subject(diff: TemplateDiff, language: Language) -> str:
    """Which part, of which targets; where a table follows, it names them."""
    number = len(diff.targets)
    names = language.many("%(n)s target", "%(n)s targets", number) if number > 1 else ""
    names += ": " if names else ""
    return language.say("%(part)s of %(targets)s") % {
        "part": diff.part,
        "targets": names.removesuffix(": ") if diff.columns else f"{names}{', '.join(diff.targets)}",
    }


def with_places(line: TemplateLine) -> str:
    """The line with ‹a›, ‹b› ... where values differ."""
    return "".join(f"‹{column_name(piece)}›" if isinstance(piece, int) else piece for piece in line.pieces)


def table(diff: TemplateDiff) -> Iterator[Line]:
    """A row for each set of values; where it is too wide for the terminal, values stand below their targets."""
    names = tuple(f"‹{column_name(number)}›" for number in range(diff.columns))
    rows = [("", *names), *((", ".join(row.targets), *row.values) for row in diff.rows)]
    widths = [max(len(row[at]) for row in rows) for at in range(diff.columns + 1)]
    if sum(widths) + 2 * len(widths) + 2 <= COLUMNS:
        for row in rows:
            yield from cut("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)), "    ")
    else:
        for each in diff.rows:
            yield from below(each, names)


def below(row: Row, names: tuple[str, ...]) -> Iterator[Line]:
    yield from wrapped(", ".join(row.targets), "    ")
    for name, value in zip(names, row.values, strict=True):
        yield from cut(value, f"      {name} ")


def step_lines(document: PlanDocument, language: Language) -> Iterator[Line]:
    """`--steps`: everything of each step but its texts."""
    for step in document.plan.steps:
        yield Line("")
        yield from wrapped(f"{step.id}: {step.target}", "", "heading")
        base = step.base.fingerprint if isinstance(step.base, Read) else f"{step.base.fingerprint} {step.base.step}"
        hops = language.many("%(n)s hop away", "%(n)s hops away", step.distance)
        held = language.say("held %(time)s") % {"time": language.duration(step.hold_s)}
        rows = (
            (language.say("site"), f"{step.site} ({step.plane})"),
            (language.say("wave"), f"{step.wave + 1}, {hops}"),
            (language.say("base"), base),
            (language.say("result"), step.result),
            (language.say("intent"), step.intent),
            (language.say("timer"), f"{held}, {way_back(step, language)} ({step.strength})"),
            (language.say("after"), ", ".join(step.after)),
            (language.say("together with"), step.together or ""),
            (language.say("never with"), ", ".join(step.apart)),
            (language.say("probes"), "; ".join(probe_lines(step.probes, language))),
        )
        width = max(len(name) for name, _ in rows)
        for name, value in rows:
            if value:
                yield from cut(value, f"  {name:<{width}}  ")
