"""What stands in the machine image beside its packages: the same for every box, and nothing of any world.

Standard library only: the image is built before the libraries are there.
"""

from __future__ import annotations

MASKED = (
    "systemd-logind.service",
    "systemd-udevd.service",
    "systemd-udevd-kernel.socket",
    "systemd-udevd-control.socket",
    "systemd-udev-trigger.service",
    "systemd-udev-settle.service",
    "systemd-resolved.service",
    "systemd-modules-load.service",
    "systemd-sysusers.service",
    "systemd-journal-flush.service",
    "modprobe@.service",
    "kmod-static-nodes.service",
    "uuidd.socket",
    "systemd-update-utmp.service",
    "systemd-update-utmp-runlevel.service",
    "console-getty.service",
    "getty.target",
    "dev-hugepages.mount",
    "sys-kernel-debug.mount",
    "sys-kernel-tracing.mount",
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "dpkg-db-backup.timer",
    "e2scrub_all.timer",
    "e2scrub_reap.service",
    "fstrim.timer",
    "logrotate.timer",
    "cron.service",
)
"""Units that have no place in a machine of the twin."""

OFF_UNTIL_NEEDED = (
    "openvswitch-switch.service",
    "ovs-vswitchd.service",
    "ovsdb-server.service",
)
"""Started by lab/ on the boxes that have a trunk: 74 MB a box."""

FRR_DAEMONS = """\
# Which daemons run: what the demonstration's routers need, each an SNMP sub-agent (AgentX, RFC 2741) where it can be.
bgpd=yes
ospfd=yes
ospf6d=yes
vtysh_enable=yes
zebra_options="  -A 127.0.0.1 -s 90000000 -M snmp"
bgpd_options="   -A 127.0.0.1 -M snmp"
ospfd_options="  -A 127.0.0.1 -M snmp"
ospf6d_options=" -A ::1 -M snmp"
staticd_options="-A 127.0.0.1"
# On a busy host the first start takes longer than the 20 s after which watchfrr would kill it half-way.
watchfrr_options="-T 120"
"""

SSHD = """\
# Root by key, and nothing else; one host key, made before the first boot.
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
AuthorizedKeysFile /root/.ssh/authorized_keys
HostKey /etc/ssh/ssh_host_ed25519_key
Banner /etc/issue.net
UseDNS no
PrintMotd no
LogLevel VERBOSE
MaxStartups 100
MaxSessions 100
"""

FILES: dict[str, str] = {
    "etc/hostname": "machine\n",
    "etc/machine-id": "",
    "etc/frr/daemons": FRR_DAEMONS,
    "etc/frr/vtysh.conf": "service integrated-vtysh-config\n",
    "etc/ssh/sshd_config.d/govnet.conf": SSHD,
    "etc/systemd/journald.conf.d/govnet.conf": "[Journal]\nStorage=volatile\nRuntimeMaxUse=16M\nRateLimitBurst=0\n",
    "etc/systemd/system.conf.d/govnet.conf": "[Manager]\nDefaultTimeoutStopSec=10s\n",
    # An orderly revert may restart FRR more often than the three times in three minutes that Debian's unit allows.
    "etc/systemd/system/frr.service.d/govnet.conf": "[Unit]\nStartLimitIntervalSec=0\n[Service]\nWatchdogSec=0\n",
    "etc/systemd/system/ovsdb-server.service.d/govnet.conf": "[Service]\nEnvironment=OVS_DBDIR=/run/openvswitch\n",
    "etc/default/lldpd": 'DAEMON_ARGS="-x -I eth*"\n',
    "etc/lldpd.d/govnet.conf": "configure lldp portidsubtype ifname\nconfigure lldp tx-interval 2\n",
    # An address stays when its link goes down and up, as on a router; FRR expects it so.
    "etc/sysctl.d/90-govnet.conf": (
        "net.ipv6.conf.all.keep_addr_on_down = 1\nnet.ipv6.conf.default.keep_addr_on_down = 1\n"
        "net.ipv6.conf.all.accept_ra = 0\nnet.ipv6.conf.default.accept_ra = 0\n"
        "net.ipv6.conf.all.accept_dad = 0\nnet.ipv6.conf.default.accept_dad = 0\n"
        "net.ipv4.conf.all.rp_filter = 0\nnet.ipv4.conf.default.rp_filter = 0\n"
    ),
    "etc/network/interfaces": "auto lo\niface lo inet loopback\n",
    "etc/snmp/snmpd.conf": "agentaddress udp:127.0.0.1:161\nmaster agentx\nagentXPerms 0660 0755 root frr\n",
    "etc/default/locale": "LANG=C.UTF-8\n",
    "etc/resolv.conf": "# There is no name service in the twin.\n",
    "etc/issue.net": "",
}
"""Path in the image to its text. Owner and mode stay as the package made them; a new file is root's, 0644."""

FOLDERS = ("var/agentx",)
"""Made beforehand, 0755: snmpd would make this one so that FRR's daemons cannot reach its socket (agentXPerms)."""

REMOVED = (
    # ovs-record-hostname: masked instead, it would now and then take ovs-vswitchd out of the boot with it.
    "etc/systemd/system/openvswitch-switch.service.requires",
    "etc/ssh/ssh_host_*",
    "var/cache/apt/*.bin",
    "var/cache/apt/archives/*.deb",
    "var/lib/apt/lists/*",
    "var/log/*.log",
    "usr/share/doc/*",
    "usr/share/man/*",
    "usr/share/locale/*",
)
"""Globs of what an image must not hold: keys made by a package, and what no machine reads."""
