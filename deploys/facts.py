"""Facts of pyinfra that only we need."""

from __future__ import annotations

from pydantic import ValidationError
from pyinfra.api.facts import FactBase

from deploys.manifest import EMPTY, PATH, Manifest

TRIED = "/var/lib/govnet-latch/host/tried"
CANDIDATE = "/var/lib/govnet/.manifest.json.govnet"


class OurManifest(FactBase[Manifest]):
    """What on the server is ours; while a change is tried, what would be."""

    default = staticmethod(lambda: EMPTY)

    def command(self) -> str:
        return f"if test -e {TRIED}; then cat {CANDIDATE}; elif test -e {PATH}; then cat {PATH}; fi"

    def process(self, output: list[str]) -> Manifest:
        try:
            return Manifest.model_validate_json("".join(output))
        except ValidationError:
            raise ValueError(f"{PATH} is not a manifest of ours: a person must look") from None
