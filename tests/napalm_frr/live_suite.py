"""NAPALM's own driver suite against a live router, and what it does not ask: the box's own undo.

Not collected by name: tests/twin/test_napalm.py runs it on the jump host with NAPALM_TEST_MOCK=0 and the rest of
NAPALM's environment (NAPALM_HOSTNAME, NAPALM_USERNAME, NAPALM_OPTIONAL_ARGS). Nothing is mocked.
"""

from __future__ import annotations

import tempfile
import time
import unittest
from collections.abc import Iterator
from pathlib import Path

import pytest
from napalm import get_network_driver
from napalm.base.exceptions import CommitConfirmException, ConnectionException, MergeConfigException
from napalm.base.test import base
from napalm.base.test import conftest as environment
from napalm.base.test.getters import BaseTestGetters

from network.frr_driver import FRRDriver

assert not environment.NAPALM_TEST_MOCK, "this suite is for a live router"

ROUTE = "ip prefix-list default seq 20 permit 1.0.4.0/24\n"
"""NAPALM's suite asks for the way to 1.0.4.0/24 by BGP: let it in for the while."""
ASK_AGAIN = "clear bgp ipv4 unicast * soft in"
"""FRR does not judge routes again that it has heard already when a prefix list changes (RFC 2918 asks for them)."""
GOOD = "interface lo\n description of napalm\n"
ADDED = "interface lo\n+ description of napalm"
TAKEN_AWAY = "interface lo\n- description of napalm"
TYPO = "interface lo\n descriptoin of napalm\n"


def device() -> FRRDriver:
    driver: FRRDriver = get_network_driver("frr")(
        environment.NAPALM_HOSTNAME, environment.NAPALM_USERNAME, "", 60, environment.NAPALM_OPTIONAL_ARGS
    )
    driver.open()
    return driver


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    environment.pytest_generate_tests(metafunc, __file__)


@pytest.fixture(scope="class")
def live(request: pytest.FixtureRequest) -> Iterator[None]:
    request.cls.driver = get_network_driver("frr")
    request.cls.device = device()
    request.cls.device.load_merge_candidate(config=ROUTE)
    request.cls.device.commit_config("NAPALM's suite")
    try:
        request.cls.device.cli([ASK_AGAIN])
        ends = time.monotonic() + 20
        while not request.cls.device.get_route_to("1.0.4.0/24", "bgp"):
            assert time.monotonic() < ends, "the route of the upstream did not come"
            time.sleep(0.5)
        yield
    finally:
        request.cls.device.rollback()
        request.cls.device.close()


@pytest.mark.usefixtures("live")
class TestGetters(BaseTestGetters):  # type: ignore[misc]  # NAPALM ships no types
    """Every getter."""


class TestConfiguration(unittest.TestCase, base.TestConfigNetworkDriver):  # type: ignore[misc]  # NAPALM ships no types
    """Replace, merge, discard, roll back, and configurations that do not parse."""

    @classmethod
    def setup_class(cls) -> None:
        """NAPALM's calls setUpClass, which unittest does itself."""

    @classmethod
    def teardown_class(cls) -> None:
        """As setup_class."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = tempfile.TemporaryDirectory()
        cls.vendor = cls.folder.name
        cls.device = device()
        running = cls.device.get_config("running")["running"]
        files = {
            "initial.conf": running,
            "new_good.conf": running + GOOD,
            "new_good.diff": ADDED,
            "new_typo.conf": running + TYPO,
            "merge_good.conf": GOOD,
            "merge_good.diff": TAKEN_AWAY,
            "merge_typo.conf": TYPO,
        }
        for name, text in files.items():
            (Path(cls.vendor) / name).write_text(text)

    @classmethod
    def tearDownClass(cls) -> None:
        base.TestConfigNetworkDriver.tearDownClass.__func__(cls)
        cls.folder.cleanup()


class TestUndo:
    def test_a_commit_that_nobody_confirms_is_undone_by_the_box_itself(self) -> None:
        driver = device()
        before = driver.get_config("running")["running"]
        driver.load_merge_candidate(config=GOOD)
        driver.commit_config(revert_in=3)
        assert driver.has_pending_commit()
        assert "of napalm" in driver.get_config("running")["running"]
        driver.close()
        driver.open()
        ends = time.monotonic() + 30
        while driver.has_pending_commit():
            assert time.monotonic() < ends
            time.sleep(0.3)
        assert driver.get_config("running")["running"] == before
        with pytest.raises(CommitConfirmException):
            driver.confirm_commit()
        driver.close()

    def test_a_confirmed_commit_stays_and_is_the_start_up_configuration(self) -> None:
        driver = device()
        before = driver.get_config("running")["running"]
        driver.load_merge_candidate(config=GOOD)
        driver.commit_config(revert_in=30)
        assert "of napalm" not in driver.get_config("startup")["startup"]
        with pytest.raises(CommitConfirmException, match="pending"):
            driver.commit_config()
        driver.confirm_commit()
        assert not driver.has_pending_commit()
        assert "of napalm" in driver.get_config("startup")["startup"]
        driver.rollback()
        assert driver.get_config("running")["running"] == before
        driver.close()

    def test_a_candidate_that_frr_parses_and_refuses_leaves_the_box_as_it_was(self) -> None:
        driver = device()
        before = driver.get_config("running")["running"]
        driver.load_merge_candidate(config=GOOD + "router bgp 65099\n bgp router-id 192.0.2.99\n")
        with pytest.raises(MergeConfigException):
            driver.commit_config()
        assert not driver.has_pending_commit()
        assert driver.get_config("running")["running"] == before
        driver.close()

    def test_a_secret_does_not_come_out_sanitized(self) -> None:
        driver = device()
        clear, clean = (driver.get_config("running", sanitized=each)["running"] for each in (False, True))
        secrets = {line.split()[-1] for line in clear.splitlines() if " message-digest-key " in line}
        assert secrets and not any(secret in clean for secret in secrets)
        driver.close()

    def test_host_keys_are_not_optional(self, tmp_path: Path) -> None:
        (tmp_path / "none").write_text("")
        given = {**environment.NAPALM_OPTIONAL_ARGS, "alt_host_keys_file": str(tmp_path / "none")}
        stranger = FRRDriver(environment.NAPALM_HOSTNAME, environment.NAPALM_USERNAME, "", 60, given)
        with pytest.raises(ConnectionException, match="nothing was sent"):
            stranger.open()
        with pytest.raises(ConnectionException, match="always checks"):
            FRRDriver(environment.NAPALM_HOSTNAME, environment.NAPALM_USERNAME, "", 60, {"ssh_strict": False})
