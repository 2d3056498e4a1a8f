"""Signing a statement, and asking whether a signature is good: by `ssh-keygen -Y`, so that any OpenSSH can check it.

Keys in files, in the agent and on hardware all work, because ssh-keygen does the work. It is run without a shell,
within a time limit, and its exit status alone is never believed: it must also name the person and the namespace.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from change.approval import Paper, Signed, Unfit, read_statement
from change.sshsig import BadSignature, envelope
from inventory.trust import Key, Statement, Trust, moment

SSH_KEYGEN = "ssh-keygen"
VERIFY_LIMIT_S = 10
SIGN_LIMIT_S = 120
"""A person may have to type a passphrase or touch a hardware key."""
AGENT = "SSH_AUTH_SOCK"
PASSED_ON = ("HOME", "PATH", AGENT, "SSH_ASKPASS", "SSH_SK_PROVIDER", "DISPLAY", "TERM")
"""Of our environment, what ssh-keygen is given."""


class CannotSign(Exception):
    """No signature was made; one sentence."""


def sign(content: bytes, key: Path, namespace: str, may_ask: bool) -> bytes:
    """The signature of the content by a private key, or by the agent's half of a public one.

    Where it may not ask, it has no terminal and no helper to ask with. Raises CannotSign.
    """
    command = (SSH_KEYGEN, "-Y", "sign", "-q", "-n", namespace, "-f", str(key))
    asking = {} if may_ask else {"SSH_ASKPASS_REQUIRE": "never"}
    try:
        done = subprocess.run(
            command,
            input=content,
            capture_output=True,
            timeout=SIGN_LIMIT_S,
            check=False,
            env={**environment(), **asking},
            start_new_session=not may_ask,  # away from the terminal
        )
    except subprocess.TimeoutExpired as problem:
        raise CannotSign(f"ssh-keygen made no signature within {SIGN_LIMIT_S} s") from problem
    except OSError as problem:
        raise CannotSign(f"{SSH_KEYGEN} could not be run: {problem.strerror}") from problem
    if done.returncode or not done.stdout:
        said = "; ".join(done.stderr.decode(errors="replace").split("\n")).strip("; ")
        raise CannotSign(f"ssh-keygen made no signature with {key}: {said or 'it says nothing'}")
    return done.stdout


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
    with tempfile.TemporaryDirectory(prefix="govnet-") as folder:  # 0700
        allowed, signature = Path(folder, "allowed_signers"), Path(folder, "signature")
        allowed.write_text(allowed_signer(statement.person, key, namespace))
        signature.write_bytes(paper.signature)
        verify(paper.statement, allowed, signature, statement, namespace)
    return key.public


def verify(content: bytes, allowed: Path, signature: Path, statement: Statement, namespace: str) -> None:
    """Raises BadSignature unless ssh-keygen says, in so many words, that it is this person's for this namespace."""
    who, when = statement.person, compact(statement.at)
    about = ("-f", str(allowed), "-I", who, "-n", namespace, "-s", str(signature), f"-Overify-time={when}")
    try:
        done = subprocess.run(
            (SSH_KEYGEN, "-Y", "verify", *about),
            input=content,
            capture_output=True,
            timeout=VERIFY_LIMIT_S,
            check=False,
            env=environment(),
        )
    except (subprocess.TimeoutExpired, OSError) as problem:
        raise BadSignature(f"could not be checked: {SSH_KEYGEN} could not be run to its end") from problem
    if done.returncode or not done.stdout.startswith(f'Good "{namespace}" signature for {who} with '.encode()):
        raise BadSignature("does not match: the statement, the signature or the key's time is another")


def allowed_signer(person: str, key: Key, namespace: str) -> str:
    """One line of an allowed_signers file (ssh-keygen(1)), with the key's time, without its revocation."""
    span = f'valid-after="{compact(key.valid_from)}",valid-before="{compact(key.valid_until)}"'
    return f'{person} namespaces="{namespace}",{span} {key.public}\n'


def compact(at: str) -> str:
    """YYYYMMDDHHMMSSZ, as ssh-keygen reads a UTC time."""
    return moment(at).strftime("%Y%m%d%H%M%SZ")


def environment() -> Mapping[str, str]:
    return {"LC_ALL": "C", **{name: os.environ[name] for name in PASSED_ON if name in os.environ}}
