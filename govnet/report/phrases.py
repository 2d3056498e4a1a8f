"""What the closed sets of words are called in a report, and which sign stands before them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from change.journal import Event
from change.model import Effect, Level, Outcome
from inventory.model import LinkKind, Role
from inventory.trust import TrustRole
from monitoring.model import Fault, State
from network.topology import LinkState

Mood = Literal["good", "bad", "warn", "alert", "dim", "plain"]
"""The class of style.css.j2 that draws the sign; every mood has a shape, so that colour carries nothing alone."""


@dataclass(frozen=True)
class Phrase:
    message: str
    """A message id of the catalogue."""
    mood: Mood


def N_(message: str) -> str:
    """Mark a message for the catalogue; it is translated where it is shown."""
    return message


STATES: dict[State, Phrase] = {
    State.UP: Phrase(N_("up"), "good"),
    State.DOWN: Phrase(N_("down"), "bad"),
    State.UNREACHABLE: Phrase(N_("unreachable"), "warn"),
    State.MAINTENANCE: Phrase(N_("maintenance"), "plain"),
    State.UNKNOWN: Phrase(N_("unknown"), "dim"),
}

FAULTS: dict[Fault, str] = {
    Fault.NO_ANSWER: N_("no answer in time"),
    Fault.NO_WAY: N_("its server's address cannot be reached"),
    Fault.REFUSED: N_("the connection is refused"),
    Fault.CLOSED: N_("the connection is closed without an answer"),
    Fault.NOT_TLS: N_("the TLS handshake fails"),
    Fault.EXPIRED: N_("its certificate has expired"),
    Fault.NOT_YET_VALID: N_("its certificate is not valid yet"),
    Fault.WRONG_NAME: N_("its certificate is for another name"),
    Fault.UNTRUSTED: N_("its certificate is not from our authority"),
    Fault.NOT_HTTP: N_("the answer is not HTTP"),
    Fault.CLIENT_ERROR: N_("HTTP says that the page cannot be had (4xx)"),
    Fault.SERVER_ERROR: N_("HTTP says that the server failed (5xx)"),
    Fault.OTHER_STATUS: N_("HTTP says neither a page nor an error"),
}
"""What is wrong with a web site, after its name and a colon."""

LINK_STATES: dict[LinkState, Phrase] = {
    LinkState.MATCHING: Phrase(N_("matching"), "good"),
    LinkState.ONE_SIDE: Phrase(N_("seen from one side only"), "warn"),
    LinkState.MISSING: Phrase(N_("missing"), "bad"),
    LinkState.UNEXPECTED: Phrase(N_("unexpected"), "warn"),
    LinkState.UNKNOWN: Phrase(N_("not known"), "dim"),
}

LINK_KINDS: dict[LinkKind, str] = {
    LinkKind.BACKBONE: N_("backbone"),
    LinkKind.TRUNK: N_("trunk"),
    LinkKind.UPSTREAM: N_("upstream link"),
    LinkKind.ACCESS: N_("access port"),
}

ROLES: dict[Role, str] = {
    Role.CORE: N_("core router"),
    Role.REGION_ROUTER: N_("region router"),
    Role.DISTRICT_ROUTER: N_("district router"),
    Role.ACCESS_SWITCH: N_("access switch"),
    Role.UPSTREAM: N_("upstream router"),
    Role.JUMP_HOST: N_("jump host"),
    Role.SERVER: N_("server"),
}

OUTCOMES: dict[Outcome | None, Phrase] = {
    Outcome.CONFIRMED: Phrase(N_("confirmed"), "good"),
    Outcome.REVERTED: Phrase(N_("reverted"), "warn"),
    Outcome.REFUSED: Phrase(N_("refused"), "plain"),
    Outcome.UNKNOWN: Phrase(N_("unknown: a person must look"), "bad"),
    None: Phrase(N_("still open"), "dim"),
}

LEVELS: dict[Level, Phrase] = {
    Level.LOW: Phrase(N_("low"), "plain"),
    Level.MEDIUM: Phrase(N_("medium"), "warn"),
    Level.HIGH: Phrase(N_("high"), "alert"),
}

EFFECTS: dict[Effect, str] = {
    Effect.MANAGEMENT_PATH: N_("it changes the way by which we reach the box"),
    Effect.OWN_ACCESS: N_("it changes what govnet itself is let in by: its account, its key, its latch"),
    Effect.IDENTITY_CHANGED: N_("the box will present itself as another"),
    Effect.FILTER_LOOSENED: N_("a filter, route policy or ACL lets more through"),
    Effect.AUTHENTICATION_CHANGED: N_("a neighbour or a person may no longer be accepted"),
    Effect.DEFAULT_ROUTE: N_("a default route moves everything that has no better route"),
    Effect.NEIGHBOUR_REMOVED: N_("a routing neighbour goes away"),
    Effect.PREFIX_REMOVED: N_("a prefix is no longer announced or reached"),
    Effect.INTERFACE_REMOVED: N_("an interface goes away, and what is behind it"),
    Effect.ACCOUNT_CHANGED: N_("who may log in changes"),
    Effect.DATA_DELETED: N_("data is deleted"),
    Effect.MACHINE_REPLACED: N_("a machine is replaced by a new one"),
    Effect.CANNOT_BE_UNDONE: N_("it cannot be undone"),
}

EVENTS: dict[str, str] = {
    Event.PLAN_OPENED: N_("plan opened"),
    Event.APPROVED: N_("approved"),
    Event.BREAK_GLASS: N_("approved by break-glass"),
    Event.REVIEWED: N_("reviewed afterwards"),
    Event.CALENDAR: N_("calendar kept"),
    Event.LOCK_TAKEN: N_("lock taken"),
    Event.RESUMED: N_("resumed"),
    Event.PLAN_CONTINUED: N_("plan continued"),
    Event.GIVING_UP: N_("given up"),
    Event.WINDOW: N_("change window"),
    Event.CHECKED: N_("checked"),
    Event.INTENT: N_("intent written"),
    Event.ARMED: N_("armed"),
    Event.TRYING: N_("trying"),
    Event.SUB_STEP: N_("part of the step begun"),
    Event.TRIED: N_("tried"),
    Event.HOLDING: N_("holding"),
    Event.PROBE_RESULT: N_("probed"),
    Event.VERIFIED: N_("verified"),
    Event.CONFIRMING: N_("confirming"),
    Event.CONFIRMED: N_("confirmed"),
    Event.REVERTING: N_("reverting"),
    Event.REVERTED: N_("reverted"),
    Event.UNDOING: N_("undoing"),
    Event.FAILED: N_("failed"),
    Event.OUTCOME: N_("outcome"),
    Event.PLAN_PAUSED: N_("plan paused"),
    Event.HEAD_KEPT: N_("head kept elsewhere"),
    Event.HEAD_NOT_KEPT: N_("head not kept elsewhere"),
    Event.PLAN_CLOSED: N_("plan closed"),
    Event.TRUST_PINNED: N_("trust document pinned"),
    Event.TRUST_CHANGED: N_("trust document changed"),
}

TRUST_ROLES: dict[TrustRole, str] = {
    TrustRole.ENGINEER: N_("engineer"),
    TrustRole.REVIEWER: N_("reviewer"),
    TrustRole.SECURITY: N_("security"),
    TrustRole.MANAGER: N_("manager"),
    TrustRole.BREAK_GLASS: N_("break-glass"),
}

PROBES: dict[str, str] = {
    "bgp-neighbour": N_("the BGP session of %(subject)s is %(expect)s"),
}
"""By kind, with places for its subject and for what is expected."""
