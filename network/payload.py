"""What a step carries to a box: the changed parts as canonical JSON (RFC 8785), secrets as `<name#tag>`."""

from __future__ import annotations

import rfc8785
from pydantic import ValidationError

from change.target import TargetError
from inventory.model import Record
from network import commands, interfaces_text
from network.config import Config, PartName


class PartPayload(Record):
    text: str
    """The whole text that the part shall have."""
    commands: tuple[str, ...] = ()
    """Of frr: the lines that lead there from the base."""


class Payload(Record):
    parts: dict[PartName, PartPayload]

    def canonical(self) -> str:
        return rfc8785.dumps(self.model_dump(mode="json")).decode()


def payload(live: Config, wanted: Config) -> Payload:
    """What leads from `live` to `wanted`: only the parts that differ."""
    changed = (part for part in wanted.parts if part.text != live.text(part.name))
    gone = interfaces_text.removed(live.text("interfaces"), wanted.text("interfaces"))
    return Payload(
        parts={
            part.name: PartPayload(
                text=part.text,
                commands=commands.commands(live.text("frr"), part.text, gone) if part.name == "frr" else (),
            )
            for part in changed
        }
    )


def parsed(text: str) -> Payload:
    """Raises TargetError for a text that is no payload of ours."""
    try:
        return Payload.model_validate_json(text)
    except ValidationError:
        raise TargetError("the step's payload is not one of a network device") from None
