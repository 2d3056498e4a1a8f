"""The guards on configurations as they are rendered: what a real change says, and what it does not."""

from __future__ import annotations

import re

import pytest

from change.guards.finding import refusals
from change.guards.secret import secret_in_clear
from change.guards.share import removed_share
from change.guards.surroundings import Surroundings
from change.model import Step
from inventory.model import Platform
from network.config import Config, Part
from network.day0 import day0
from network.diff import difference
from network.intent import intended
from network.payload import payload
from tests.change.test_waves import step
from tests.network.worlds import Store, world

INVENTORY, SECRETS = world("demo"), Store("demo")
BOXES = [box.name for box in INVENTORY.managed if box.platform is not Platform.DEBIAN]
AROUND = Surroundings()


def step_of(live: Config, wanted: Config) -> Step:
    texts = {"payload": payload(live, wanted).canonical(), "inverse": payload(wanted, live).canonical()}
    return step(live.device).model_copy(update={"diff": difference(live, wanted), **texts})


def in_clear(config: Config) -> Config:
    """As it would stand if nothing had been redacted: 16 letters and digits, as `govnet keys` makes them."""
    parts = (
        Part(name=p.name, text=re.sub(r"<[a-z0-9-]+#[0-9a-f]+>", "Zk3vQ81mWp0sT7xy", p.text)) for p in config.parts
    )
    return config.model_copy(update={"parts": tuple(parts)})


@pytest.mark.parametrize("at", BOXES)
def test_no_rendered_line_reads_as_a_secret_in_clear_and_a_bare_one_does(at: str) -> None:
    device = INVENTORY.device[at]
    first, full = day0(INVENTORY, device, SECRETS), intended(INVENTORY, device, SECRETS)
    empty = full.model_copy(update={"parts": tuple(Part(name=part.name, text="") for part in full.parts)})
    assert [*secret_in_clear(step_of(first, full), AROUND)] == []
    assert [*secret_in_clear(step_of(empty, full), AROUND)] == []
    if device.platform is Platform.FRR:
        bare = in_clear(full)
        assert refusals(secret_in_clear(step_of(empty, bare), AROUND)), "an OSPF key or a BGP password stands in it"


@pytest.mark.parametrize("at", BOXES)
def test_a_box_that_is_wiped_is_refused_and_its_first_plan_removes_nothing(at: str) -> None:
    device = INVENTORY.device[at]
    first, full = day0(INVENTORY, device, SECRETS), intended(INVENTORY, device, SECRETS)
    empty = full.model_copy(update={"parts": tuple(Part(name=part.name, text="") for part in full.parts)})
    assert [*removed_share(step_of(first, full), AROUND)] == []
    assert "100 per cent" in refusals(removed_share(step_of(full, empty), AROUND))[0]
