"""Network namespaces and the wires between them: made inside the namespaces, never in the host's own network.

Commands go to ip(8) in batches: a country has hundreds of links.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator

from lab.names import Lab
from lab.problem import LabProblem
from lab.wiring import Node, NodeKind, Plan, Wire


class NetworkProblem(LabProblem):
    """The kernel refused a namespace, link or address; the text is what ip(8) said."""


def batch(lines: Iterable[str], namespace: str | None = None) -> None:
    """Run ip(8) commands, in one namespace or in the host's. Raises NetworkProblem at the first that fails."""
    text = "".join(f"{line}\n" for line in lines)
    if not text:
        return
    where = [] if namespace is None else ["-netns", namespace]
    done = subprocess.run(["ip", *where, "-batch", "-"], input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NetworkProblem(f"ip: {done.stderr.strip()}")


def make(lab: Lab, plan: Plan) -> None:
    """All namespaces and all wires, every port down. The pairs are born inside their namespaces."""
    batch(f"netns add {lab.of(node.name)}" for node in plan.nodes)
    batch(
        f"link add {wire.a.port} netns {lab.of(wire.a.node)} type veth "
        f"peer name {wire.b.port} netns {lab.of(wire.b.node)}"
        for wire in plan.wires
    )


def _commands(node: Node) -> Iterator[str]:
    yield "link set lo up"
    for port in node.ports[:1]:
        yield f"link set {port} up"
        for address in node.addresses:
            yield f"address add {address} dev {port}"
        for address in node.behind:
            yield f"address add {address} dev lo"
        for gateway in node.gateways:
            yield f"route add default via {gateway}"


def configure(lab: Lab, node: Node) -> None:
    """Address and default route of a node that is a namespace alone; of a slot, what its cables need.

    Checksums are computed in software: Open vSwitch in user space passes on what it reads from the wire, and a checksum
    left to hardware that does not exist would be wrong. Network boxes see to it themselves.
    """
    if node.kind is NodeKind.NAMESPACE:
        batch(_commands(node), lab.of(node.name))
    for port in node.ports:
        command = ["ip", "netns", "exec", lab.of(node.name), "ethtool", "-K", port, "tx", "off"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NetworkProblem(f"{node.name}: ethtool: {done.stderr.strip()}")


def set_wire(lab: Lab, wire: Wire, state: str) -> None:
    """Cut (`down`) or heal (`up`) a wire at both its ends, as both boxes would see it."""
    for end in wire.ends:
        batch([f"link set {end.port} {state}"], lab.of(end.node))


def wire_is_up(lab: Lab, wire: Wire) -> bool:
    """Both ends see a carrier."""
    command = ["ip", "-netns", lab.of(wire.a.node), "-oneline", "link", "show", wire.a.port]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "LOWER_UP" in done.stdout


def exists(lab: Lab, node: str) -> bool:
    return lab.namespace(node).exists()
