"""What the tests change on the district routers, as texts of the demonstration world."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class District:
    """A district router; `uplink` is the host part of its end of the link to its region router."""

    name: str
    region: str
    group: int
    uplink: int

    @property
    def router(self) -> str:
        return f"dr-{self.name}"

    @property
    def devices(self) -> str:
        return f"{self.region}/devices.yaml"

    def described(self, words: str) -> tuple[str, str, str]:
        """A harmless change: another description of the uplink."""
        tail = f'fe0{self.group}::{self.uplink:x}/127"], description: '
        return self.devices, f"{tail}to rr-{self.region}", f"{tail}{words}"

    def renumbered(self, host: int) -> tuple[tuple[str, str, str], tuple[str, str, str]]:
        """Both ends of the uplink's IPv4 addresses in the inventory; planned at one end, it cuts the router off."""
        near, far = f"10.254.{self.group}.{self.uplink}/31", f"10.254.{self.group}.{self.uplink - 1}/31"
        return (
            (self.devices, near, f"10.254.{self.group}.{host + 1}/31"),
            (self.devices, far, f"10.254.{self.group}.{host}/31"),
        )


RUNGWE = District("rungwe", "mbeya", 1, 5)
KYELA = District("kyela", "mbeya", 1, 7)
CHUNYA = District("chunya", "mbeya", 1, 9)
KARATU = District("karatu", "arusha", 2, 5)
MONDULI = District("monduli", "arusha", 2, 7)
NGORONGORO = District("ngorongoro", "arusha", 2, 9)
ALL = (RUNGWE, KYELA, CHUNYA, KARATU, MONDULI, NGORONGORO)
