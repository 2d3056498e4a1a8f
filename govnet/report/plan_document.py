"""The plan document: one sealed plan, with what a person needs to read it without the inventory at hand."""

from __future__ import annotations

from typing import Literal

from change.approval import Counted
from change.model import Digest, Moment, Plan
from change.plan import digest
from govnet.report.template_diff import names_in
from govnet.report.titles import Titled, titles_of
from inventory.model import Inventory, Record, Text
from inventory.trust import TrustRole


class WaveWindow(Record):
    """When waves may begin, as the calendar said when it was asked."""

    waves: tuple[int, ...]
    """Numbers from 1, of those with one answer."""
    names: tuple[str, ...] = ()
    """Of the windows that are open; empty where none is."""
    closes: Moment | None = None
    why: str = ""
    """Why none is open, in English."""
    opens: Moment | None = None
    """When the next one does; None where one is open, or none ever does."""


class Approvals(Record):
    """Who has signed so far, and what is still needed, by the trust document of the jump host."""

    signed: tuple[Counted, ...]
    missing: dict[TrustRole, int]
    """Signatures still asked for, by role."""
    problems: tuple[str, ...]
    """Why it may not be applied, beside those that are missing; in English."""
    set_aside: tuple[str, ...]
    """What was handed in and does not count, each with its reason; in English."""
    broken_glass: bool
    """One signature stands in place of the policy: two others must review what was done."""


class Now(Record):
    """What is so at one moment, beside what is sealed."""

    at: Moment
    windows: tuple[WaveWindow, ...]
    approvals: Approvals | None
    """None where nobody was asked yet: the plan has just been made."""


class PlanDocument(Record):
    version: Literal[1] = 1
    report: Literal["plan"] = "plan"
    world: str
    title: Text
    timezone: str
    """The IANA zone in which moments are shown."""
    digest: Digest
    """Of the plan: what people sign."""
    plan: Plan
    sites: tuple[Titled, ...]
    """Of its steps."""
    institutions: tuple[Titled, ...]
    """That lose service with a target of it."""
    now: Now | None
    """None where the inventory is not at hand."""
    names: tuple[str, ...]
    """Of the inventory, that stand in its diffs: devices that change alike may differ in them as in any value."""


def plan_document(plan: Plan, inventory: Inventory | None, now: Now | None = None) -> PlanDocument:
    """With the titles of the plan's own world; where that is not at hand, names stand for titles and UTC is shown."""
    own = inventory if inventory is not None and inventory.world.name == plan.source.world else None
    targets = {step.target for step in plan.steps}
    sites = {step.site for step in plan.steps}
    affected = {name for step in plan.steps for name in step.standing.institutions}
    known = targets | sites
    if own:
        known |= own.device.keys() | {one.name for one in own.sites} | {one.name for one in own.links}
    return PlanDocument(
        world=plan.source.world,
        title=own.world.title if own else Text(en=plan.source.world, sw=plan.source.world),
        timezone=own.world.timezone if own else "UTC",
        digest=digest(plan),
        plan=plan,
        sites=titles_of(own.sites, sites) if own else (),
        institutions=titles_of(own.institutions, affected) if own else (),
        now=now,
        names=names_in((step.diff for step in plan.steps), frozenset(known)),
    )
