"""trust: the document of people, keys and policy that this jump host goes by."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from change.approval import judge, trust_subject
from change.attest import allowed_signer
from change.clock import SystemClock
from change.journal import Journal
from change.plan import PlanRefused
from change.trust_history import Link, document, file_problems, links
from change.trust_log import KINDS, accepted, write_first, write_next
from govnet.approvals import checked, handed_in
from govnet.desk import Desk
from govnet.report.lines import counted, hung
from govnet.status import Ended, Status
from govnet.verbs.journal import book_of
from inventory.trust import NAMESPACE, Key, Person, Policy, Trust, moment
from inventory.trust_file import load_trust
from inventory.trust_pin import TrustRefused, files, pin_first, pin_next, pinned


def init(desk: Desk, file: Path) -> None:
    """Believed without a signature, once: compare the digest with the one that you were given.

    The journal has it before it is pinned. Raises TrustRefused, StoreError.
    """
    trust, journal = load_trust(file), Journal(desk.journal_path, SystemClock())

    def write_down() -> None:
        known = [accepted(entry) for entry in journal.of(*KINDS)]
        if not known:
            write_first(journal, trust)
        elif [one.after if one else None for one in known] != [trust.digest]:  # else a run before was killed here
            raise TrustRefused("the journal says that another trust document was pinned here: `govnet trust history`")

    pin_first(desk.trust, trust, write_down)
    _told(desk, trust, "Pinned on this jump host")


def change(desk: Desk, file: Path) -> None:
    """Where enough people of the old document have signed the new one; the journal has it before it is pinned.

    Raises PlanRefused, TrustRefused, StoreError.
    """
    old, new, journal = pinned(desk.trust), load_trust(file), Journal(desk.journal_path, SystemClock())
    if (late := written_down(journal, old)) is not None:
        pin_next(desk.trust, old, late, lambda: None)
        if late.digest == new.digest:
            _told(desk, new, f"Pinned in place of serial {old.charter.serial}")
            return
        old = late
    approved = judge(trust_subject(new), old, checked(handed_in(file), old), datetime.now(UTC))
    if approved.problems:
        raise PlanRefused(*approved.problems, *approved.set_aside)
    pin_next(desk.trust, old, new, lambda: write_next(journal, new, approved))
    _told(desk, new, f"Pinned in place of serial {old.charter.serial}")


def written_down(journal: Journal, held: Trust) -> Trust | None:
    """What the journal accepted in place of the pinned document, where a run before was killed in between."""
    last = links(journal)[-1:]
    says = [accepted(entry) for entry in journal.of(*KINDS)][-1:]
    if not last or last[0].problems or says[0] is None or says[0].before != held.digest:
        return None
    return document(journal, says[0].after)


def history(desk: Desk) -> None:
    """Each document up to the one that holds, judged again; status 5 where the chain does not hold."""
    journal = book_of(desk)
    found = links(journal)
    for one in found:
        for line in _link_lines(one):
            desk.say(line)
    problems = [
        *journal.verify(),
        *file_problems(found, files(desk.trust), str(desk.trust)),
        *_pin_problems(desk, found),
    ]
    for problem in problems:
        desk.say(problem)
    desk.document({"history": [one.model_dump(mode="json") for one in found], "problems": problems})
    if number := len(problems) + sum(len(one.problems) for one in found):
        desk.say(f"The trust documents are not a whole chain: {counted(number, 'problem')}.")
        raise Ended(Status.UNKNOWN)
    desk.say(f"Whole: {counted(len(found), 'document')}, each but the first signed under the one before it.")
    desk.say("The first was believed: compare its digest with the one that you were given.")


def _link_lines(one: Link) -> Iterator[str]:
    yield f"{f'serial {one.serial}' if one.serial else 'unread'}, entry {one.entry}, {one.at}"
    yield f"  {one.digest or 'no digest'}"
    if not one.problems:
        yield from hung(f"signed by {', '.join(one.signers)}" if one.signers else "believed without a signature", "  ")
    for problem in one.problems:
        yield from hung(f"It does not hold: {problem}", "  ")


def _pin_problems(desk: Desk, found: tuple[Link, ...]) -> Iterator[str]:
    """The document that is pinned is the last of the chain."""
    try:
        holds = pinned(desk.trust).digest
    except TrustRefused as problem:
        yield str(problem)
        return
    if not found or holds != found[-1].digest:
        yield f"{holds} is pinned, and is not the last that the journal has: `govnet trust change` ends what was begun"


def show(desk: Desk) -> None:
    trust, now = pinned(desk.trust), datetime.now(UTC)
    desk.say(f"Trust document {trust.digest}, serial {trust.charter.serial}")
    desk.say()
    for person in trust.people:
        desk.say(f"{person.name}: {person.title}; {', '.join(person.roles)}")
        for key in person.keys:
            desk.say(f"  {key.public}")
            desk.say(f"    {_validity(key, now)}")
    desk.say()
    for rule in trust.policy:
        where = [f"{name} {value}" for name, value in _conditions(rule)]
        needs = ", ".join(f"{need.signatures} {need.role}" for need in rule.needs)
        desk.say(f"{rule.name}: {'; '.join(where) or 'every change'}: {needs}")
    desk.document({"digest": trust.digest, "trust": trust.model_dump(mode="json")})


def signers(desk: Desk) -> None:
    """An allowed_signers file of every key that was not revoked, for plain ssh-keygen."""
    trust = pinned(desk.trust)
    lines = [
        allowed_signer(person.name, key, NAMESPACE) for person in trust.people for key in person.keys if not key.revoked
    ]
    for line in lines:
        desk.say(line.rstrip("\n"))
    desk.document({"digest": trust.digest, "allowed_signers": lines})


def _told(desk: Desk, trust: Trust, what: str) -> None:
    desk.say(f"{what}: serial {trust.charter.serial}, {counted_people(trust.people)}")
    desk.say(trust.digest)
    desk.document({"digest": trust.digest, "serial": trust.charter.serial})


def counted_people(people: tuple[Person, ...]) -> str:
    return counted(len(people), "person") if len(people) == 1 else f"{len(people)} people"


def _validity(key: Key, now: datetime) -> str:
    span = f"valid from {key.valid_from} until {key.valid_until}"
    if key.revoked is not None:
        return f"{span}, revoked {key.revoked}"
    if now >= moment(key.valid_until):
        return f"{span}: over"
    return f"{span}: still to come" if now < moment(key.valid_from) else span


def _conditions(rule: Policy) -> list[tuple[str, str]]:
    stated = (("plane", rule.plane), ("risk at least", rule.risk), ("site", rule.site))
    return [(what, value) for what, value in stated if value is not None]
