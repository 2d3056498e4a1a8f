"""When a plan may be applied and who has signed it, in one language."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from govnet.report.language import Language
from govnet.report.phrases import TRUST_ROLES
from govnet.report.plan_document import Approvals, Now, WaveWindow


def window_lines(now: Now, language: Language) -> Iterator[str]:
    """One for each different answer of the calendar."""
    for window in now.windows:
        waves = language.say("wave %(number)s") % {"number": ", ".join(map(str, window.waves))}
        yield f"{waves}: {window_says(window, language)}"


def window_says(window: WaveWindow, language: Language) -> str:
    if window.names and window.closes is None:
        return language.say("may begin now (%(names)s)") % {"names": ", ".join(window.names)}
    if window.closes is not None:
        closes = datetime.fromisoformat(window.closes)
        message = language.say("may begin now (%(names)s), until %(closes)s")
        return message % {"names": ", ".join(window.names), "closes": language.moment(closes)}
    if window.opens is None:
        return language.say("may not begin, now or later (%(why)s)") % {"why": window.why}
    opens = language.moment(datetime.fromisoformat(window.opens))
    return language.say("may begin from %(opens)s, not now (%(why)s)") % {"opens": opens, "why": window.why}


def approval_lines(approvals: Approvals, language: Language) -> Iterator[str]:
    """Who has signed; what does not count; what is still needed."""
    for one in approvals.signed:
        at = language.moment(datetime.fromisoformat(one.at))
        yield f"{one.person} ({language.say(TRUST_ROLES[one.role])}), {at}: {one.reason}"
    if not approvals.signed:
        yield language.say("Nobody has signed it.")
    yield from approvals.set_aside
    if approvals.broken_glass:
        yield language.say("Approved by break-glass: two others must review what was done.")
        return
    yield from approvals.problems
    for role, number in approvals.missing.items():
        yield language.say("Still needed: %(n)s × %(role)s") % {
            "n": language.number(number),
            "role": language.say(TRUST_ROLES[role]),
        }
    if not approvals.missing and not approvals.problems:
        yield language.say("Enough have signed it.")
