"""What the probes of a step saw before it was changed and after."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from change.evidence import StepEvidence
from change.journal import Event
from govnet.report.phrases import N_

UNCHANGED = N_("unchanged")
NOT_ASKED = N_("not asked")


@dataclass(frozen=True)
class ProbeRow:
    name: str
    before: str | None
    after: str | None
    """What was seen last; None where nothing was written."""
    otherwise: str
    """A message in place of `after`: only what differs from the answer before is written."""


def probe_rows(one: StepEvidence) -> Iterator[ProbeRow]:
    intent = next((phase.number for phase in one.phases if phase.event == Event.INTENT), None)
    held = any(phase.event == Event.VERIFIED for phase in one.phases)
    for probe in one.step.probes:
        name = f"{probe.kind} {probe.subject}"
        told = [
            (phase.number, phase.detail.removeprefix(f"{name}: "))
            for phase in one.phases
            if phase.event == Event.PROBE_RESULT and phase.detail.startswith(f"{name}: ")
        ]
        before = [detail for number, detail in told if intent is None or number < intent]
        after = [detail for number, detail in told if intent is not None and number > intent]
        yield ProbeRow(
            name=name,
            before=before[-1] if before else None,
            after=after[-1] if after else None,
            otherwise=UNCHANGED if held and before else NOT_ASKED,
        )
