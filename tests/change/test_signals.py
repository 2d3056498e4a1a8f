"""What the terminal and the system send to whoever applies, and what becomes of it."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from change.stop import stop_on_signals

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Those before the test, and a terminal that is listened to."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_the_first_asks_for_an_end_and_the_second_ends_it(first: signal.Signals, second: signal.Signals) -> None:
    with stop_on_signals() as stops:
        assert not stops.stop.is_set()
        signal.raise_signal(first)
        assert (stops.stop.is_set(), stops.unattended.is_set()) == (True, False)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(second)


def test_a_terminal_that_is_lost_again_and_again_stops_nothing() -> None:
    with stop_on_signals() as stops:
        for _ in range(3):
            signal.raise_signal(signal.SIGHUP)
        assert (stops.stop.is_set(), stops.unattended.is_set()) == (False, True)


def test_under_nohup_a_lost_terminal_is_none() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with stop_on_signals() as stops:
        signal.raise_signal(signal.SIGHUP)
        assert not stops.unattended.is_set()
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def test_the_handlers_before_are_back_however_it_ended() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    with pytest.raises(KeyboardInterrupt), stop_on_signals():
        assert all(signal.getsignal(number) != handler for number, handler in zip(SIGNALS, before, strict=True))
        raise KeyboardInterrupt
    assert [signal.getsignal(number) for number in SIGNALS] == before
