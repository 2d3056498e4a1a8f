"""trust: the document of people, keys and policy that this jump host goes by."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from change.approval import judge, trust_subject
from change.attest import allowed_signer
from change.plan import PlanRefused
from govnet.approvals import checked, handed_in
from govnet.desk import Desk
from govnet.report.lines import counted
from inventory.trust import NAMESPACE, Key, Person, Policy, Trust, moment
from inventory.trust_file import load_trust
from inventory.trust_pin import pin_first, pin_next, pinned


def init(desk: Desk, file: Path) -> None:
    """Believed without a signature, once: compare the digest with the one that you were given. Raises TrustRefused."""
    trust = load_trust(file)
    pin_first(desk.trust, trust)
    _told(desk, trust, "Pinned on this jump host")


def change(desk: Desk, file: Path) -> None:
    """Where enough people of the old document have signed the new one. Raises PlanRefused, TrustRefused."""
    old, new = pinned(desk.trust), load_trust(file)
    approved = judge(trust_subject(new), old, checked(handed_in(file), old), datetime.now(UTC))
    if approved.problems:
        raise PlanRefused(*approved.problems, *approved.set_aside)
    pin_next(desk.trust, old, new)
    _told(desk, new, f"Pinned in place of serial {old.charter.serial}")


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
