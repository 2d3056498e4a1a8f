"""All of a machine that a change of it could leave behind, as lines to compare."""

from __future__ import annotations

from tests.deploys.servers import Servers

LISTING = r"""
import grp, hashlib, os, pwd, stat
PASSED = ("/etc/ld.so.cache", "/etc/machine-id", "/etc/resolv.conf", "/etc/network/run", "/var/lib/govnet-latch/host")
BELOW = ("/srv/debs", "/var/lib/govnet-latch/record", "/var/lib/govnet-latch/fin", "/var/lib/govnet-latch/host/undo")
for root in ("/etc", "/home", "/srv", "/root", "/var/lib/govnet", "/var/lib/govnet-latch", "/usr/local"):
    for parent, folders, files in os.walk(root):
        for path in sorted(os.path.join(parent, name) for name in folders + files):
            if path in PASSED or path.startswith(BELOW):
                continue
            seen = os.lstat(path)
            kind = stat.S_IFMT(seen.st_mode)
            what = os.readlink(path) if kind == stat.S_IFLNK else ""
            if kind == stat.S_IFREG:
                what = hashlib.sha256(open(path, "rb").read()).hexdigest()[:16]
            print(path, oct(seen.st_mode), seen.st_uid, seen.st_gid, what)
"""
UNITS = """
for unit in ssh snmpd systemd-journald nginx; do
    echo $unit $(systemctl is-active $unit) $(systemctl is-enabled $unit 2>/dev/null)
done
dpkg-query --show --showformat='${db:Status-Abbrev} ${Package} ${Version}\\n'
"""


def state(servers: Servers, node: str) -> list[str]:
    """Files with owner, mode and content, units, packages."""
    servers.sh(node, f"cat >/run/listing.py <<'END'\n{LISTING}\nEND")
    return [*servers.sh(node, "python3 -I /run/listing.py").splitlines(), *servers.sh(node, UNITS).splitlines()]


def difference(before: list[str], after: list[str]) -> list[str]:
    """Lines that went, then lines that came."""
    return [f"- {line}" for line in before if line not in after] + [f"+ {line}" for line in after if line not in before]
