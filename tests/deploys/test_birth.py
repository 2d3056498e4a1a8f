"""A server that was never deployed: its first change installs packages, and goes back as if it had never been."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from change.model import Effect, LatchState
from change.target import TargetError
from inventory.model import DeployRole
from lab import twin
from tests.deploys import servers
from tests.deploys.servers import Servers
from tests.deploys.state import difference, state
from tests.deploys.steps import PLAN, applied, armed, planned, silent

pytestmark = pytest.mark.twin
NAME = "server-1"


@pytest.fixture(scope="module")
def newborn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    found = servers.up(servers.world((DeployRole.BASE, DeployRole.WEB)), tmp_path_factory.mktemp("birth"))
    try:
        with servers.inside(found.twin.jump_namespace):
            yield found
    finally:
        servers.down(found)


@pytest.fixture
def untouched(newborn: Servers) -> Iterator[Servers]:
    """The machine must be left as it was found, to the byte, and with all still to do."""
    before = state(newborn, NAME)
    yield newborn
    assert difference(before, state(newborn, NAME)) == []
    assert newborn.target(NAME).preview() is not None


def later(found: Servers, script: str) -> subprocess.Popen[bytes]:
    """Start a script on the machine and do not wait for it."""
    return subprocess.Popen(twin.command(found.twin, NAME, ["sh", "-c", script]))


def test_the_plan_says_what_cannot_be_undone(untouched: Servers) -> None:
    step = planned(untouched.target(NAME))
    assert Effect.CANNOT_BE_UNDONE in step.effects
    lines = [line.text for part in step.diff.parts for line in part.lines if Effect.CANNOT_BE_UNDONE in line.effects]
    assert [line.partition(":")[0] for line in lines] == ["Install sudo", "Install nginx"]


@pytest.mark.prove
def test_asked_to_revert_after_packages_were_installed(untouched: Servers) -> None:
    target = untouched.target(NAME)
    step = armed(target)
    target.try_(step, silent)
    assert "nginx" in untouched.sh(NAME, "dpkg-query --show")
    target.revert(step, silent)
    assert target.inspect(step).state is LatchState.REVERTED


def seen(what: str) -> str:
    """A script that ends well when this is so: it looks often enough to meet it, seldom enough to leave the processor
    to what it looks for, and a minute at most."""
    return f"for _ in $(seq 3000); do {what} && exit; sleep 0.02; done; exit 1"


MOMENTS = {
    # the first is over within milliseconds, and comes at once: it is looked for without a pause
    "as the pre-image is written": "timeout 60 sh -c 'until test -e /var/lib/govnet-latch/host/before.new; do :; done'",
    "as it begins": seen("test -e /var/lib/govnet-latch/host/tried"),
    "as dpkg unpacks": seen("pgrep -x dpkg >/dev/null"),
    "as accounts are made": seen("grep -q juma /etc/passwd"),
    "as nginx is configured": seen("test -e /var/lib/dpkg/info/nginx.postinst"),
}


@pytest.mark.prove
@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
def test_killed_it_is_put_back_when_asked(untouched: Servers, moment: str) -> None:
    target = untouched.target(NAME)
    step = armed(target)
    script = f"({moment}) && systemctl kill --signal=KILL 'govnet-latch-try-*.service'"
    with later(untouched, script), pytest.raises(TargetError):
        target.try_(step, silent)
    target.revert(step, silent)
    assert target.inspect(step).state is LatchState.REVERTED


@pytest.mark.parametrize("moment", ["as dpkg unpacks", pytest.param("as accounts are made", marks=pytest.mark.prove)])
def test_the_power_fails_in_the_middle(untouched: Servers, moment: str) -> None:
    target = untouched.target(NAME)
    step = armed(target)
    with ThreadPoolExecutor(1) as pool:
        trying = pool.submit(target.try_, step, silent)
        untouched.sh(NAME, MOMENTS[moment])
        untouched.power_cut(NAME)
        with pytest.raises(TargetError):
            trying.result()
    assert target.inspect(step).state is LatchState.REVERTED


@pytest.mark.prove
def test_nobody_asks_and_the_deadline_ends_it(untouched: Servers) -> None:
    target = untouched.target(NAME)
    step = planned(target)
    target.arm(step, PLAN, 90)  # outlives the packages on a busy host too
    target.try_(step, silent)
    untouched.until(NAME, "! test -e /var/lib/govnet-latch/step.json", 240)
    assert target.inspect(step).state is LatchState.REVERTED


@pytest.mark.prove
def test_in_the_end_it_is_applied(newborn: Servers) -> None:
    applied(newborn.target(NAME))
    assert newborn.target(NAME).preview() is None
