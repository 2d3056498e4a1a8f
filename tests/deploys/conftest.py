"""Two servers for the whole run: each test hands them back as it found them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from inventory.model import DeployRole
from tests.deploys import servers
from tests.deploys.servers import Servers


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """`server-1` with base and web, `server-2` with base; this thread is in their jump host's network."""
    world = servers.world((DeployRole.BASE, DeployRole.WEB), (DeployRole.BASE,))
    found = servers.up(world, tmp_path_factory.mktemp("deploys"))
    try:
        with servers.inside(found.twin.jump_namespace):
            yield found
    finally:
        servers.down(found)
