"""Whether a person's signature under a statement is good, and by which of their keys: asked of ssh-keygen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from change.approval import Paper, Signed, Unfit, read_statement
from change.ssh_keygen import PROGRAM, KeygenFailed, verifies
from change.sshsig import BadSignature, envelope
from inventory.trust import Key, Statement, Trust, moment


def attested(papers: Iterable[Paper], trust: Trust, namespace: str) -> tuple[Signed | Unfit, ...]:
    """Each paper, read and its signature checked against the person's own keys."""
    return tuple(attest(paper, trust, namespace) for paper in papers)


def attest(paper: Paper, trust: Trust, namespace: str) -> Signed | Unfit:
    try:
        statement = read_statement(paper.statement)
        person = trust.person(paper.name)
        if person is None or statement.person != paper.name:
            return Unfit(paper.name, "is by no person of that name in the trust document")
        return Signed(paper, statement, signer(paper, statement, person.keys, namespace))
    except ValueError as problem:
        return Unfit(paper.name, f"the statement {problem}")
    except BadSignature as problem:
        return Unfit(paper.name, f"the signature {problem}")
    except OSError as problem:  # of this machine: a full or read-only disk of temporary files
        return Unfit(paper.name, f"the signature could not be checked: {problem.strerror or problem}")


def signer(paper: Paper, statement: Statement, keys: Sequence[Key], namespace: str) -> str:
    """Which of these keys made the signature. Raises BadSignature; whether it is revoked is judged elsewhere."""
    told = envelope(paper.signature)
    if told.namespace != namespace:
        raise BadSignature(f"was made for {told.namespace}, and not for {namespace}")
    key = next((key for key in keys if key.public == told.public), None)
    if key is None:
        raise BadSignature("is by a key that is not theirs")
    if not moment(key.valid_from) <= moment(statement.at) < moment(key.valid_until):
        raise BadSignature(f"is by a key that was not valid at {statement.at}")
    allowed, when = allowed_signer(statement.person, key, namespace), f"-Overify-time={compact(statement.at)}"
    try:
        good = verifies(paper.statement, paper.signature, allowed, statement.person, namespace, when)
    except KeygenFailed as problem:
        raise BadSignature(f"could not be checked: {PROGRAM} could not be run to its end") from problem
    if not good:
        raise BadSignature("does not match: the statement, the signature or the key's time is another")
    return key.public


def allowed_signer(person: str, key: Key, namespace: str) -> str:
    """One line of an allowed_signers file (ssh-keygen(1)), with the key's time, without its revocation."""
    span = f'valid-after="{compact(key.valid_from)}",valid-before="{compact(key.valid_until)}"'
    return f'{person} namespaces="{namespace}",{span} {key.public}\n'


def compact(at: str) -> str:
    """YYYYMMDDHHMMSSZ, as ssh-keygen reads a UTC time."""
    return moment(at).strftime("%Y%m%d%H%M%SZ")
