"""Reports as HTML: they stand alone, say everything, and mean the same in both languages."""

from __future__ import annotations

import hashlib
import re
from html.parser import HTMLParser
from itertools import combinations
from types import ModuleType

import pytest

from govnet.report.document import Document, document_bytes, document_digest
from govnet.report.html import css_string, html
from govnet.report.language import CODES, Code, Language
from govnet.report.topology_document import TopologyDocument
from inventory.model import Text
from monitoring.model import State


class Page(HTMLParser):
    """Tags with their attributes, identifiers, references and the text that people read."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._silent = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._silent = tag in ("style", "title")

    def handle_endtag(self, tag: str) -> None:
        self._silent = False

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.text += data + " "


@pytest.fixture(params=["topology", "uptime", "change", "plan_report"])
def document(request: pytest.FixtureRequest, samples: ModuleType) -> Document:
    made: Document = getattr(samples, request.param)()
    return made


@pytest.mark.parametrize("code", CODES)
def test_it_stands_alone_and_is_accessible(document: Document, code: Code) -> None:
    page = html(document, code)
    read = Page(page)
    assert ("html", {"lang": code}) in read.tags
    assert not re.search(r"(src|href)\s*=|url\(|@import|<script", page)
    assert set(re.findall(r"https?://[^\s\"<]+", page)) <= {"http://www.w3.org/2000/svg"}
    identifiers = [value["id"] for _, value in read.tags if "id" in value]
    assert len(identifiers) == len(set(identifiers))
    images = [value for tag, value in read.tags if tag == "svg"]
    assert all(value.get("aria-hidden") == "true" or value.get("aria-labelledby") in identifiers for value in images)
    assert sum(tag == "h1" for tag, _ in read.tags) == 1


@pytest.mark.parametrize("code", CODES)
def test_each_page_carries_the_digest_of_the_document(document: Document, code: Code) -> None:
    digest = "sha256:" + hashlib.sha256(document_bytes(document)).hexdigest()
    assert document_digest(document) == digest
    style = html(document, code).partition("<style>")[2].partition("</style>")[0]
    assert re.search(rf'@bottom-left {{ content: "[^"]*{digest}"', style)
    assert "counter(page)" in style


def test_a_document_read_back_gives_the_same_report(document: Document) -> None:
    again = type(document).model_validate_json(document_bytes(document))
    assert [html(again, code) for code in CODES] == [html(document, code) for code in CODES]


def test_no_english_is_left_in_the_swahili_report(document: Document) -> None:
    english, swahili = Page(html(document, "en")), Page(html(document, "sw"))
    headings = re.findall(r"<h[1-3]>([^<{]+)</h[1-3]>", html(document, "en"))
    assert len(headings) >= 5
    assert [
        heading for heading in headings if heading.strip() in re.findall(r">([^<]+)</h", html(document, "sw"))
    ] == []
    for sentence in re.findall(r"[A-Z][^.:;<>%]{40,}\.", english.text):
        assert sentence not in swahili.text


def test_topology_says_what_differs_and_what_hangs_on_what(samples: ModuleType) -> None:
    text = " ".join(Page(html(samples.topology(), "en")).text.split())
    assert "Neighbours were read from 17 of the 17 routers and switches that GovNet manages." in text
    assert "3 differences need a person's attention." in text
    assert "Districts that keep a path when any one link is cut: 4 of 6." in text
    assert "its failure alone cuts off 3 institutions." in text
    assert "Ngorongoro Conservation Area Authority" in text
    sw = " ".join(Page(html(samples.topology(), "sw")).text.split())
    assert "Vifaa jirani vilisomwa kutoka ruta na swichi 17 kati ya 17 zinazosimamiwa na GovNet." in sw
    assert "Tofauti 3 zinahitaji kushughulikiwa na mtu." in sw
    assert "Mamlaka ya Hifadhi ya Eneo la Ngorongoro" in sw


def test_uptime_counts_and_names(samples: ModuleType) -> None:
    text = " ".join(Page(html(samples.uptime(), "en")).text.split())
    assert "For 4 mins of the period nobody was looking" in text
    assert "Chunya District Council: 91.071%" in text
    assert "link rr-mbeya--dr-chunya" in text
    assert "23 Nov 2026 06:24:05" in text, "in the country's time zone"
    sw = " ".join(Page(html(samples.uptime(), "sw")).text.split())
    assert "kiungo rr-mbeya--dr-chunya" in sw
    assert "haifikiki" in sw


def test_uptime_tells_what_was_wrong_with_a_service_in_both_languages(samples: ModuleType) -> None:
    text = " ".join(Page(html(samples.uptime(), "en")).text.split())
    assert "Web site of the Examinations Council: its certificate has expired" in text
    assert "Services: 3; over all of them together, available 97.023% of the measured time." in text
    assert "5,040 times; answered 4,890 times" in text
    sw = " ".join(Page(html(samples.uptime(), "sw")).text.split())
    assert "Tovuti ya Baraza la Mitihani: cheti chake kimeisha muda" in sw
    assert "Huduma: 3; zote kwa pamoja zilipatikana kwa 97.023% ya muda uliopimwa." in sw


def test_a_certificate_that_ends_soon_is_said_and_one_that_was_not_seen_has_no_days(samples: ModuleType) -> None:
    text = " ".join(Page(html(samples.uptime(), "en")).text.split())
    assert "One certificate had fewer than 30 days left" in text
    assert "www.mof.example web-1 29 23 Nov 2026 07:00:03" in text
    assert "www.necta.example web-1 99 23 Nov 2026 07:00:03" in text
    assert "a-very-long-name.of-a.portal.example web-1 – not in this period" in text
    sw = " ".join(Page(html(samples.uptime(), "sw")).text.split())
    assert "Cheti kimoja kilibakiwa na siku chini ya 30" in sw
    full = samples.uptime()
    calm = full.model_copy(update={"services": tuple(row for row in full.services if row.subject.name == "web-necta")})
    assert "fewer than 30 days" not in Page(html(calm, "en")).text


def test_a_world_without_services_says_nothing_of_them(samples: ModuleType) -> None:
    full = samples.uptime()
    bare = full.model_copy(update={"services": (), "outages": full.outages[:1]})
    text = Page(html(bare, "en")).text
    assert "Certificates" not in text
    assert "HTTPS" not in text
    assert "Services:" not in text


def test_change_shows_each_line_with_its_sign_and_each_end_with_its_reason(samples: ModuleType) -> None:
    text = " ".join(Page(html(samples.change(), "en")).text.split())
    assert "− neighbor 192.0.2.1 prefix-list from-upstream in ▲" in text
    assert "+ neighbor 192.0.2.1 password <bgp-upstream#0123456789abcdef>" in text
    assert "dr-kyela did not answer over a new connection within 3 s" in text
    assert "Confirmed: 4; reverted: 1; refused: 0; unknown: 0; still open: 0." in text
    sw = " ".join(Page(html(samples.change(), "sw")).text.split())
    assert "kichujio, sera ya njia au orodha ya ruhusa inapitisha zaidi: frr: - neighbor" in sw


def test_a_change_says_who_signed_it_and_what_its_probes_saw(samples: ModuleType) -> None:
    text = " ".join(Page(html(samples.change(), "en")).text.split())
    assert "1 change was approved by break-glass, and is open until two others have reviewed it." in text
    assert "juma (Juma Example, network operations) reviewer 23 Nov 2026 06:04:00 approved: Read line by line" in text
    assert "People who must still review it: 2." in text
    assert "Probe ping 10.255.0.1 . Before: as expected: 0.4 ms . After: unchanged." in text
    assert "Before: as expected: 0.4 ms . After: not asked." in text, "what went back was not held to its end"
    sw = " ".join(Page(html(samples.change(), "sw")).text.split())
    assert "imeidhinishwa kwa dharura: Read line by line" in sw and "Baada: haikubadilika." in sw


def test_a_plan_says_whom_it_touches_what_differs_and_what_it_is(samples: ModuleType) -> None:
    document = samples.plan_report()
    text = " ".join(Page(html(document, "en")).text.split())
    assert "8 targets, 4 waves, 12 lines added, 9 lines removed. The highest risk in it: high" in text
    assert "Monduli District dr-monduli" in text
    assert "3 institutions stand behind it: Karatu District Council; Monduli District Council; National" in text
    assert "frr: 3 targets" in text and "dr-monduli 10.254.1.1 10.254.2.1 <ospf-monduli#ab01>" in text
    assert document.digest in text
    assert "wave 1, 2: may begin now (morning), until 23 Nov 2026 08:00:00" in text
    assert "wave 3: may begin from 24 Nov 2026 22:00:00, not now (frozen: exams (Examination results))" in text
    assert "wave 4: may not begin, now or later (no change window is open)" in text
    assert "juma (reviewer), 23 Nov 2026 06:50:00: Read line by line" in text
    assert "its author asha has not signed it Still needed: 1 × reviewer Still needed: 2 × security" in text
    sw = " ".join(Page(html(document, "sw")).text.split())
    assert "Wilaya ya Monduli dr-monduli" in sw
    assert "Kinachotofautiana: ‹a› ‹b› ‹c› dr-karatu 10.254.1.0" in sw


def test_attached_evidence_is_named_with_its_size_and_digest(samples: ModuleType) -> None:
    document = samples.change()
    assert [one.name for one in document.attachments] == ["captures/dr-kyela.pcap", "web-sites-asked.log"]
    text = " ".join(Page(html(document, "en")).text.split())
    assert f"web-sites-asked.log 1,234 65,432 {samples.DIGEST}" in text
    assert f"captures/dr-kyela.pcap – 1,048,576 {samples.GENESIS}" in text
    assert "Run sha256sum on each file under Attached evidence" in text
    sw = " ".join(Page(html(document, "sw")).text.split())
    assert "Ushahidi ulioambatishwa Mafaili haya" in sw
    assert f"web-sites-asked.log 1,234 65,432 {samples.DIGEST}" in sw


def test_no_attached_evidence_is_said_to_be_none(samples: ModuleType) -> None:
    bare = samples.change().model_copy(update={"attachments": ()})
    text = " ".join(Page(html(bare, "en")).text.split())
    assert "Attached evidence None." in text
    assert "sha256sum on each file" not in text


def test_a_title_is_text_and_never_markup(samples: ModuleType) -> None:
    evil = '</style><script>"&\\'
    document = samples.topology().model_copy(update={"title": Text(en=evil, sw=evil)})
    page = html(document, "en")
    assert "<script" not in page
    assert evil in Page(page).text
    assert css_string('a"b<c\\') == '"a\\22 b\\3c c\\5c "'


def test_labels_of_the_demo_map_do_not_collide(samples: ModuleType) -> None:
    page = html(samples.topology(), "sw")
    drawn = re.findall(
        r'<rect fill="#ffffff" fill-opacity="0.82" height="([^"]+)" width="([^"]+)" x="([^"]+)" y="([^"]+)"', page
    )
    boxes = [tuple(map(float, numbers)) for numbers in drawn]
    assert len(boxes) == 9
    for (h1, w1, x1, y1), (h2, w2, x2, y2) in combinations(boxes, 2):
        assert x1 + w1 <= x2 or x2 + w2 <= x1 or y1 + h1 <= y2 or y2 + h2 <= y1


def test_an_empty_world_of_evidence_says_so(samples: ModuleType) -> None:
    bare: TopologyDocument = samples.topology_document(samples.demo(), samples.DIGEST, None, {}, ())
    text = " ".join(Page(html(bare, "en")).text.split())
    assert "From the inventory alone: no neighbours were read" in text
    assert "nothing about what is plugged in" in text
    assert "not under version control" in text
    assert "matching" not in text.partition("Intended links beside")[2].partition("How this was made")[0]


def test_unmeasured_time_is_never_availability(samples: ModuleType) -> None:
    full = samples.uptime()
    seconds = {state: 3600.0 if state is State.UNKNOWN else 0.0 for state in State}
    rows = tuple(
        row.model_copy(update={"uptime": row.uptime.model_copy(update={"seconds": seconds, "availability": None})})
        for row in full.institutions
    )
    services = tuple(
        row.model_copy(update={"uptime": row.uptime.model_copy(update={"seconds": seconds, "availability": None})})
        for row in full.services
    )
    blind = full.model_copy(update={"institutions": rows, "services": services})
    text = " ".join(Page(html(blind, "en")).text.split())
    assert "Nothing was measured in this period" in text
    assert "Nothing was measured of the services" in text
    assert "was available" not in text
    assert ", available" not in text


@pytest.mark.parametrize(
    ("ratio", "shown"),
    [(1.0, "100.000%"), (0.9999999, "99.999%"), (0.999994, "99.999%"), (0.0, "0.000%"), (0.29, "29.000%"), (None, "–")],
)
def test_availability_is_never_rounded_up(ratio: float | None, shown: str) -> None:
    assert Language("en", "Africa/Dar_es_Salaam").percent(ratio) == shown


@pytest.mark.parametrize(
    ("seconds", "en", "sw"),
    [
        (0.5, "0.5 secs", "sekunde 0.5"),
        (61, "1 min 1 sec", "dakika 1 sekunde 1"),
        (3600, "1 hr", "saa 1"),
        (90061, "1 day 1 hr 1 min", "siku 1 saa 1 dakika 1"),
    ],
)
def test_durations_in_both_languages(seconds: float, en: str, sw: str) -> None:
    assert Language("en", "Africa/Dar_es_Salaam").duration(seconds) == en
    assert Language("sw", "Africa/Dar_es_Salaam").duration(seconds) == sw
