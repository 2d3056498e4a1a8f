"""The minimal world with one machine of ours, and two web sites on it."""

from __future__ import annotations

from pathlib import Path

from inventory.load import load
from inventory.model import Inventory
from tests.inventory.worlds import Patch, build

SERVER = """\
devices:
  - name: web-1
    site: dodoma-dc
    role: server
    platform: debian
    management: eth0
    deploys: [base, web, mirror]
    interfaces:
      - {name: eth0, mode: routed, addresses: [10.10.0.20/24], gateway: 10.10.0.1}
machines:
  - {name: web-1, cpus: 1, memory_mib: 512}
links:
  - {name: sw-dodoma--web-1, kind: access,
     a: {device: sw-dodoma, interface: eth9}, b: {device: web-1, interface: eth0}}
secrets:
  - {name: ca-key, kind: tls-key, source: age}
  - {name: web-key, kind: tls-key, source: age}
  - {name: portal-key, kind: tls-key, source: age}
  - {name: stack, kind: passphrase, source: age}
  - {name: mirror-key, kind: openpgp-key, source: age}
"""
PORT = "      - {name: eth3, mode: access, vlan: 120}"
OLD_SITE = "institution: mof, site: dodoma-dc, host_name: www.mof.example}"
SITES = """\
institution: mof, site: dodoma-dc, host_name: www.mof.example, server: web-1, tls_secret: web-key}
  - {name: web-portal, kind: web-site, title: {en: Tax portal, sw: Lango la kodi}, institution: mof, site: dodoma-dc,
     host_name: portal.mof.example, server: web-1, tls_secret: portal-key}"""
INTERVAL = "    poll_interval_s: 2"
HOSTING = "    hosting: {mirror: web-1, ca_secret: ca-key, stack_secret: stack, mirror_secret: mirror-key}"


def folder_of_world(folder: Path) -> Path:
    """The YAML of it, below this folder."""
    return build(
        folder,
        Patch("servers.yaml", [], SERVER.splitlines()),
        Patch("devices.yaml", [PORT], [PORT, "      - {name: eth9, mode: access, vlan: 10}"]),
        Patch("tenants.yaml", [OLD_SITE], SITES.splitlines()),
        Patch("world.yaml", [INTERVAL], [INTERVAL, HOSTING]),
    )


def world_with_server(folder: Path) -> Inventory:
    return load(folder_of_world(folder))
