"""HTML to PDF by WeasyPrint, with nothing fetched, fonts from pinned folders, and no clock.

Importing this module is slow (it loads Pango), so only a process that writes PDF does.
"""

from __future__ import annotations

import os
from pathlib import Path

FONTS = Path(__file__).with_name("fonts.conf")
os.environ["FONTCONFIG_FILE"] = str(FONTS)  # before Pango first asks: another host's fonts must not change a byte

from weasyprint import HTML  # noqa: E402  # after the line above
from weasyprint.urls import FatalURLFetchingError, URLFetcher  # noqa: E402  # after the line above

FACES = (
    Path("/usr/share/fonts/truetype/open-sans/OpenSans-Regular.ttf"),
    Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"),
    Path("/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf"),
)


class FontsMissing(Exception):
    """A face of the reports is not installed; another one in its place would be another report."""


class FetchRefused(Exception):
    """A report asked for something outside itself."""


class _Alone(URLFetcher):  # type: ignore[misc]  # weasyprint has no types
    """Fetches nothing; the whole rendering ends, rather than a hole in the page."""

    def fetch(self, url: str, headers: object = None) -> None:
        raise FatalURLFetchingError(f"a report stands alone, and asked for {url}")


def pdf(html: str, digest: str) -> bytes:
    """The report as PDF/A-3u with tags; the file's identifier is the document's digest, its dates stand in the HTML.

    Raises FetchRefused, FontsMissing.
    """
    if missing := [face.name for face in FACES if not face.exists()]:
        raise FontsMissing(f"{', '.join(missing)}: install fonts-open-sans and fonts-dejavu-core")
    identifier = bytes.fromhex(digest.removeprefix("sha256:"))[:16]
    try:
        written = HTML(string=html, url_fetcher=_Alone()).write_pdf(
            pdf_identifier=identifier, pdf_variant="pdf/a-3u", pdf_tags=True
        )
    except FatalURLFetchingError as refused:
        raise FetchRefused(str(refused)) from None
    return bytes(written)
