"""The two languages of the reports: catalogue, numbers, dates and durations. English texts are the message ids."""

from __future__ import annotations

import gettext
import io
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Literal

from babel.dates import format_date, format_datetime, format_time, get_timezone, get_timezone_name
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit

from inventory.model import Text

Code = Literal["en", "sw"]
CODES: tuple[Code, ...] = ("en", "sw")
LOCALES: dict[Code, str] = {"en": "en_TZ", "sw": "sw_TZ"}
CATALOGUES = Path(__file__).parent / "locale"


@dataclass(frozen=True)
class Language:
    """How one report speaks: a language, and the time zone that its moments are shown in."""

    code: Code
    timezone: str
    """An IANA zone name."""

    @property
    def locale(self) -> str:
        return LOCALES[self.code]

    @property
    def catalogue(self) -> gettext.NullTranslations:
        return catalogue(self.code)

    def say(self, message: str) -> str:
        """The message in this language."""
        return self.catalogue.gettext(message)

    def many(self, one: str, several: str, number: int) -> str:
        """The message for that many; `%(n)s` in it is the number."""
        return self.catalogue.ngettext(one, several, number) % {"n": self.number(number)}

    def text(self, text: Text) -> str:
        return text.sw if self.code == "sw" else text.en

    def number(self, value: float) -> str:
        return format_decimal(value, locale=self.locale)

    def percent(self, ratio: float | None) -> str:
        """Three decimals, never rounded up to a whole hundred: 99.9999 % is shown as 99.999 %."""
        if ratio is None:
            return "–"
        floored = math.floor(round(ratio * 100_000, 4)) / 100_000
        return format_percent(floored, "#,##0.000%", locale=self.locale)

    def names(self, names: list[str]) -> str:
        """A list in a sentence: a, b and c."""
        return format_list(names, locale=self.locale)

    def short_date(self, moment: datetime) -> str:
        return format_date(moment.astimezone(get_timezone(self.timezone)), "d MMM", locale=self.locale)

    def moment(self, moment: datetime) -> str:
        """Day and time to the second, in the country's zone."""
        return format_datetime(moment, "d MMM y HH:mm:ss", tzinfo=get_timezone(self.timezone), locale=self.locale)

    def clock(self, moment: datetime) -> str:
        return format_time(moment, "HH:mm:ss", tzinfo=get_timezone(self.timezone), locale=self.locale)

    def zone(self, moment: datetime) -> str:
        """The zone's name and its distance from UTC at that moment."""
        zone = get_timezone(self.timezone)
        offset = moment.astimezone(zone).utcoffset() or timedelta()
        hours, minutes = divmod(abs(int(offset.total_seconds())) // 60, 60)
        sign = "−" if offset < timedelta() else "+"
        shown = f"UTC{sign}{hours}" + (f":{minutes:02}" if minutes else "")
        return f"{get_timezone_name(moment.astimezone(zone), locale=self.locale)} ({shown})"

    def duration(self, seconds: float) -> str:
        """In whole units, the two or three that matter; under ten seconds with one decimal."""
        if seconds < 10:
            return self._unit(round(seconds, 1), "second")
        return " ".join(self._unit(count, unit) for count, unit in _units(round(seconds)))

    def _unit(self, count: float, unit: str) -> str:
        return format_unit(count, f"duration-{unit}", length="short", locale=self.locale)


def _units(seconds: int) -> list[tuple[int, str]]:
    """Days, hours, minutes, seconds that are not zero; seconds are dropped from a day on."""
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    day, hour = divmod(hours, 24)
    parts = [(day, "day"), (hour, "hour"), (minute, "minute"), (0 if day else second, "second")]
    return [(count, unit) for count, unit in parts if count]


@cache
def catalogue(code: Code) -> gettext.NullTranslations:
    """The message catalogue, compiled in memory from its .po file; English needs none."""
    if code == "en":
        return gettext.NullTranslations()
    with (CATALOGUES / code / "govnet.po").open("rb") as source:
        read = read_po(source, locale=code)
    compiled = io.BytesIO()
    write_mo(compiled, read)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
