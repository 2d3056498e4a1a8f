"""snmpd: one SNMPv3 user with authPriv (RFC 3414), read-only. The user stands in a file of its own, root's alone.

snmpd keeps users that it once had in a file that it writes itself; a drop-in removes them before each start, so that
the users are those of our file and no others.
"""

from __future__ import annotations

from pyinfra.api.deploy import deploy

from deploys import here
from deploys.content import Content, SecretText, text
from inventory.model import SnmpUser

MAIN = "/etc/snmp/snmpd.conf"
FOLDER = "/etc/snmp/snmpd.conf.d"
USERS = f"{FOLDER}/govnet-users.conf"
DROP_IN_FOLDER = "/etc/systemd/system/snmpd.service.d"
DROP_IN = f"{DROP_IN_FOLDER}/govnet.conf"
DROP_IN_LINES = (
    "# Users are those of our files alone: snmpd keeps others that it once had (RFC 3414, 2.2: boots stay).",
    "[Service]",
    "ExecStartPre=-/bin/sed -i /^usmUser/d /var/lib/snmp/snmpd.conf",
)


@deploy("SNMP")
def snmpd() -> None:
    intent = here.intent()
    here.folder(DROP_IN_FOLDER)
    here.folder(FOLDER)
    unit = here.put(DROP_IN, text(*DROP_IN_LINES))
    main = here.put(MAIN, text(*main_lines(intent.snmp, intent.name, intent.place)))
    users = here.put(USERS, user(intent.snmp), 0o600)
    here.after("Read the units again", [unit], "systemctl daemon-reload")
    here.after("Restart snmpd", [unit, main, users], "systemctl restart snmpd.service")


def main_lines(snmp: SnmpUser, name: str, place: str) -> tuple[str, ...]:
    return (
        "# Written by govnet: the next deploy puts back what is changed here.",
        "agentaddress udp:161,udp6:161",
        f"sysName {name}",
        f"sysLocation {place}",
        f"rouser {snmp.user} priv",
        f"includeDir {FOLDER}",
    )


def user(snmp: SnmpUser) -> Content:
    """One createUser line (snmpd.conf(5))."""
    return (
        f'createUser {snmp.user} {snmp.auth_protocol} "',
        SecretText(snmp.auth_secret),
        f'" {snmp.priv_protocol} "',
        SecretText(snmp.priv_secret),
        '"\n',
    )
