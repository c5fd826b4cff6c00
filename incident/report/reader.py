"""How a reader sees times, durations and texts: language and time zone in one hand. Pure."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from incident.domain.errors import BadInput
from incident.domain.said import said
from incident.domain.words import Text
from incident.i18n import Translate, nearest, translator
from incident.report.words import msg

MINUTE, HOUR, DAY = 60, 3600, 86_400


@dataclass(frozen=True, slots=True)
class Reader:
    """A language (``zh-CN`` or ``en``), its translator and a time zone."""

    language: str
    zone: ZoneInfo
    t: Translate

    @classmethod
    def of(cls, language: str, timezone: str) -> "Reader":
        """A reader by language tag and IANA zone name. Raises BadInput for an unknown zone."""
        try:
            zone = ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise BadInput(
                said("timezone: '{timezone}' is not known", timezone=timezone), remedy="give a name like Asia/Shanghai"
            ) from error
        known = nearest(language)
        return cls(known, zone, translator(known))

    def text(self, text: Text | None) -> str:
        """A text in the reader's language; "unknown" for None."""
        return text.in_(self.language) if text is not None else self.t(msg("unknown"))

    def moment(self, at: datetime | None) -> str:
        """Date and time to the minute; "unknown" for None."""
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M}" if at else self.t(msg("unknown"))

    def second(self, at: datetime) -> str:
        """Date and time to the second."""
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M:%S}"

    def clock(self, at: datetime) -> str:
        """The time of day to the minute."""
        return f"{at.astimezone(self.zone):%H:%M}"

    def day(self, at: datetime) -> str:
        """The date."""
        return f"{at.astimezone(self.zone):%Y-%m-%d}"

    def stretch(self, start: datetime, end: datetime | None) -> str:
        """From when until when; the date stands with the end only when it is another day."""
        until = self.t(msg("now"))
        if end is not None:
            until = self.clock(end) if self.day(start) == self.day(end) else self.moment(end)
        return f"{self.clock(start)}–{until}"

    def offset(self, at: datetime) -> str:
        """The zone's name and its offset at that moment: ``Asia/Shanghai (UTC+08:00)``."""
        shift = f"{at.astimezone(self.zone):%z}"
        return f"{self.zone.key} (UTC{shift[:3]}:{shift[3:]})"

    def duration(self, seconds: float) -> str:
        """A duration by its two largest units: ``3 d 4 h``, ``1 h 17 min``, ``6 min 30 s``, ``20 s``."""
        whole = max(0, round(seconds))
        units = ((DAY, msg("{n} d")), (HOUR, msg("{n} h")), (MINUTE, msg("{n} min")), (1, msg("{n} s")))
        for index, (size, _) in enumerate(units):
            if whole >= size:
                pair = units[index : index + 2]
                break
        else:
            return self.t(units[-1][1]).format(n=0)
        found, rest = [], whole
        for size, unit in pair:
            count, rest = divmod(rest, size)
            if count:
                found.append(self.t(unit).format(n=count))
        return " ".join(found)
