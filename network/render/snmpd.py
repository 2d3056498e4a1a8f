"""The part `snmpd`: net-snmp 5.9, one SNMPv3 user that may read everything, and AgentX for FRR and lldpd."""

from __future__ import annotations

from inventory.model import Device, Inventory, Platform
from inventory.secrets import Secrets

AGENTX_SOCKET = {
    Platform.FRR: ("agentXPerms 0660 0550 root frr",),
    Platform.IFUPDOWN2: (),
}
"""Who else than root may open the AgentX socket (snmpd.conf(5)): FRR's daemons run as frr, lldpd's opens it as root."""


def text(inventory: Inventory, device: Device, secrets: Secrets) -> str:
    """snmpd.conf(5); the user by createUser (RFC 7860 SHA-256, RFC 3826 AES-128); authPriv is required."""
    snmp = inventory.world.snmp
    auth, priv = secrets.tag(snmp.auth_secret), secrets.tag(snmp.priv_secret)
    rows = (
        "agentAddress udp:161,udp6:161",
        "master agentx",
        *AGENTX_SOCKET[device.platform],
        f"sysName {device.name}",
        f"sysLocation {inventory.site[device.site].title.en}",
        f'createUser {snmp.user} {snmp.auth_protocol} "{auth}" {snmp.priv_protocol} "{priv}"',
        f"rouser {snmp.user} authpriv .1",
    )
    return "\n".join(rows) + "\n"
