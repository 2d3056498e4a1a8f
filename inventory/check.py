"""The rules that a whole world must keep, as one table; each noun's rules stand in inventory/checks/."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from inventory.checks import addresses, devices, links, names, paths, routing, servers, sites, tenants, windows, world
from inventory.draft import Draft, Finding

RULES: tuple[Callable[[Draft], Iterator[Finding]], ...] = (
    names.duplicate_names,
    names.duplicate_interfaces,
    names.unknown_sites,
    names.unknown_institutions,
    names.secrets,
    world.world,
    world.timers,
    world.rollout,
    world.jump_host,
    windows.some,
    windows.weekly,
    windows.dated,
    windows.zones,
    windows.scopes,
    sites.regions,
    sites.areas,
    sites.coordinates,
    devices.roles,
    devices.management,
    devices.interfaces,
    devices.gateways,
    addresses.prefixes,
    addresses.aggregates,
    addresses.addresses,
    addresses.shared_subnets,
    links.ends,
    links.kinds,
    links.subnets,
    links.access_subnets,
    links.ospf,
    links.narrow,
    links.areas,
    links.unlinked,
    routing.bgp,
    routing.routes,
    tenants.vlans,
    tenants.interface_vlans,
    tenants.institutions,
    tenants.institution_sites,
    tenants.probes,
    tenants.services,
    servers.roles,
    servers.machines,
    servers.volumes,
    servers.accounts,
    servers.hosting,
    servers.web_sites,
    paths.regions,
    paths.devices,
)


def check(draft: Draft) -> list[Finding]:
    """Every finding, rule by rule."""
    return [finding for rule in RULES for finding in rule(draft)]
