"""Who uses the network: 616 institutions, 200 of them with e-Office, 350 web sites. Example data at the real size.

Ministries, agencies and universities bear real names; councils, hospitals and courts follow from the districts. Which of
them has a service, and at which address, is made up, so every one is marked as an example.
"""

from __future__ import annotations

from dataclasses import dataclass

from tools.tanzania.places import SWAHILI_REGIONS, Place, slug

INSTITUTIONS, WITH_E_OFFICE, WITH_WEB_SITE = 616, 200, 350

MINISTRIES = (
    ("mof", "Ministry of Finance", "Wizara ya Fedha"),
    ("moh", "Ministry of Health", "Wizara ya Afya"),
    ("moest", "Ministry of Education, Science and Technology", "Wizara ya Elimu, Sayansi na Teknolojia"),
    ("mow", "Ministry of Water", "Wizara ya Maji"),
    ("works", "Ministry of Works", "Wizara ya Ujenzi"),
    ("transport", "Ministry of Transport", "Wizara ya Uchukuzi"),
    ("energy", "Ministry of Energy", "Wizara ya Nishati"),
    ("minerals", "Ministry of Minerals", "Wizara ya Madini"),
    ("agriculture", "Ministry of Agriculture", "Wizara ya Kilimo"),
    ("livestock", "Ministry of Livestock and Fisheries", "Wizara ya Mifugo na Uvuvi"),
    ("lands", "Ministry of Lands, Housing and Human Settlements", "Wizara ya Ardhi, Nyumba na Maendeleo ya Makazi"),
    ("tourism", "Ministry of Natural Resources and Tourism", "Wizara ya Maliasili na Utalii"),
    ("trade", "Ministry of Industry and Trade", "Wizara ya Viwanda na Biashara"),
    ("foreign", "Ministry of Foreign Affairs", "Wizara ya Mambo ya Nje"),
    ("home-affairs", "Ministry of Home Affairs", "Wizara ya Mambo ya Ndani ya Nchi"),
    ("defence", "Ministry of Defence and National Service", "Wizara ya Ulinzi na Jeshi la Kujenga Taifa"),
    ("justice", "Ministry of Constitutional and Legal Affairs", "Wizara ya Katiba na Sheria"),
    ("information", "Ministry of Information and Communication", "Wizara ya Habari na Mawasiliano"),
    ("culture", "Ministry of Culture, Arts and Sports", "Wizara ya Utamaduni, Sanaa na Michezo"),
    ("community", "Ministry of Community Development", "Wizara ya Maendeleo ya Jamii"),
    ("planning", "Planning Commission", "Tume ya Mipango"),
    ("po-ralg", "President's Office, Regional Administration", "Ofisi ya Rais, Tawala za Mikoa"),
    ("po-psm", "President's Office, Public Service Management", "Ofisi ya Rais, Menejimenti ya Utumishi wa Umma"),
    ("pmo", "Prime Minister's Office", "Ofisi ya Waziri Mkuu"),
    ("vpo", "Vice President's Office", "Ofisi ya Makamu wa Rais"),
)

