"""The country in the repository is what its tool writes, and says truthfully where each point comes from."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from inventory.model import SiteKind
from tests.network.worlds import world
from tools.tanzania.__main__ import main
from tools.tanzania.places import places

COUNTRY = Path("inventory/tanzania")
ZANZIBAR = {"Pemba North", "Pemba South", "Zanzibar North", "Zanzibar South", "Zanzibar West"}


def test_the_files_are_what_the_tool_writes_but_for_windows_that_people_keep(tmp_path: Path) -> None:
    main(tmp_path)
    written = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.yaml")}
    standing = {path.relative_to(COUNTRY): path.read_bytes() for path in COUNTRY.rglob("*.yaml")}
    del standing[Path("windows.yaml")]
    assert written == standing


def test_all_councils_of_the_mainland_and_all_districts_of_zanzibar_are_there() -> None:
    regions = places()
    assert len(regions) == 31
    assert sum(len(districts) for region, districts in regions.items() if region not in ZANZIBAR) == 184
    assert sum(len(regions[region]) for region in ZANZIBAR) == 11
    assert {place.slug for place in regions["Zanzibar West"]} == {"magharibi-a", "magharibi-b", "mjini"}


def test_of_sites_on_one_point_one_town_at_most_claims_it() -> None:
    sharing = defaultdict(list)
    for site in world("tanzania").sites:
        if site.kind is SiteKind.DISTRICT:
            sharing[site.latitude, site.longitude].append(site)
    claimed = {
        frozenset(site.name for site in sites): [site.name for site in sites if not site.approximate]
        for sites in sharing.values()
        if len(sites) > 1
    }
    assert claimed[frozenset({"mufindi", "mafinga-town"})] == ["mafinga-town"]
    assert claimed[frozenset({"kigoma-district", "kigoma-ujiji"})] == ["kigoma-ujiji"]
    urban = {place.slug for districts in places().values() for place in districts if place.rank != "District"}
    for sites, claiming in claimed.items():
        assert claiming == sorted(sites & urban), "a district stands on a town's point as if it were its own"


def test_each_approximate_point_says_where_it_comes_from() -> None:
    for path in COUNTRY.glob("*/sites.yaml"):
        for line in path.read_text().splitlines():
            if line.startswith("  - {"):
                assert ("approximate: true" in line) == ("}  # " in line), f"{path}: {line}"
