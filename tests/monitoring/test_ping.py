from __future__ import annotations

import asyncio
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest

from monitoring.ping import PingForbidden, PingLimits, echo_socket, round_trips_ms

HERE = IPv4Address("127.0.0.1")
NOBODY = IPv4Address("192.0.2.255")


def test_loopback_answers_and_nobody_does_not() -> None:
    async def both() -> dict[IPv4Address | IPv6Address, float | None]:
        limits = PingLimits(timeout_s=0.1, tries=2)
        return await round_trips_ms(echo_socket(limits), [HERE, NOBODY, HERE], limits)

    found = asyncio.run(both())
    assert list(found) == [HERE, NOBODY]
    here = found[HERE]
    assert here is not None
    assert 0 < here < 1000
    assert found[NOBODY] is None


class Lossy:
    """Answers the echo of this number, counted from 1, and no other."""

    def __init__(self, answers: int) -> None:
        self._answers = answers
        self.sent: list[str] = []

    async def ping(self, addr: str, size: int | None = None) -> float | None:
        self.sent.append(addr)
        return 0.25 if len(self.sent) == self._answers else None


@pytest.mark.parametrize(("answers", "found", "sent"), [(1, 250.0, 1), (3, 250.0, 3), (4, None, 3)])
def test_an_echo_is_tried_so_often_and_no_more(answers: int, found: float | None, sent: int) -> None:
    socket = Lossy(answers)
    assert asyncio.run(round_trips_ms(socket, [HERE], PingLimits(tries=3))) == {HERE: found}
    assert len(socket.sent) == sent


def test_no_more_at_once_than_allowed() -> None:
    class Counting(Lossy):
        now = most = 0

        async def ping(self, addr: str, size: int | None = None) -> float | None:
            self.now += 1
            self.most = max(self.most, self.now)
            await asyncio.sleep(0)
            self.now -= 1
            return 0.001

    socket = Counting(1)
    addresses = [ip_address(f"10.0.0.{last}") for last in range(50)]
    found = asyncio.run(round_trips_ms(socket, addresses, PingLimits(at_once=7)))
    assert len(found) == 50
    assert socket.most == 7


def test_without_the_right_it_says_what_to_do() -> None:
    class Forbidden(Lossy):
        async def ping(self, addr: str, size: int | None = None) -> float | None:
            raise PermissionError(1, "Operation not permitted")

    with pytest.raises(PingForbidden, match="CAP_NET_RAW"):
        asyncio.run(round_trips_ms(Forbidden(1), [HERE], PingLimits()))
