"""What must be done to make one estate another: the one authority for it.

The provider answers the engine's questions (in place, replaced, unchanged) by these functions, and a plan freezes its
sub-steps by them; a preview in which the engine says otherwise is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum

from change.canonical import canonical, digest_of
from change.model import Diff, DiffLine, Digest, Effect, PartDiff, Record
from stacks.resources import Estate, Key, Kind, Machine, Resource, estate, resource_digest


class Change(StrEnum):
    """What a difference in one field does to what stands."""

    IN_PLACE = "in place"
    REPLACE = "replace"


MACHINE_FIELDS: Mapping[str, tuple[Change, str]] = {
    "cpus": (Change.IN_PLACE, "its limit changes while it runs"),
    "memory_mib": (Change.IN_PLACE, "its limit changes while it runs"),
    "mounts": (Change.IN_PLACE, "it boots again, with other volumes"),
    "power": (Change.IN_PLACE, "it is switched"),
    "addresses": (Change.REPLACE, "a machine is born with its addresses"),
    "gateway": (Change.REPLACE, "a machine is born with its default route"),
    "image": (Change.REPLACE, "its disk is made over another image"),
    "birth": (Change.REPLACE, "its disk is born with other files"),
}
"""By field, in the order of reading. A plan never asks for another image or birth of a machine that stands (`settled`);
who does by hand, in Pulumi, is told that it means another machine."""


class Operation(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class SubStep(Record):
    """One call of the provider that a plan allows, once."""

    operation: Operation
    kind: Kind
    name: str
    inputs: Digest
    """Of the exact inputs: what is to stand, and before it what stood."""
    why: str

    def __str__(self) -> str:
        return f"{self.operation} {self.kind} {self.name}"


def inputs_digest(old: Resource | None, new: Resource | None) -> Digest:
    """Of one call's inputs. None: nothing stands before a create, nor after a delete."""
    return digest_of(canonical([None if one is None else resource_digest(one) for one in (old, new)]))


def changed_fields(old: Resource, new: Resource) -> dict[str, tuple[Change, str]]:
    """By field that differs, what that does and why. Both are of one kind and name."""
    if isinstance(old, Machine) and isinstance(new, Machine):
        return {field: rule for field, rule in MACHINE_FIELDS.items() if getattr(old, field) != getattr(new, field)}
    if isinstance(old, Machine) or isinstance(new, Machine) or old.size_mib == new.size_mib:
        return {}
    if new.size_mib > old.size_mib:
        return {"size_mib": (Change.IN_PLACE, "it grows")}
    return {"size_mib": (Change.REPLACE, "a volume cannot shrink")}


def replaced(fields: Mapping[str, tuple[Change, str]]) -> bool:
    return any(change is Change.REPLACE for change, _ in fields.values())


def settled(wanted: Estate, standing: Estate) -> Estate:
    """`wanted`, in which every machine that may stay as it is keeps the image and the birth that it has."""
    have = standing.by_key
    found = dict(wanted.by_key)
    for key, new in wanted.by_key.items():
        old = have.get(key)
        if isinstance(new, Machine) and isinstance(old, Machine):
            kept = new.model_copy(update={"image": old.image, "birth": old.birth})
            if not replaced(changed_fields(old, kept)):
                found[key] = kept
    return estate(found)


def sub_steps(have: Estate, want: Estate) -> tuple[SubStep, ...]:
    """Sorted by kind and name; of a replacement the delete first."""
    return tuple(
        step for key in sorted({*have.by_key, *want.by_key}) for step in _of(have.by_key.get(key), want.by_key.get(key))
    )


def _of(old: Resource | None, new: Resource | None) -> Iterator[SubStep]:
    if old is None and new is not None:
        yield _step(Operation.CREATE, None, new, "it is not there")
    if old is not None and new is None:
        yield _step(Operation.DELETE, old, None, "the inventory does not have it")
    if old is None or new is None:
        return
    fields = changed_fields(old, new)
    why = "; ".join(f"{field}: {reason}" for field, (_, reason) in fields.items())
    if replaced(fields):
        yield _step(Operation.DELETE, old, None, why)
        yield _step(Operation.CREATE, None, new, why)
    elif fields:
        yield _step(Operation.UPDATE, old, new, why)


def _step(operation: Operation, old: Resource | None, new: Resource | None, why: str) -> SubStep:
    subject = new or old
    assert subject is not None  # one of them is given
    return SubStep(operation=operation, kind=subject.kind, name=subject.name, inputs=inputs_digest(old, new), why=why)


def difference(have: Estate, want: Estate) -> Diff:
    """For people: one part a machine or volume that differs, every field on a line of its own."""
    parts = (_part(key, have.by_key.get(key), want.by_key.get(key)) for key in sorted({*have.by_key, *want.by_key}))
    return Diff(parts=tuple(part for part in parts if part is not None))


def _part(key: Key, old: Resource | None, new: Resource | None) -> PartDiff | None:
    if old == new:
        return None
    kind, name = key
    lines = tuple(_lines(old, new))
    return PartDiff(part=f"{kind} {name}", lines=lines)


def _lines(old: Resource | None, new: Resource | None) -> Iterator[DiffLine]:
    """The old one goes as a whole where it is deleted or replaced: then its first line bears the effects."""
    fields = changed_fields(old, new) if old is not None and new is not None else {}
    if old is not None and (new is None or replaced(fields)):
        yield DiffLine(sign="-", text=_head(old, new, fields), effects=_lost(old))
        yield from (DiffLine(sign="-", text=text) for text in _texts(old).values())
        if new is not None:
            yield DiffLine(sign="+", text="create, anew")
            yield from (DiffLine(sign="+", text=text) for text in _texts(new).values())
        return
    if old is None:
        assert new is not None  # a part is made of one that differs
        yield DiffLine(sign="+", text="create")
        yield from (DiffLine(sign="+", text=text) for text in _texts(new).values())
        return
    assert new is not None
    before, after = _texts(old), _texts(new)
    for field, (_, why) in fields.items():
        yield DiffLine(sign="-", text=before[field])
        yield DiffLine(sign="+", text=f"{after[field]}   # in place: {why}")


def _head(old: Resource, new: Resource | None, fields: Mapping[str, tuple[Change, str]]) -> str:
    if new is None:
        return "delete"
    why = "; ".join(f"{field}: {reason}" for field, (change, reason) in fields.items() if change is Change.REPLACE)
    return f"replace, because of {why}"


def _lost(old: Resource) -> tuple[Effect, ...]:
    if isinstance(old, Machine):
        return (Effect.DATA_DELETED, Effect.MACHINE_REPLACED)
    return (Effect.DATA_DELETED,)


def _texts(resource: Resource) -> dict[str, str]:
    """Every field but the name, as a line of text."""
    if isinstance(resource, Machine):
        mounts = ", ".join(f"{mount.volume} on {mount.path}" for mount in resource.mounts) or "none"
        return {
            "cpus": f"cpus: {resource.cpus}",
            "memory_mib": f"memory_mib: {resource.memory_mib}",
            "addresses": f"addresses: {', '.join(resource.addresses)}",
            "gateway": f"gateway: {resource.gateway or 'none'}",
            "mounts": f"mounts: {mounts}",
            "power": f"power: {resource.power}",
            "image": f"image: {resource.image}",
            "birth": f"birth: {resource.birth}",
        }
    return {"size_mib": f"size_mib: {resource.size_mib}"}
