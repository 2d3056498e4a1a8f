"""What a step carries to a server, as canonical JSON (RFC 8785): operations to the letter, secrets as `<name#tag>`."""

from __future__ import annotations

from collections.abc import Mapping

import rfc8785
from pydantic import ValidationError

from change.canonical import canonical, digest_of, document_of
from change.model import Digest, Record
from change.target import TargetError
from deploys.frozen import Content, Keeps, Operation, Prepared, Put, Reference
from deploys.manifest import Manifest
from inventory.secrets import SecretMissing, Secrets

NO_FACTS = digest_of(canonical([]))
"""Of a server on which nothing is pending."""


class Payload(Record):
    manifest: Manifest
    """What is ours on the server afterwards."""
    keeps: Keeps
    operations: tuple[Operation, ...]
    restore: bool = False
    """An inverse: the box puts back what it kept of the step before, and no operation is run."""

    def canonical(self) -> str:
        return rfc8785.dumps(self.model_dump(mode="json")).decode()


def parsed(text: str) -> Payload:
    """Raises TargetError for a text that is no payload of ours."""
    try:
        return Payload.model_validate_json(text)
    except ValidationError:
        raise TargetError("the step's payload is not one of a server") from None


def fingerprint(found: Prepared) -> Digest:
    """What a server reads as: what is pending there, and the facts that this followed from."""
    return digest_of(canonical({**document_of(found), "live": None}))


def settled(manifest: Manifest) -> Digest:
    """What a server reads as on which nothing is pending."""
    return fingerprint(Prepared(manifest=manifest, operations=(), facts=NO_FACTS, live={}))


def commands(payload: Payload, secrets: Secrets, allowed: frozenset[str]) -> tuple[str, ...]:
    """The part's commands on the wire (box/host.py): the frame, then the operations, real secrets in them.

    `allowed`: names of the secrets that may stand on this server. Raises TargetError.
    """
    frame = {**document_of(payload.keeps), "restore": payload.restore}
    return (_line(frame), *(_line(_revealed(operation, secrets, allowed)) for operation in payload.operations))


def _line(document: Mapping[str, object]) -> str:
    return rfc8785.dumps(dict(document)).decode()  # type: ignore[arg-type]  # JSON all


def _revealed(operation: Operation, secrets: Secrets, allowed: frozenset[str]) -> dict[str, object]:
    document: dict[str, object] = operation.model_dump(mode="json")
    if isinstance(operation, Put):
        document["content"] = _opened(operation.content, operation.path, secrets, allowed)
    return document


def _opened(content: Content, path: str, secrets: Secrets, allowed: frozenset[str]) -> list[object]:
    pieces: list[object] = []
    for piece in content:
        if isinstance(piece, Reference):
            name = piece.secret.removeprefix("<").partition("#")[0]
            try:
                if name not in allowed or secrets.tag(name) != piece.secret:
                    raise TargetError(
                        f"{path}: the secret {name} was changed after this text was made, or is not its own"
                    )
                pieces.append({"secret": secrets.value(name)})
            except SecretMissing as problem:
                raise TargetError(str(problem)) from None
        else:
            pieces.append(piece)
    return pieces
