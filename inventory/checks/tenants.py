"""VLANs, institutions and services: who is plugged in where, and reached by what."""

from __future__ import annotations

from collections.abc import Iterator

from inventory.checks.names import unknown
from inventory.checks.world import is_domain
from inventory.draft import Draft, Finding, Spot
from inventory.model import Institution, InterfaceMode, LinkEnd
from inventory.problem import suggestion


def vlans(draft: Draft) -> Iterator[Finding]:
    """One id and one name at a site."""
    ids: set[tuple[str, int]] = set()
    names: set[tuple[str, str]] = set()
    for index, vlan in enumerate(draft.vlans):
        if (vlan.site, vlan.id) in ids:
            what = f"VLAN {vlan.id} stands twice at {vlan.site}"
            yield Finding("duplicate-vlan", Spot("vlans", index, ("id",)), what, "give one of them another id")
        elif (vlan.site, vlan.name) in names:
            what = f"two VLANs at {vlan.site} are named `{vlan.name}`"
            yield Finding("duplicate-vlan-name", Spot("vlans", index, ("name",)), what, "rename one")
        ids.add((vlan.site, vlan.id))
        names.add((vlan.site, vlan.name))


def interface_vlans(draft: Draft) -> Iterator[Finding]:
    """An interface is in a VLAN that its site has."""
    if not draft.whole("vlans"):
        return
    for index, device in enumerate(draft.devices):
        for place, interface in enumerate(device.interfaces):
            if interface.vlan is not None and (device.site, interface.vlan) not in draft.vlan:
                spot = Spot("devices", index, ("interfaces", place, "vlan"))
                what = (
                    f"{interface.name} of {device.name} is in VLAN {interface.vlan}, which {device.site} does not have"
                )
                yield Finding("vlan-not-at-site", spot, what, _vlans_of(draft, device.site))


def institutions(draft: Draft) -> Iterator[Finding]:
    """An institution's site, VLAN, port and prefix belong together, and to nobody else."""
    ports: dict[tuple[str, str], str] = {}
    gateways = _gateways(draft)
    prefixed = {prefix.institution for prefix in draft.prefixes}
    for index, institution in enumerate(draft.institutions):
        spot = Spot("institutions", index)
        if institution.site not in draft.site:
            continue  # told by names.unknown_sites
        yield from _vlan(draft, institution, spot)
        if institution.port is not None:
            yield from _port(draft, institution, institution.port, spot)
            key = (institution.port.device, institution.port.interface)
            first = ports.setdefault(key, institution.name)
            if first != institution.name:
                what = f"{institution.name} and {first} are both plugged in to {institution.port}"
                yield Finding("port-of-two", spot.under("port"), what, "give each a port of its own")
        if institution.vlan is not None:
            yield from _served(draft, institution, spot, gateways, prefixed)


def _vlan(draft: Draft, institution: Institution, spot: Spot) -> Iterator[Finding]:
    if institution.vlan is None:
        if institution.port is not None:
            what = f"{institution.name} has a port and no VLAN"
            yield Finding("port-without-vlan", spot, what, "add `vlan: ...`")
        return
    if institution.port is None:
        what = f"{institution.name} has a VLAN and no port"
        yield Finding("vlan-without-port", spot, what, "add `port: {device: ..., interface: ...}`")
    vlan = draft.vlan.get((institution.site, institution.vlan))
    where = spot.under("vlan")
    if vlan is None:
        if draft.whole("vlans"):
            what = f"{institution.site} has no VLAN {institution.vlan}, which {institution.name} is in"
            yield Finding("institution-vlan-unknown", where, what, _vlans_of(draft, institution.site))
    elif vlan.institution != institution.name:
        whose = vlan.institution or "management"
        what = f"VLAN {vlan.id} at {vlan.site}, which {institution.name} is in, belongs to {whose}"
        yield Finding("institution-vlan-of-other", where, what, f"give {institution.name} a VLAN of its own")


