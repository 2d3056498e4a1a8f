"""A clean stop: the first Ctrl-C or SIGTERM sets an event, the second interrupts and leaves what resume ends.

A terminal that is lost (SIGHUP) stops nothing that has begun: it sets an event of its own, any number of times.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NamedTuple


class Stops(NamedTuple):
    stop: threading.Event
    """A person wants it to end: the wave in hand goes back."""
    unattended: threading.Event
    """The terminal is gone: the wave in hand goes on to its end, and no other is begun."""


@contextmanager
def stop_on_signals() -> Iterator[Stops]:
    """The events to hand to apply or resume. Only the main thread may use it; the handlers before are put back.

    Under nohup, which ignores SIGHUP, it goes on being ignored.
    """
    stops = Stops(threading.Event(), threading.Event())

    def stop(number: int, frame: FrameType | None) -> None:
        if stops.stop.is_set():
            raise KeyboardInterrupt
        stops.stop.set()

    def hung_up(number: int, frame: FrameType | None) -> None:
        stops.unattended.set()

    handlers = {signal.SIGINT: stop, signal.SIGTERM: stop}
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        handlers[signal.SIGHUP] = hung_up
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield stops
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
