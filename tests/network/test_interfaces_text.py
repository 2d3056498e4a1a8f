"""The interfaces file in canonical spacing, and what a change of it takes away."""

from __future__ import annotations

from network.interfaces_text import Stanza, normal, removed, text

EDITED = """auto lo
iface lo inet loopback
\taddress-purge   no
# to core-2

auto eth1
iface eth1 inet manual
  address-purge no


"""


def test_spacing_says_nothing() -> None:
    clean = normal(EDITED)
    assert clean == (
        "auto lo\niface lo inet loopback\n    address-purge no\n\n# to core-2\n\n"
        "auto eth1\niface eth1 inet manual\n    address-purge no\n"
    )
    assert normal(clean) == clean
    assert normal("") == normal("\n\n") == ""


def test_a_missing_attribute_does() -> None:
    assert normal(EDITED) != normal(EDITED.replace("  address-purge no\n", ""))


def test_stanzas_of_one_name_are_one_stanza() -> None:
    bridge = Stanza("br0", "inet manual", ("ovs-type OVSBridge", "ovs-ports eth1"))
    more = Stanza("br0", "inet manual", ("ovs-type OVSBridge", "ovs-ports eth2"))
    assert text((bridge, Stanza("eth1", "inet manual"), more)) == (
        "auto br0\niface br0 inet manual\n    ovs-type OVSBridge\n    ovs-ports eth1\n    ovs-ports eth2\n\n"
        "auto eth1\niface eth1 inet manual\n"
    )


SWITCHED = """
auto br0
iface br0 inet manual
    ovs-type OVSBridge
    ovs-ports v120

auto eth4
iface eth4 inet manual
    ovs-type OVSPort

auto v120
iface v120 inet manual
    ovs-type OVSIntPort
"""


def test_what_the_switch_made_leaves_the_kernel_with_its_stanza() -> None:
    assert removed(EDITED + SWITCHED, EDITED) == {"br0", "v120"}
    assert removed(SWITCHED, SWITCHED.replace("OVSIntPort", "OVSPort")) == {"v120"}
    assert removed(SWITCHED, SWITCHED + EDITED) == frozenset()


def test_a_port_of_the_machine_stays_in_the_kernel_without_its_stanza() -> None:
    assert removed(EDITED, EDITED.replace("auto eth1\niface eth1", "auto eth2\niface eth2")) == frozenset()
