"""The engine's own record of what stands: read where the file backend keeps it, and mended after a run that was killed.

Only a deployment's resources and pending operations are looked at; the rest is the engine's. (Format: version 3 of
github.com/pulumi/pulumi sdk/go/common/apitype.)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict

from pydantic import ValidationError

from stacks.command import EngineFailed
from stacks.resources import TYPES, Key, Resource
from stacks.schema import TYPE_OF, kind_of


class Registered(TypedDict, total=False):
    """One resource."""

    type: str
    urn: str
    outputs: dict[str, object]
    dependencies: list[str]
    pendingReplacement: bool
    """Deleted, and to be created anew."""
    delete: bool
    """Replaced, and to be deleted."""


class Checkpoint(TypedDict, total=False):
    """A deployment."""

    resources: list[Registered]
    pending_operations: list[object]


def read(file: Path) -> Checkpoint:
    """The latest deployment of a stack; empty where there was none. Raises EngineFailed."""
    try:
        latest: Checkpoint | None = json.loads(file.read_text())["checkpoint"]["latest"]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise EngineFailed(f"{file} does not read as the engine's record ({type(problem).__name__})") from None
    return latest or {}


def known(deployment: Checkpoint) -> dict[Key, Resource]:
    """What stands, as the engine knows it. Raises EngineFailed where a resource of ours does not read as one."""
    found: dict[Key, Resource] = {}
    for resource in deployment.get("resources", ()):
        if resource["type"] in TYPE_OF.values():
            kind = kind_of(resource["type"])
            try:
                one = TYPES[kind].model_validate(resource["outputs"])
            except (ValidationError, KeyError):
                raise EngineFailed(f"the engine's record of {resource['urn']} does not read as a {kind}") from None
            found[kind, one.name] = one
    return found


def _unsure(resource: Registered) -> bool:
    return bool(resource.get("pendingReplacement") or resource.get("delete"))


def under_way(deployment: Checkpoint) -> bool:
    """A run ended in the middle of something."""
    return bool(deployment.get("pending_operations")) or any(map(_unsure, deployment.get("resources", ())))


def mended(deployment: Mapping[str, object]) -> dict[str, object]:
    """A whole deployment without what was under way: what of that stands is taken in again, by looking."""
    whole: Checkpoint = {"resources": deployment.get("resources", [])}  # type: ignore[typeddict-item]  # ours to read
    dropped = {resource["urn"] for resource in whole["resources"] if _unsure(resource)}
    kept = [_without(resource, dropped) for resource in whole["resources"] if not _unsure(resource)]
    rest = {name: value for name, value in deployment.items() if name not in ("resources", "pending_operations")}
    return {**rest, "resources": kept}


def _without(resource: Registered, dropped: set[str]) -> Registered:
    if "dependencies" not in resource:
        return resource
    return {**resource, "dependencies": [urn for urn in resource["dependencies"] if urn not in dropped]}
