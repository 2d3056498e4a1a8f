"""A plan: made from previews, sealed as canonical bytes, read back only if not one byte differs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil
from typing import NamedTuple

from pydantic import Field, ValidationError

from change.canonical import canonical, digest_of, document_of
from change.clock import Clock, from_moment, moment
from change.guards.finding import refusals, risks_of
from change.guards.isolation import fits
from change.guards.surroundings import Surroundings
from change.guards.table import step_findings, wave_findings
from change.model import Digest, Level, OnFailure, Plan, Probe, Promised, Read, Record, Risk, Source, Standing, Step
from change.permits import Limits, side_by_side
from change.target import Preview, Target, TargetError, named
from change.waves import DEFAULT_ORDER, Order, Unorderable, into_waves, rings

VERSION = 2
TARGETS_A_TURN = 2
UNLIMITED = Limits()


class PlanRefused(Exception):
    """The plan may not be made, read or applied; nothing was sent. One sentence for each problem."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class Purpose(Record):
    """What a plan says of itself. `valid_s`: how long after its making it may be applied."""

    author: str
    reason: str
    selector: str
    source: Source
    on_failure: OnFailure = OnFailure.HOLD
    valid_s: int = Field(default=24 * 3600, ge=1)


class Relations(Record):
    """How the targets of a plan relate, by target name; names without a step in the plan are left out."""

    after: Mapping[str, tuple[str, ...]] = {}
    """Target to those that must be confirmed before it."""
    together: Mapping[str, tuple[str, ...]] = {}
    """Group name (a link) to the targets that are tried with one deadline and judged jointly."""
    apart: tuple[tuple[str, str], ...] = ()
    """Redundant pairs: never both in one wave."""
    standing: Mapping[str, Standing] = {}
    probes: Mapping[str, tuple[Probe, ...]] = {}
    """Beside those of the targets' own previews."""


class Previewed(NamedTuple):
    """One target's preview has ended, well or not."""

    target: str
    number: int
    """How many have ended, this one included."""
    of: int
    says: str
    """`differs`, `as intended`, or why it could not be read."""


Hear = Callable[[Previewed], None]
"""Told of each target, one at a time, in the order in which they end."""


def unheard(previewed: Previewed) -> None:
    """Nobody waits for it."""


Relate = Callable[[Mapping[str, Preview]], Relations]
"""From what would change, by target name, to how the targets relate: only the differences tell what is joint."""


def make_plan(
    targets: Iterable[Target],
    purpose: Purpose,
    clock: Clock,
    relate: Relate | None = None,
    order: Order = DEFAULT_ORDER,
    limits: Limits = UNLIMITED,
    hear: Hear = unheard,
    around: Surroundings | None = None,
) -> Plan:
    """Ask every target what would change, and make of it a judged and ordered plan; no steps where nothing would.

    Touches nothing. Raises PlanRefused with every problem: targets that could not be read, guards that refuse,
    relations that no order can keep.
    """
    asked = sorted(targets, key=lambda target: target.name)
    previews = take_previews(asked, limits, hear)
    refuse_orphans(previews)
    created = clock.utc()
    ids = {name: step_id(name, preview, created) for name, preview in previews.items()}
    relations = relate(previews) if relate else Relations()
    steps = [step_of(target, previews[target.name], ids, relations) for target in asked if target.name in previews]
    judged_in = replace(around or Surroundings(), selected=frozenset(target.name for target in asked))
    waves = judged(steps, judged_in, order)
    return Plan(
        created=moment(created),
        expires=moment(created + timedelta(seconds=purpose.valid_s)),
        author=purpose.author,
        reason=purpose.reason,
        selector=purpose.selector,
        source=purpose.source,
        on_failure=purpose.on_failure,
        steps=tuple(step for number, wave in enumerate(waves) for step in levelled(wave, number, limits)),
    )


def judged(steps: Sequence[Step], around: Surroundings, order: Order) -> tuple[tuple[Step, ...], ...]:
    """The steps with their risk, wave by wave. Raises PlanRefused with all that the guards refuse."""
    found = step_findings(steps, around)
    try:
        waves = into_waves(steps, order, lambda wave: fits(wave, around))
    except Unorderable as problem:
        raise PlanRefused(*refusals(found), str(problem)) from problem
    found = (*found, *wave_findings(waves, around))
    if refused := refusals(found):
        raise PlanRefused(*refused)
    risks = risks_of(found)
    low = Risk(level=Level.LOW)
    return tuple(
        tuple(step.model_copy(update={"risk": risks.get(step.target, low)}) for step in wave) for wave in waves
    )


def take_previews(targets: Sequence[Target], limits: Limits, hear: Hear) -> dict[str, Preview]:
    """By target name, only of those that would change. Raises PlanRefused naming every target that did not answer."""
    found: dict[str, Preview] = {}
    problems: list[str] = []
    work = {target.name: target.preview for target in targets}
    answers: dict[str, Future[Preview | None]] = {}
    for name, answer in side_by_side(work, limits):
        answers[name] = answer
        hear(Previewed(name, len(answers), len(work), outcome(answer)))
    for name in work:
        try:
            preview = answers[name].result()
        except TargetError as problem:
            problems.append(named(name, problem))
            continue
        if preview is not None:
            found[name] = preview
    if problems:
        raise PlanRefused(*problems)
    return found


