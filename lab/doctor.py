"""What this kernel can do for the twin: asked of the kernel itself, feature by feature, in namespaces of their own."""

from __future__ import annotations

import errno
import os
import socket
import struct
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

from stacks.nspawn import cgroups
from stacks.nspawn.problem import HostProblem

VETH = "ip link add name gva type veth peer name gvb"
OVERLAY = (
    "mount --make-rprivate / && mount -t tmpfs none /mnt && mkdir /mnt/l /mnt/u /mnt/w /mnt/m && "
    "mount -t overlay none -o lowerdir=/mnt/l,upperdir=/mnt/u,workdir=/mnt/w /mnt/m"
)
NETLINK_NETFILTER = 12
NFT_GET_GENERATION = (10 << 8) | 16
"""nfnetlink: subsystem NFTABLES, message NFT_MSG_GETGEN (linux/netfilter/nf_tables.h)."""


@dataclass(frozen=True)
class Feature:
    """A kernel feature. `instead` stands in where it is missing; None where the twin cannot be without it."""

    name: str
    ask: Callable[[], str]
    """What is wrong, or an empty text."""
    instead: str | None
    unproved: str = ""
    """What the twin therefore does not prove."""


@dataclass(frozen=True)
class Finding:
    feature: Feature
    problem: str

    @property
    def present(self) -> bool:
        return not self.problem

    @property
    def fatal(self) -> bool:
        """The twin cannot run here."""
        return not self.present and self.feature.instead is None

    def __str__(self) -> str:
        if self.present:
            return f"{self.feature.name}: present"
        if self.feature.instead is None:
            return f"{self.feature.name}: MISSING, and the twin cannot run without it ({self.problem})"
        tail = f"; not proved: {self.feature.unproved}" if self.feature.unproved else ""
        return f"{self.feature.name}: missing; {self.feature.instead}{tail}"


def shell(script: str) -> Callable[[], str]:
    """A question to the kernel as a script, in network and mount namespaces that end with it."""

    def ask() -> str:
        line = ["unshare", "--net", "--mount", "sh", "-c", script]
        done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=20)
        return (done.stderr.strip().splitlines() or ["refused"])[-1] if done.returncode else ""

    return ask


def ask_nftables() -> str:
    """Whether nf_tables answers on netfilter's netlink; only reads."""
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as asked:
            asked.settimeout(2)
            asked.send(struct.pack("=IHHII", 20, NFT_GET_GENERATION, 1, 1, 0) + struct.pack("=BBH", 0, 0, 0))
            kind, answer = struct.unpack_from("=4xH10xi", asked.recv(4096))
    except OSError as problem:
        return str(problem)
    if kind == 2 and answer:  # NLMSG_ERROR, and not an acknowledgement
        return os.strerror(-answer) if -answer in errno.errorcode else "refused"
    return ""


def ask_cgroups() -> str:
    try:
        probe = cgroups.hierarchies().version2 / f"gv-doctor-{os.getpid()}"
        probe.mkdir()
        missing = [name for name in ("cgroup.kill", "cgroup.freeze") if not (probe / name).exists()]
        probe.rmdir()
    except (OSError, HostProblem) as problem:
        return str(problem)
    return f"no {' and no '.join(missing)}" if missing else ""


FEATURES = (
    Feature("network namespaces and veth", shell(VETH), None),
    Feature("overlayfs", shell(OVERLAY), None),
    Feature("cgroup version 2, kill and freeze", ask_cgroups, None),
    Feature("tun and tap devices", shell("ip tuntap add mode tap name gvt"), None),
    Feature(
        "802.1Q VLANs",
        shell(f"{VETH} && ip link add link gva name gva.5 type vlan id 5"),
        "Open vSwitch in user space stands in at both ends of every trunk",
        "the kernel's own VLAN interfaces",
    ),
    Feature(
        "bridge VLAN filtering",
        shell("ip link add name gvbr type bridge vlan_filtering 1"),
        "Open vSwitch in user space stands in on the switches",
        "switches made of the kernel's bridge",
    ),
    Feature(
        "VRF",
        shell("ip link add name gvrf type vrf table 10"),
        "nothing of the demonstration uses one",
        "routing tables kept apart for tenants",
    ),
    Feature(
        "dummy interfaces",
        shell("ip link add name gvd type dummy"),
        "router addresses stand on the loopback",
        "configurations with dummy interfaces",
    ),
    Feature(
        "netem",
        shell("tc qdisc add dev lo root netem delay 1ms"),
        "links are cut and daemons frozen",
        "behaviour under delay and loss on a link",
    ),
    Feature(
        "rate limits (tbf)",
        shell("tc qdisc add dev lo root tbf rate 1mbit burst 10kb latency 10ms"),
        "links are cut and daemons frozen",
        "behaviour on a link that is full",
    ),
    Feature(
        "macvlan",
        shell(f"{VETH} && ip link add link gva name gvm type macvlan mode bridge"),
        "every machine has links of its own",
    ),
    Feature(
        "nftables",
        ask_nftables,
        "filters are route policy in FRR alone",
        "packet filters on the boxes",
    ),
)


def examine() -> tuple[Finding, ...]:
    """Ask the running kernel for each feature. Needs root; leaves nothing behind."""
    return tuple(Finding(feature, feature.ask()) for feature in FEATURES)
