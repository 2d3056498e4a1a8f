"""The JSON Schema of a world's files, from the models, so that an editor completes and underlines as one types."""

from __future__ import annotations

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaValue

from inventory.load import SECTIONS

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> JsonSchemaValue:
    """One file: any of the sections, each a list of its records (JSON Schema 2020-12)."""
    definitions: JsonSchemaValue = {}
    sections: JsonSchemaValue = {}
    for name, model in SECTIONS.items():
        of_model = TypeAdapter(model).json_schema(ref_template="#/$defs/{model}")
        definitions.update(of_model.pop("$defs", {}))
        definitions[model.__name__] = of_model
        sections[name] = {"type": "array", "items": {"$ref": f"#/$defs/{model.__name__}"}}
    return {
        "$schema": DIALECT,
        "title": "A file of a govnet world",
        "type": "object",
        "additionalProperties": False,
        "properties": sections,
        "$defs": dict(sorted(definitions.items())),
    }