def outcome(answer: Future[Preview | None]) -> str:
    """In a few words, of a preview that has ended."""
    problem = answer.exception()
    if problem is not None:
        return str(problem) if isinstance(problem, TargetError) else "could not be read"
    return "as intended" if answer.result() is None else "differs"


def step_id(target: str, preview: Preview, created: datetime) -> str:
    """Unique to this target, change and making, so that a box, which accepts a step once, can tell plans apart."""
    what = canonical([target, preview.base, preview.payload, preview.result, preview.intent, created.isoformat()])
    return f"{target}.{digest_of(what).removeprefix('sha256:')[:12]}"


def step_of(target: Target, preview: Preview, ids: Mapping[str, str], relations: Relations) -> Step:
    name = target.name
    first = [preview.born_of] if preview.born_of else []
    partners = [pair[1 - pair.index(name)] for pair in relations.apart if name in pair]
    groups = sorted(group for group, members in relations.together.items() if name in members)
    if len(groups) > 1:
        raise PlanRefused(f"{name} is in more than one group that is tried together: {', '.join(groups)}")
    return Step(
        id=ids[name],
        target=name,
        plane=target.plane,
        site=target.site,
        base=base_of(preview, ids),
        payload=preview.payload,
        inverse=preview.inverse,
        result=preview.result,
        diff=preview.diff,
        effects=preview.diff.effects,
        risk=Risk(level=Level.LOW),
        intent=preview.intent,
        strength=target.revert_strength,
        hold_s=preview.hold_s,
        timer_s=preview.timer_s,
        after=tuple(ids[other] for other in (*first, *relations.after.get(name, ())) if other in ids),
        together=groups[0] if groups else None,
        apart=tuple(sorted(ids[other] for other in partners if other in ids)),
        distance=target.distance,
        standing=relations.standing.get(name, Standing()),
        probes=(*preview.probes, *relations.probes.get(name, ())),
    )


def base_of(preview: Preview, ids: Mapping[str, str]) -> Read | Promised:
    if preview.born_of is None:
        return Read(fingerprint=preview.base)
    return Promised(step=ids[preview.born_of], fingerprint=preview.base)


def refuse_orphans(previews: Mapping[str, Preview]) -> None:
    """Raises PlanRefused naming every target that nothing in the plan would create."""
    orphans = {name: one.born_of for name, one in previews.items() if one.born_of and one.born_of not in previews}
    if orphans:
        raise PlanRefused(
            *(f"{name} does not exist yet: select {creator} too" for name, creator in sorted(orphans.items()))
        )


def levelled(wave: Sequence[Step], number: int, limits: Limits) -> tuple[Step, ...]:
    """A wave is judged as one, so all hold as long as the longest, and no timer ends before all were spoken to.

    What a target needs beside the hold is counted once for each ring, which wait for one another, and at least once
    for every two targets, which share the jump host and its line, and for each turn that the limits make them wait.
    """
    hold_s = max(step.hold_s for step in wave)
    rest_s = max(max(1, step.timer_s - step.hold_s) for step in wave)
    waits = limits.turns([step.target for step in wave])
    turns = max(len(rings(wave)), ceil(len(wave) / TARGETS_A_TURN), waits)
    update = {"wave": number, "hold_s": hold_s, "timer_s": hold_s + rest_s * turns}
    return tuple(step.model_copy(update=update) for step in wave)


def digest(plan: Plan) -> Digest:
    """What people sign: the SHA-256 of the plan's canonical bytes."""
    return digest_of(canonical(document_of(plan)))


def seal(plan: Plan) -> bytes:
    """The plan's file: the canonical bytes of {"digest": ..., "plan": ...}, with nothing before or after."""
    return canonical({"plan": document_of(plan), "digest": digest(plan)})


def unseal(sealed: bytes) -> Plan:
    """The plan of a file made by `seal`. Raises PlanRefused unless it is that file to the byte."""
    try:
        document = json.loads(sealed)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as problem:
        raise PlanRefused("this is not a sealed plan: it is not JSON") from problem
    if not isinstance(document, dict) or set(document) != {"plan", "digest"} or not isinstance(document["plan"], dict):
        raise PlanRefused("this is not a sealed plan: it has not exactly the keys digest and plan")
    version = document["plan"].get("version")
    if version != VERSION:
        raise PlanRefused(f"this plan has version {version!r}, and this govnet knows version {VERSION} alone")
    try:
        plan = Plan.model_validate_json(canonical(document["plan"]))
    except (ValidationError, ValueError) as problem:
        raise PlanRefused("the plan was changed since it was sealed: it does not read as a plan") from problem
    if document["digest"] != digest(plan):
        raise PlanRefused(f"the plan was changed since it was sealed: its digest is {digest(plan)}")
    if seal(plan) != sealed:
        raise PlanRefused("the plan's file is not the canonical form that was sealed")
    return plan


def refuse_expired(plan: Plan, now: datetime) -> None:
    """Raises PlanRefused after the plan's last second."""
    if now >= from_moment(plan.expires):
        raise PlanRefused(f"the plan expired at {plan.expires}: make and review a new one")
    if now < from_moment(plan.created):
        raise PlanRefused(f"the plan was made at {plan.created}, which is still to come: a clock is wrong")
