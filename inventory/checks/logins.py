"""Logins that no person may have: the system has them already, and whoever leaves takes his login with him."""

from __future__ import annotations

BASE_PASSWD = """
    root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc nobody
    adm tty disk kmem dialout fax voice cdrom floppy tape sudo audio dip operator src shadow utmp video sasl plugdev
    staff users nogroup
"""
"""Users and groups of Debian's package base-passwd: a person's group has the name of the person's login."""
PACKAGES = """
    sshd messagebus crontab uuidd frr frrvty snmp input kvm render sgx netdev polkitd ssl-cert
"""
"""Of the packages of our images and roles, as far as the letters of a login allow them."""
TAKEN = frozenset((*BASE_PASSWD.split(), *PACKAGES.split()))
PREFIXES = ("systemd-", "site-", "govnet-")
"""Of systemd's own users, of the users of web sites, and of ours."""


def is_taken(login: str) -> bool:
    return login in TAKEN or login.startswith(PREFIXES)
