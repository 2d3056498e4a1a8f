"""LLDP neighbours, from `lldpcli -f json0 show neighbors details`: in json0 everything is a list (lldpcli(8))."""

from __future__ import annotations

from napalm.base import models

from network.frr_getters.shapes import Loose


class _Value(Loose):
    value: str = ""
    type: str = ""


class _Capability(Loose):
    type: str
    enabled: bool


class _Chassis(Loose):
    id: tuple[_Value, ...] = ()
    name: tuple[_Value, ...] = ()
    descr: tuple[_Value, ...] = ()
    capability: tuple[_Capability, ...] = ()


class _Port(Loose):
    id: tuple[_Value, ...] = ()
    descr: tuple[_Value, ...] = ()


class _Interface(Loose):
    name: str
    chassis: tuple[_Chassis, ...] = ()
    port: tuple[_Port, ...] = ()


class _Group(Loose):
    interface: tuple[_Interface, ...] = ()


class Seen(Loose):
    lldp: tuple[_Group, ...] = ()


def neighbours(seen: Seen) -> dict[str, list[models.LLDPNeighborDict]]:
    found: dict[str, list[models.LLDPNeighborDict]] = {}
    for interface in _interfaces(seen):
        entry = {"hostname": _first(_chassis(interface).name), "port": _port_name(interface)}
        found.setdefault(interface.name, []).append(entry)
    return found


def details(seen: Seen, wanted: str) -> dict[str, list[models.LLDPNeighborDetailDict]]:
    """Of one interface, or of all where `wanted` is empty."""
    found: dict[str, list[models.LLDPNeighborDetailDict]] = {}
    for interface in _interfaces(seen):
        if wanted in ("", interface.name):
            found.setdefault(interface.name, []).append(_detail(interface))
    return found


def _detail(interface: _Interface) -> models.LLDPNeighborDetailDict:
    chassis = _chassis(interface)
    return {
        "parent_interface": "",
        "remote_port": _port_name(interface),
        "remote_chassis_id": _first(chassis.id),
        "remote_port_description": _first(_port(interface).descr),
        "remote_system_name": _first(chassis.name),
        "remote_system_description": _first(chassis.descr),
        "remote_system_capab": [capability.type.lower() for capability in chassis.capability],
        "remote_system_enable_capab": [item.type.lower() for item in chassis.capability if item.enabled],
    }


def _port_name(interface: _Interface) -> str:
    """Its name where it gives one; lldpd sends its MAC as the id, and the name as the description."""
    port = _port(interface)
    name = next((item.value for item in port.id if item.type in ("ifname", "local")), "")
    return name or _first(port.descr) or _first(port.id)


def _interfaces(seen: Seen) -> tuple[_Interface, ...]:
    return tuple(interface for group in seen.lldp for interface in group.interface)


def _chassis(interface: _Interface) -> _Chassis:
    return interface.chassis[0] if interface.chassis else _Chassis()


def _port(interface: _Interface) -> _Port:
    return interface.port[0] if interface.port else _Port()


def _first(values: tuple[_Value, ...]) -> str:
    return values[0].value if values else ""
