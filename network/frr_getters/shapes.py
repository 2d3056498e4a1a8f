"""How the box's own JSON is read: keys that are not asked for are its affair."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Loose(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


NOT_KNOWN = -1
"""NAPALM's value for a counter that the box does not keep."""
