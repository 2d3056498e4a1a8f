"""The package `govnet` as Pulumi knows it: its two resource types, with the fields of stacks.resources."""

from __future__ import annotations

from change.canonical import Document
from stacks.resources import Kind

PACKAGE = "govnet"
VERSION = "0.1.0"
TYPE_OF = {Kind.MACHINE: f"{PACKAGE}:index:Machine", Kind.VOLUME: f"{PACKAGE}:index:Volume"}

TEXT: dict[str, Document] = {"type": "string"}
WHOLE: dict[str, Document] = {"type": "integer"}
TEXTS: dict[str, Document] = {"type": "array", "items": {"type": "string"}}
MOUNTS: dict[str, Document] = {"type": "array", "items": {"$ref": f"#/types/{PACKAGE}:index:Mount"}}
MACHINE: dict[str, dict[str, Document]] = {
    "name": TEXT,
    "cpus": WHOLE,
    "memory_mib": WHOLE,
    "addresses": TEXTS,
    "gateway": TEXT,
    "mounts": MOUNTS,
    "power": TEXT,
    "image": TEXT,
    "birth": TEXT,
}
VOLUME: dict[str, dict[str, Document]] = {"name": TEXT, "size_mib": WHOLE}
MOUNT: dict[str, dict[str, Document]] = {"volume": TEXT, "path": TEXT}


def kind_of(type_token: str) -> Kind:
    """Raises KeyError for a type that is not ours."""
    return {token: kind for kind, token in TYPE_OF.items()}[type_token]


def _resource(fields: dict[str, dict[str, Document]]) -> Document:
    document: Document = dict(fields)
    names: list[Document] = [*fields]
    return {"inputProperties": document, "properties": document, "requiredInputs": names, "required": names}


def schema() -> Document:
    """Pulumi's package schema (pulumi package get-schema)."""
    mount: Document = dict(MOUNT)
    return {
        "name": PACKAGE,
        "version": VERSION,
        "types": {f"{PACKAGE}:index:Mount": {"type": "object", "properties": mount, "required": ["volume", "path"]}},
        "resources": {TYPE_OF[Kind.MACHINE]: _resource(MACHINE), TYPE_OF[Kind.VOLUME]: _resource(VOLUME)},
    }
