"""The upstream's router, which is not ours: what the lab gives it so that there is somebody to speak BGP with."""

from __future__ import annotations

from collections.abc import Iterator

from inventory.model import Device, Inventory
from inventory.secrets import Secrets
from network.render import frr


def text(inventory: Inventory, device: Device, secrets: Secrets) -> str:
    """Announces a default route to each of its neighbours, and takes only our aggregates from them."""
    blocks = [*frr.TOP, *frr.filters(inventory)]
    blocks += [frr.section(f"interface {port.name}", frr.addressed(port)) for port in device.interfaces]
    top = frr.bgp_start(inventory, device)
    inside: dict[int, list[str]] = {4: [], 6: []}
    for peer in device.bgp:
        top += frr.bgp_neighbour(peer, secrets)
        inside[peer.address.version] += _policy(f"neighbor {peer.address}")
    blocks.append(frr.bgp(_asn(inventory, device), top, inside))
    return "\n".join(blocks) + "\n"


def _policy(neighbour: str) -> Iterator[str]:
    yield f"{neighbour} activate"
    yield f"{neighbour} default-originate"
    yield f"{neighbour} prefix-list aggregates in"
    yield f"{neighbour} prefix-list default out"


def _asn(inventory: Inventory, device: Device) -> int:
    """The upstream's own number, as our routers know it by one of its addresses. Raises LookupError where none does."""
    own = {address.ip for interface in device.interfaces for address in interface.addresses}
    for other in inventory.devices:
        for peer in other.bgp:
            if peer.address in own and other.name != device.name:
                return peer.asn
    raise LookupError(f"{device.name}: no device has it as a BGP neighbour")
