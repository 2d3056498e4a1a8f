"""A plan as people review it in a terminal: plain lines of at most 80 columns. Pure; colour is the caller's."""

from __future__ import annotations

from collections.abc import Iterator

from change.model import Level, Plan, Read, Reason, RevertStrength, Step
from change.plan import digest
from govnet.report.lines import Line, Style, counted, cut, wrapped
from govnet.report.same_diff import SameDiff, same_diffs

LEVEL_STYLES: dict[Level, Style] = {Level.LOW: "plain", Level.MEDIUM: "medium", Level.HIGH: "high"}
SIGN_STYLES: dict[str, Style] = {"+": "added", "-": "removed", " ": "context"}


def plan_text(plan: Plan) -> list[Line]:
    """All of it: summary, risk with reasons, order of waves, each different diff once, the digest last."""
    if not plan.steps:
        return [Line("Nothing to do: everything is already as the inventory wants it.")]
    return [
        *summary_lines(plan),
        *risk_lines(plan),
        *wave_lines(plan),
        *diff_lines(plan),
        Line(""),
        Line(f"Plan {digest(plan)}", "heading"),
    ]


def summary_lines(plan: Plan) -> Iterator[Line]:
    """Who wants what, of how many devices, in how many waves."""
    changed = sum(len(step.diff.changed) for step in plan.steps)
    added = sum(line.sign == "+" for step in plan.steps for line in step.diff.changed)
    yield from wrapped(plan.reason, "", "heading")
    yield from wrapped(f"by {plan.author}, for {plan.selector}, world {plan.source.world}", "")
    yield from wrapped(
        f"{counted(len(plan.steps), 'device')} in {counted(len(plan.waves), 'wave')}; "
        f"{counted(added, 'line')} added, {changed - added} removed",
        "",
    )
    yield Line(f"made {plan.created}, expires {plan.expires}", "muted")
    if plan.source.commit:
        yield Line(f"inventory at {plan.source.commit[:12]}", "muted")


def risk_lines(plan: Plan) -> Iterator[Line]:
    """Steps above low risk, each different set of reasons once; then how many are low."""
    yield Line("")
    yield Line("Risk", "heading")
    groups: dict[tuple[Level, tuple[Reason, ...]], list[str]] = {}
    for level in (Level.HIGH, Level.MEDIUM):
        for step in plan.steps:
            if step.risk.level is level:
                groups.setdefault((level, step.risk.reasons), []).append(step.target)
    for (level, reasons), targets in groups.items():
        yield from wrapped(f"{level}: {', '.join(targets)}", "  ", LEVEL_STYLES[level])
        for reason in reasons:
            yield from wrapped(f"- {reason}", "      ")
    low = sum(step.risk.level is Level.LOW for step in plan.steps)
    if low:
        yield Line(f"  low: {counted(low, 'device')}")


def wave_lines(plan: Plan) -> Iterator[Line]:
    """What is tried when, and how long each wave is held before it is judged."""
    yield Line("")
    yield Line("Order", "heading")
    for number, wave in enumerate(plan.waves, start=1):
        hold = max(step.hold_s for step in wave)
        back = way_back(max(wave, key=lambda step: step.timer_s))
        yield Line(f"  wave {number}: {counted(len(wave), 'device')}, held {hold} s, {back}")
        yield from wrapped(", ".join(_named(step) for step in wave), "    ")


def way_back(step: Step) -> str:
    """What happens where nobody confirms. What does not undo itself stands alone in its wave."""
    if step.strength is RevertStrength.TIMED:
        return f"undoes itself after {step.timer_s} s"
    return f"does not undo itself, done within {step.timer_s} s"


def diff_lines(plan: Plan) -> Iterator[Line]:
    """Each different change of a part once, under the devices that it is for; `!` marks what raised the risk."""
    for same in same_diffs(plan.steps):
        yield Line("")
        yield from wrapped(_for(same), "", "heading")
        for line in same.part.lines:
            flag = "!" if line.effects else " "
            yield from cut(f"{line.sign} {line.text}", f"{flag} ", SIGN_STYLES[line.sign])


def step_lines(plan: Plan) -> Iterator[Line]:
    """`--steps`: everything of each step but its texts."""
    for step in plan.steps:
        yield Line("")
        yield Line(f"{step.id}: {step.target}", "heading")
        base = step.base.fingerprint if isinstance(step.base, Read) else f"{step.base.fingerprint} of {step.base.step}"
        rows = (
            ("where", f"{step.site} ({step.plane})"),
            ("wave", f"{step.wave + 1}, {counted(step.distance, 'hop')} away"),
            ("base", base),
            ("result", step.result),
            ("intent", step.intent),
            ("timer", f"held {step.hold_s} s, {way_back(step)} ({step.strength})"),
            ("after", ", ".join(step.after)),
            ("with", step.together or ""),
            ("apart", ", ".join(step.apart)),
            ("probes", "; ".join(f"{probe.kind} {probe.subject}: {probe.expect}" for probe in step.probes)),
        )
        for name, value in rows:
            if value:
                yield from cut(value, f"  {name:<6} ")


def _named(step: Step) -> str:
    extra = [f"with {step.together}"] if step.together else []
    extra += [str(step.strength)] if step.strength is not RevertStrength.TIMED else []
    return f"{step.target} ({', '.join(extra)})" if extra else step.target


def _for(same: SameDiff) -> str:
    count = f"{len(same.targets)} devices: " if len(same.targets) > 1 else ""
    return f"{same.part.part} of {count}{', '.join(same.targets)}"