def _port(draft: Draft, institution: Institution, port: LinkEnd, spot: Spot) -> Iterator[Finding]:
    device = draft.device.get(port.device)
    interface = draft.interface.get((port.device, port.interface))
    if device is None:
        yield from unknown(draft, "devices", port.device, spot.under("port", "device"), "port-of-missing-device")
        return
    if interface is None:
        fix = suggestion(port.interface, [each.name for each in device.interfaces])
        what = f"{port.device} has no interface `{port.interface}`"
        yield Finding("port-missing", spot.under("port", "interface"), what, fix)
        return
    where = spot.under("port")
    if device.site != institution.site:
        what = f"{institution.name} is at {institution.site}, and its port {port} at {device.site}"
        yield Finding("port-at-other-site", where, what, f"name a port of a switch at {institution.site}")
    elif interface.mode is not InterfaceMode.ACCESS:
        what = f"the port {port} of {institution.name} is of mode {interface.mode}"
        yield Finding("port-not-access", where, what, "name a port of mode access")
    elif institution.vlan is not None and interface.vlan is not None and interface.vlan != institution.vlan:
        what = f"the port {port} of {institution.name} is in VLAN {interface.vlan}"
        yield Finding("port-in-other-vlan", where, what, f"put it in VLAN {institution.vlan}")
    if (port.device, port.interface) in draft.link_ends:
        link = draft.links[draft.link_ends[port.device, port.interface]].name
        what = f"the port {port} of {institution.name} ends the link {link}"
        yield Finding("port-in-link", where, what, "name a free port")


def _served(
    draft: Draft,
    institution: Institution,
    spot: Spot,
    gateways: set[tuple[str, int]],
    prefixed: set[str | None],
) -> Iterator[Finding]:
    if institution.vlan is None:
        return
    if institution.name not in prefixed and draft.whole("prefixes"):
        what = f"{institution.name} has a VLAN and no prefix"
        fix = f"run `govnet allocate`, or declare one with `use: institution, institution: {institution.name}`"
        yield Finding("institution-without-prefix", spot, what, fix)
    if (institution.site, institution.vlan) not in gateways and draft.whole("devices"):
        what = f"no router at {institution.site} has an interface in VLAN {institution.vlan} of {institution.name}"
        fix = f"add one of mode vlan, vlan {institution.vlan}"
        yield Finding("institution-without-gateway", spot.under("vlan"), what, fix)


def probes(draft: Draft) -> Iterator[Finding]:
    """What we ping for an institution is its own equipment."""
    if not draft.whole("prefixes"):
        return
    for index, institution in enumerate(draft.institutions):
        if institution.probe is None:
            continue
        block = draft.blocks.smallest(institution.probe)
        if block is None or block.institution != institution.name:
            what = f"the probe {institution.probe} of {institution.name} lies in none of its prefixes"
            own = [str(prefix.prefix) for prefix in draft.prefixes if prefix.institution == institution.name]
            fix = f"write an address of {own[0]}" if own else "declare its prefix, or remove the probe"
            yield Finding("probe-outside", Spot("institutions", index, ("probe",)), what, fix)


def services(draft: Draft) -> Iterator[Finding]:
    """A host name is a host name, and is one service's."""
    seen: dict[str, str] = {}
    for index, service in enumerate(draft.services):
        if service.host_name is None:
            continue
        spot = Spot("services", index, ("host_name",))
        first = seen.setdefault(service.host_name, service.name)
        if not is_domain(service.host_name):
            what = f"`{service.host_name}` is not a host name"
            yield Finding("bad-host-name", spot, what, "write one such as mail.example.govnet.example")
        elif first != service.name:
            what = f"the services {first} and {service.name} have one host name {service.host_name}"
            yield Finding("duplicate-host-name", spot, what, "give each its own")


def institution_sites(draft: Draft) -> Iterator[Finding]:
    """An institution's VLAN stands at a site of its own: a VLAN given to a tenant of elsewhere is a slip."""
    for index, vlan in enumerate(draft.vlans):
        tenant = draft.institution.get(vlan.institution or "")
        if tenant is not None and tenant.vlan is not None and (tenant.site, tenant.vlan) != (vlan.site, vlan.id):
            what = f"VLAN {vlan.id} at {vlan.site} is {tenant.name}'s, which is in VLAN {tenant.vlan} at {tenant.site}"
            yield Finding("vlan-of-elsewhere", Spot("vlans", index, ("institution",)), what, "let one of them go")


def _gateways(draft: Draft) -> set[tuple[str, int]]:
    return {
        (device.site, interface.vlan)
        for device in draft.devices
        for interface in device.interfaces
        if interface.mode is InterfaceMode.VLAN and interface.vlan is not None
    }


def _vlans_of(draft: Draft, site: str) -> str:
    known = sorted({vlan.id for vlan in draft.vlans if vlan.site == site})
    shown = ", ".join(map(str, known))
    return f"{site} has {shown}: write one of them, or declare it" if known else f"declare a VLAN at {site}"
