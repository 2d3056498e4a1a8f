"""The plan document: one sealed plan, with what a person needs to read it without the inventory at hand."""

from __future__ import annotations

from typing import Literal

from change.model import Digest, Plan
from change.plan import digest
from govnet.report.template_diff import names_in
from govnet.report.titles import Titled, titles_of
from inventory.model import Inventory, Record, Text


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
    names: tuple[str, ...]
    """Of the inventory, that stand in its diffs: devices that change alike may differ in them as in any value."""


def plan_document(plan: Plan, inventory: Inventory | None) -> PlanDocument:
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
        names=names_in((step.diff for step in plan.steps), frozenset(known)),
    )
