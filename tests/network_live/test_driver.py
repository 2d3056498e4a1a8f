"""The NAPALM driver where the box is lost, refuses us or cannot be asked: always in NAPALM's own exceptions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from napalm.base.exceptions import ConnectAuthError, ConnectionClosedException, ConnectionException

from network.frr_driver import FRRDriver
from tests.network_live.server import Server, keygen

LOST = "kill -9 $PPID; sleep 5"


def driver_of(server: Server, key: Path) -> FRRDriver:
    known = server.pin(server.host_key)
    given: dict[str, str | int | bool] = {
        "port": server.port,
        "key_file": str(key),
        "alt_host_keys_file": str(known),
    }
    return FRRDriver("127.0.0.1", server.credentials.user, "", 10, given)


@pytest.fixture
def driver(server: Server) -> Iterator[FRRDriver]:
    """Open; the box runs nothing yet, and takes every candidate."""
    server.put("vtysh", "cat > /dev/null")
    opened = driver_of(server, server.folder / "login")
    opened.open()
    yield opened
    opened.close()


def test_a_box_that_refuses_us_and_a_key_that_is_not_there_are_told_apart(server: Server) -> None:
    keygen(server.folder / "stranger")
    with pytest.raises(ConnectAuthError, match="does not let"):
        driver_of(server, server.folder / "stranger").open()
    with pytest.raises(ConnectionException, match="cannot be read"):
        driver_of(server, server.folder / "no-such-key").open()


def test_a_box_that_is_lost_while_a_candidate_is_loaded(server: Server, driver: FRRDriver) -> None:
    server.put("vtysh", LOST)
    with pytest.raises(ConnectionClosedException):
        driver.load_replace_candidate(config="agentx\n")


def test_a_box_that_is_lost_while_a_candidate_is_merged(server: Server, driver: FRRDriver) -> None:
    server.put("vtysh", LOST)
    with pytest.raises(ConnectionClosedException):
        driver.load_merge_candidate(config="agentx\n")


def test_a_box_that_is_lost_before_a_commit_is_sent(server: Server, driver: FRRDriver) -> None:
    driver.load_replace_candidate(config="agentx\n")
    server.put("vtysh", LOST)
    with pytest.raises(ConnectionClosedException):
        driver.commit_config()


def test_a_closed_driver_says_so(driver: FRRDriver) -> None:
    driver.close()
    assert driver.is_alive() == {"is_alive": False}
    with pytest.raises(ConnectionClosedException, match="not open"):
        driver.get_config()