AGENCIES = (
    ("ega", "authority", "e-Government Authority", "Mamlaka ya Serikali Mtandao"),
    ("tra", "authority", "Tanzania Revenue Authority", "Mamlaka ya Mapato Tanzania"),
    ("nida", "authority", "National Identification Authority", "Mamlaka ya Vitambulisho vya Taifa"),
    ("rita", "agency", "Registration Insolvency and Trusteeship Agency", "Wakala wa Usajili, Ufilisi na Udhamini"),
    ("brela", "agency", "Business Registrations and Licensing Agency", "Wakala wa Usajili wa Biashara na Leseni"),
    ("nbs", "agency", "National Bureau of Statistics", "Ofisi ya Taifa ya Takwimu"),
    ("necta", "agency", "National Examinations Council of Tanzania", "Baraza la Mitihani la Tanzania"),
    ("tcra", "authority", "Communications Regulatory Authority", "Mamlaka ya Mawasiliano Tanzania"),
    (
        "ewura",
        "authority",
        "Energy and Water Utilities Regulatory Authority",
        "Mamlaka ya Udhibiti wa Huduma za Nishati na Maji",
    ),
    ("tmda", "authority", "Medicines and Medical Devices Authority", "Mamlaka ya Dawa na Vifaa Tiba"),
    ("tbs", "agency", "Tanzania Bureau of Standards", "Shirika la Viwango Tanzania"),
    ("tanroads", "agency", "Tanzania National Roads Agency", "Wakala wa Barabara Tanzania"),
    ("tarura", "agency", "Rural and Urban Roads Agency", "Wakala wa Barabara za Vijijini na Mijini"),
    ("ruwasa", "agency", "Rural Water Supply and Sanitation Agency", "Wakala wa Maji na Usafi wa Mazingira Vijijini"),
    ("temesa", "agency", "Electrical, Mechanical and Services Agency", "Wakala wa Ufundi na Umeme"),
    ("gpsa", "agency", "Government Procurement Services Agency", "Wakala wa Huduma za Ununuzi Serikalini"),
    ("ppra", "authority", "Public Procurement Regulatory Authority", "Mamlaka ya Udhibiti wa Ununuzi wa Umma"),
    ("tma", "authority", "Tanzania Meteorological Authority", "Mamlaka ya Hali ya Hewa Tanzania"),
    ("tpa", "authority", "Tanzania Ports Authority", "Mamlaka ya Usimamizi wa Bandari Tanzania"),
    ("taa", "authority", "Tanzania Airports Authority", "Mamlaka ya Viwanja vya Ndege Tanzania"),
    ("tcaa", "authority", "Tanzania Civil Aviation Authority", "Mamlaka ya Usafiri wa Anga Tanzania"),
    ("latra", "authority", "Land Transport Regulatory Authority", "Mamlaka ya Udhibiti Usafiri Ardhini"),
    ("osha", "agency", "Occupational Safety and Health Authority", "Wakala wa Usalama na Afya Mahali pa Kazi"),
    ("nssf", "agency", "National Social Security Fund", "Mfuko wa Taifa wa Hifadhi ya Jamii"),
    ("psssf", "agency", "Public Service Social Security Fund", "Mfuko wa Hifadhi ya Jamii kwa Watumishi wa Umma"),
    ("nhif", "agency", "National Health Insurance Fund", "Mfuko wa Taifa wa Bima ya Afya"),
    ("heslb", "agency", "Higher Education Students' Loans Board", "Bodi ya Mikopo ya Wanafunzi wa Elimu ya Juu"),
    ("tcu", "commission", "Tanzania Commission for Universities", "Tume ya Vyuo Vikuu Tanzania"),
    ("nec", "commission", "Independent National Electoral Commission", "Tume Huru ya Taifa ya Uchaguzi"),
    ("tsc", "commission", "Teachers' Service Commission", "Tume ya Utumishi wa Walimu"),
    ("psc", "commission", "Public Service Commission", "Tume ya Utumishi wa Umma"),
    ("costech", "commission", "Commission for Science and Technology", "Tume ya Sayansi na Teknolojia"),
    ("nao", "agency", "National Audit Office", "Ofisi ya Taifa ya Ukaguzi"),
    ("msd", "agency", "Medical Stores Department", "Bohari ya Dawa"),
    (
        "nimr",
        "agency",
        "National Institute for Medical Research",
        "Taasisi ya Taifa ya Utafiti wa Magonjwa ya Binadamu",
    ),
    ("tanapa", "agency", "Tanzania National Parks", "Hifadhi za Taifa Tanzania"),
    ("tawa", "authority", "Wildlife Management Authority", "Mamlaka ya Usimamizi wa Wanyamapori"),
    ("tfs", "agency", "Tanzania Forest Services Agency", "Wakala wa Huduma za Misitu Tanzania"),
    (
        "nemc",
        "agency",
        "National Environment Management Council",
        "Baraza la Taifa la Hifadhi na Usimamizi wa Mazingira",
    ),
    ("veta", "authority", "Vocational Education and Training Authority", "Mamlaka ya Elimu na Mafunzo ya Ufundi Stadi"),
    ("udsm", "university", "University of Dar es Salaam", "Chuo Kikuu cha Dar es Salaam"),
    ("udom", "university", "University of Dodoma", "Chuo Kikuu cha Dodoma"),
    ("sua", "university", "Sokoine University of Agriculture", "Chuo Kikuu cha Sokoine cha Kilimo"),
    ("muhas", "university", "Muhimbili University of Health", "Chuo Kikuu cha Afya Muhimbili"),
    ("mzumbe", "university", "Mzumbe University", "Chuo Kikuu Mzumbe"),
    ("suza", "university", "State University of Zanzibar", "Chuo Kikuu cha Taifa cha Zanzibar"),
)

DISTRICT = {
    "City": ("{} City", "Jiji la {}"),
    "Municipal": ("{} Municipality", "Manispaa ya {}"),
    "Town": ("{} Town", "Mji wa {}"),
    "District": ("{} District", "Wilaya ya {}"),
}
COUNCIL = {
    "City": ("{} City Council", "Halmashauri ya Jiji la {}"),
    "Municipal": ("{} Municipal Council", "Halmashauri ya Manispaa ya {}"),
    "Town": ("{} Town Council", "Halmashauri ya Mji wa {}"),
    "District": ("{} District Council", "Halmashauri ya Wilaya ya {}"),
}


@dataclass(frozen=True)
class Tenant:
    """`site` is a district's or data centre's name."""

    name: str
    kind: str
    en: str
    sw: str
    site: str


def tenants(regions: dict[str, list[Place]], data_centres: tuple[str, ...]) -> list[Tenant]:
    """All 616: those of the data centres first, then by district until the number is reached."""
    central = [
        *(Tenant(name, "ministry", en, sw, data_centres[0]) for name, en, sw in MINISTRIES),
        *(Tenant(n, kind, en, sw, data_centres[i % len(data_centres)]) for i, (n, kind, en, sw) in enumerate(AGENCIES)),
    ]
    districts = [place for places in regions.values() for place in places]
    local = [
        Tenant(
            f"{p.slug}-council", "council", COUNCIL[p.rank][0].format(p.base), COUNCIL[p.rank][1].format(p.base), p.slug
        )
        for p in districts
    ]
    local += [
        Tenant(
            f"{slug(region)}-secretariat",
            "agency",
            f"{region} Regional Secretariat",
            f"Sekretarieti ya Mkoa wa {SWAHILI_REGIONS.get(region, region)}",
            places[0].slug,
        )
        for region, places in regions.items()
    ]
    local += [
        Tenant(
            f"{p.slug}-hospital",
            "hospital",
            f"{p.name} Hospital",
            f"Hospitali ya {DISTRICT[p.rank][1].format(p.base)}",
            p.slug,
        )
        for p in districts
    ]
    local += [
        Tenant(
            f"{p.slug}-court", "court", f"{p.name} Court", f"Mahakama ya {DISTRICT[p.rank][1].format(p.base)}", p.slug
        )
        for p in districts
    ]
    return (central + local)[:INSTITUTIONS]
