"""A plan as a person reads it before signing, in one language: the sentences that terminal, HTML and PDF all show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from change.model import Level, OnFailure, Plan, Probe, RevertStrength, Step
from change.model import Reason as Found
from govnet.report.language import Language
from govnet.report.now_reading import approval_lines, window_lines
from govnet.report.phrases import LEVELS, N_, PROBES, Phrase
from govnet.report.plan_document import PlanDocument
from govnet.report.reasons import Reason, reason
from govnet.report.template_diff import TemplateDiff, template_diffs
from govnet.report.titles import in_language

NOT_RECORDED = N_("not under version control")


@dataclass(frozen=True)
class Fact:
    label: str
    value: str


@dataclass(frozen=True)
class Place:
    title: str
    devices: tuple[str, ...]


@dataclass(frozen=True)
class RiskGroup:
    """Targets of one level and the same findings."""

    level: Level
    phrase: Phrase
    targets: tuple[str, ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class WaveRow:
    number: int
    says: str
    targets: tuple[str, ...]
    """Each with what is special of it, in brackets."""


@dataclass(frozen=True)
class Reading:
    reason: str
    summary: str
    facts: tuple[Fact, ...]
    places: tuple[Place, ...]
    institutions: tuple[str, ...]
    risks: tuple[RiskGroup, ...]
    """Above low, the highest first."""
    low: int
    waves: tuple[WaveRow, ...]
    checks: tuple[str, ...]
    probes: tuple[str, ...]
    """What the last of the checks asks."""
    back: tuple[str, ...]
    windows: tuple[str, ...]
    """When its waves may begin, as of `asked`."""
    approvals: tuple[str, ...]
    """Who has signed, and what is still needed; empty where nobody was asked yet."""
    asked: str
    """The moment; empty where neither is known."""
    diffs: tuple[TemplateDiff, ...]
    digest: str


def reading(document: PlanDocument, language: Language) -> Reading:
    plan, now = document.plan, document.now
    titles = in_language(document.institutions, language)
    affected = {name: None for step in plan.steps for name in step.standing.institutions}
    return Reading(
        reason=plan.reason,
        summary=summary(plan, language),
        facts=tuple(facts(plan, language)),
        places=tuple(places(document, language)),
        institutions=tuple(titles.get(name, name) for name in sorted(affected)),
        risks=tuple(risks(plan, language)),
        low=sum(step.risk.level is Level.LOW for step in plan.steps),
        waves=tuple(wave_row(number, wave, language) for number, wave in enumerate(plan.waves, start=1)),
        checks=tuple(checks(plan, language)),
        probes=tuple(probe_lines({probe: None for step in plan.steps for probe in step.probes}, language)),
        back=tuple(ways_back(plan, language)),
        windows=tuple(window_lines(now, language)) if now else (),
        approvals=tuple(approval_lines(now.approvals, language)) if now and now.approvals else (),
        asked=language.moment(datetime.fromisoformat(now.at)) if now else "",
        diffs=template_diffs(plan.steps, document.names),
        digest=document.digest,
    )


def summary(plan: Plan, language: Language) -> str:
    changed = sum(len(step.diff.changed) for step in plan.steps)
    added = sum(line.sign == "+" for step in plan.steps for line in step.diff.changed)
    parts = (
        language.many("%(n)s target", "%(n)s targets", len(plan.steps)),
        language.many("%(n)s wave", "%(n)s waves", len(plan.waves)),
        language.many("%(n)s line added", "%(n)s lines added", added),
        language.many("%(n)s line removed", "%(n)s lines removed", changed - added),
    )
    return ", ".join(parts)


def facts(plan: Plan, language: Language) -> Iterator[Fact]:
    """Who asks for what, and when it may be applied."""
    created, expires = (datetime.fromisoformat(moment) for moment in (plan.created, plan.expires))
    yield Fact(language.say("Author"), plan.author)
    yield Fact(language.say("Asked for"), plan.selector)
    yield Fact(language.say("World"), plan.source.world)
    yield Fact(language.say("Made"), f"{language.moment(created)}, {language.zone(created)}")
    yield Fact(language.say("Expires"), f"{language.moment(expires)}, {language.zone(expires)}")
    yield Fact(language.say("Inventory"), plan.source.commit or language.say(NOT_RECORDED))


def places(document: PlanDocument, language: Language) -> Iterator[Place]:
    """Each site with its targets, in the order of the titles."""
    titles = in_language(document.sites, language)
    found: dict[str, list[str]] = {}
    for step in document.plan.steps:
        found.setdefault(titles.get(step.site, step.site), []).append(step.target)
    for title in sorted(found):
        yield Place(title, tuple(sorted(found[title])))


def risks(plan: Plan, language: Language) -> Iterator[RiskGroup]:
    groups: dict[tuple[Level, tuple[Found, ...]], list[str]] = {}
    for level in (Level.HIGH, Level.MEDIUM):
        for step in plan.steps:
            if step.risk.level is level:
                groups.setdefault((level, step.risk.reasons), []).append(step.target)
    for (level, reasons), targets in groups.items():
        told = tuple(reason(found, language) for found in reasons)
        yield RiskGroup(level, LEVELS[level], tuple(targets), told)


def wave_row(number: int, wave: tuple[Step, ...], language: Language) -> WaveRow:
    """What is tried at one time. What does not undo itself stands alone in its wave."""
    slowest = max(wave, key=lambda step: step.timer_s)
    says = (
        language.many("%(n)s target", "%(n)s targets", len(wave)),
        language.say("held %(time)s") % {"time": language.duration(max(step.hold_s for step in wave))},
        way_back(slowest, language),
    )
    return WaveRow(number, ", ".join(says), tuple(special(step, language) for step in wave))


def way_back(step: Step, language: Language) -> str:
    time = {"time": language.duration(step.timer_s)}
    if step.strength is RevertStrength.TIMED:
        return language.say("undoes itself after %(time)s") % time
    return language.say("does not undo itself, done within %(time)s") % time


def special(step: Step, language: Language) -> str:
    extra = [language.say("with %(group)s") % {"group": step.together}] if step.together else []
    extra += [language.say(STRENGTHS[step.strength])] if step.strength in STRENGTHS else []
    return f"{step.target} ({', '.join(extra)})" if extra else step.target


STRENGTHS = {RevertStrength.MANUAL: N_("by hand"), RevertStrength.NONE: N_("no way back")}


def checks(plan: Plan, language: Language) -> Iterator[str]:
    """What was asked when the plan was made, what will be before, throughout and after a change."""
    yield language.say(
        "When the plan was made, each target was read live, by its pinned host key. What it read as stands in the plan."
    )
    yield language.say(
        "Before each wave its targets are read again. Where one differs from the plan, nothing is sent to any of them."
    )
    yield language.say(
        "While a wave is held, each target is asked over new connections whether it reads as promised and is healthy; "
        "one failure, and the whole wave goes back. After the confirm each is read once more."
    )
    if any(step.probes for step in plan.steps):
        yield language.say("Asked besides, before, throughout and after:")
    else:
        yield language.say("No probe is asked besides.")


def probe_lines(probes: Iterable[Probe], language: Language) -> Iterator[str]:
    for probe in probes:
        said = language.say(PROBES[probe.kind]) if probe.kind in PROBES else f"{probe.kind} %(subject)s: %(expect)s"
        yield said % {"subject": probe.subject, "expect": probe.expect}


WAYS: dict[RevertStrength, str] = {
    RevertStrength.TIMED: N_(
        "By a timer of their own, unless told to keep the change, these undo themselves: %(which)s."
    ),
    RevertStrength.MANUAL: N_(
        "These do not undo themselves: govnet puts them back, and govnet resume does where govnet was interrupted: "
        "%(which)s."
    ),
    RevertStrength.NONE: N_("These have no way back: %(which)s."),
}
FAILURES: dict[OnFailure, str] = {
    OnFailure.HOLD: N_("Where a wave fails, it goes back as a whole and no later one begins; earlier waves stand."),
    OnFailure.TAKE_BACK: N_(
        "Where a wave fails, it goes back as a whole and no later one begins; "
        "earlier waves go back too, the last first."
    ),
}


def ways_back(plan: Plan, language: Language) -> Iterator[str]:
    for strength, message in WAYS.items():
        if targets := [step.target for step in plan.steps if step.strength is strength]:
            which = language.say("all") if len(targets) == len(plan.steps) else ", ".join(targets)
            yield language.say(message) % {"which": which}
    if any(step.strength is not RevertStrength.NONE for step in plan.steps):
        yield language.say("What undoes each step is in the plan and under its digest, as its inverse.")
    yield language.say(FAILURES[plan.on_failure])
