"""What stands in a PDF: its streams inflated, and its text as a reader would copy it."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

GLYPH_DIGITS = 4


def streams(content: bytes) -> list[bytes]:
    """Every compressed stream of a PDF (ISO 32000-1, 7.3.8 and 7.4.4), inflated."""
    found = []
    for body in re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL):
        try:
            found.append(zlib.decompressobj().decompress(body))
        except zlib.error:
            continue
    return found


def texts(content: bytes) -> list[str]:
    """The shown text of every page, read once by each font's glyphs (ISO 32000-1, 9.4.3 and 9.10.3).

    So a word stands whole in the reading by its own font, and with holes in the others; line ends are in none.
    """
    inflated = streams(content)
    fonts = [dict(glyphs(stream)) for stream in inflated if b"beginbfchar" in stream]
    shown = (re.findall(rb"<([0-9a-fA-F]+)>", stream) for stream in inflated if b" TJ" in stream)
    pages = [b"".join(strings).decode() for strings in shown]
    return ["".join(font.get(glyph, "") for glyph in split(page)) for page in pages for font in fonts]


def glyphs(font: bytes) -> Iterator[tuple[str, str]]:
    """Of a ToUnicode map: glyph, in hexadecimal digits, and character."""
    for glyph, character in re.findall(rb"<([0-9a-fA-F]{4})> <([0-9a-fA-F]+)>", font):
        yield glyph.decode().lower(), bytes.fromhex(character.decode()).decode("utf-16-be")


def split(digits: str) -> Iterator[str]:
    for at in range(0, len(digits), GLYPH_DIGITS):
        yield digits[at : at + GLYPH_DIGITS].lower()
