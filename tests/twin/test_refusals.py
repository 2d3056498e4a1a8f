"""Refused with status 3 and nothing sent, shown by the device's own log: byte flips, stale bases, strange host keys."""

from __future__ import annotations

import pytest

from tests.twin.conftest import Twin
from tests.twin.districts import MONDULI

pytestmark = pytest.mark.twin

ROUTER = MONDULI.router


def logins(twin: Twin) -> int:
    """Accepted log-ins of the device's own sshd, ever."""
    return int(twin.on(ROUTER, "sh", "-c", "journalctl -o cat -t sshd | grep -c ^Accepted || true"))


def test_one_flipped_byte_anywhere_in_a_plan_is_refused_and_nothing_is_sent(world: Twin) -> None:
    world.edit(*MONDULI.described("mabadiliko"))
    path = world.plan(ROUTER)
    sealed, before, heard = path.read_bytes(), logins(world), world.heard(ROUTER)
    for place in (0, 20, len(sealed) // 3, len(sealed) // 2, len(sealed) - 2):
        path.write_bytes(sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :])
        world.expect(3, "apply", str(path))
    assert logins(world) == before
    assert world.heard(ROUTER) == heard


def test_bad_approvals_are_refused_and_nothing_is_sent(world: Twin) -> None:
    world.edit(*MONDULI.described("mabadiliko"))
    path = world.plan(ROUTER)
    kept, before, heard = path.with_name(f"{path.name}.approvals"), logins(world), world.heard(ROUTER)
    good = {file: file.read_bytes() for file in kept.iterdir()}
    for file, content in good.items():
        if file.name.startswith("asha"):
            file.write_bytes(content[: len(content) // 2] + b"x" + content[len(content) // 2 + 1 :])
            assert "its author asha has not signed it" in world.expect(3, "apply", str(path))
            file.write_bytes(content)
    for file in good:
        if not file.name.startswith("asha"):
            file.unlink()
    assert "more: reviewer" in world.expect(3, "apply", str(path))
    assert logins(world) == before
    assert world.heard(ROUTER) == heard


def test_a_stale_base_is_refused_and_the_latch_never_hears_of_it(world: Twin) -> None:
    world.edit(*MONDULI.described("mabadiliko"))
    path = world.plan(ROUTER)
    world.on(ROUTER, "vtysh", "-c", "configure terminal", "-c", "ip prefix-list BY-HAND seq 5 permit any")
    heard = world.heard(ROUTER)
    assert ROUTER in world.expect(3, "apply", str(path))
    assert world.heard(ROUTER) == heard
    world.on(ROUTER, "vtysh", "-c", "configure terminal", "-c", "no ip prefix-list BY-HAND")


def test_a_changed_intent_is_refused(world: Twin) -> None:
    world.edit(*MONDULI.described("mabadiliko"))
    path = world.plan(ROUTER)
    world.edit(MONDULI.devices, "description: mabadiliko", "description: mengine")
    heard = world.heard(ROUTER)
    world.expect(3, "apply", str(path))
    assert world.heard(ROUTER) == heard


@pytest.mark.parametrize("known", ["changed", "unknown"])
def test_a_strange_host_key_is_refused_before_a_credential_is_sent(world: Twin, known: str) -> None:
    world.edit(*MONDULI.described("mabadiliko"))
    path = world.plan(ROUTER)
    before = logins(world)
    rows = (world.world / "known_hosts").read_text().splitlines()
    mine = next(row for row in rows if row.startswith("10.255.2.22 "))
    other = next(row for row in rows if row.startswith("10.255.2.21 "))
    rows.remove(mine)
    if known == "changed":
        rows.append(" ".join([mine.split()[0], *other.split()[1:]]))
    (world.world / "known_hosts").write_text("\n".join(sorted(rows)) + "\n")
    world.expect(3, "apply", str(path))
    assert logins(world) == before
    world.expect(3, "plan", ROUTER)
    assert logins(world) == before
