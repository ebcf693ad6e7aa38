"""Amounts, shares, durations, dates and times in a text, with their values.

Written as people write them: €61,000, 61.000 EUR, 180 k€, six in ten, 60 %, 11 december, 27.11., the 5th, Thursday,
half a day, 2pm. A date without a year is the one nearest to the case's own day; a weekday is the next one.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["amount", "share", "duration", "date", "month", "time", "number"]

_UNITS = "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
NUMBERS: dict[str, str] = {word: str(number) for number, word in enumerate(_UNITS.split(), start=2)}
NUMBERS |= {word: str(number * 10) for number, word in enumerate(_TENS.split(), start=2)}
_VALUES: dict[str, float] = {word: float(value) for word, value in NUMBERS.items()}
_VALUES |= {"one": 1.0, "a": 1.0, "an": 1.0, "half": 0.5, "half a": 0.5, "half an": 0.5, "couple of": 2.0}

_SHARES = {"a quarter": 0.25, "a third": 1 / 3, "half": 0.5, "two thirds": 2 / 3, "three quarters": 0.75}

_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTH = {name: number for number, name in enumerate(_MONTHS, start=1)}
_MONTH |= {name[:3]: number for name, number in list(_MONTH.items())} | {"sept": 9}
MONTHS = {name: _MONTHS[number - 1] for name, number in _MONTH.items()}
"""The names of months and their short forms, with the whole name."""
DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_DAY = {name: number for number, name in enumerate(DAYS)}
_DAY |= {name[:3]: number for name, number in list(_DAY.items())} | {"tues": 1, "thur": 3, "thurs": 3, "weds": 2}

_WORDS = "|".join(sorted(_VALUES, key=len, reverse=True))
_FIGURE = r"\d{1,3}(?:[.,'’ ]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d+)?"
_MONTH_NAME = "(?:" + "|".join(sorted(_MONTH, key=len, reverse=True)) + r")\b(?:\.(?=\s+[a-z0-9]))?"
_DAY_NAME = "(?:" + "|".join(sorted(_DAY, key=len, reverse=True)) + r")\b(?:\.(?=\s+[a-z0-9]))?"
_HUNDREDS = r"(?:(?:a|one|two|three|four)\s+hundred(?:\s+and)?\s+)?"
_NUMBERISH = rf"(?:{_FIGURE}|{_HUNDREDS}(?:{_WORDS})(?:[ -](?:{_WORDS}))?)"
_DAY_MONTH = r"\d{1,2}\.(?:1[0-2]|0?[1-9])"
_MONEY_WORD = r"(?:euros?|eur|€)"
_SCALE = r"(?:k|m|mio|mn|thousand|million|grand)"
_UNIT = (
    r"(?:working days?|business days?|minutes?|mins?|seconds?|secs?|hours?|hrs?|days?|weeks?|wks?|months?|years?"
    r"|quarters?|w|h)"
)

_PATTERN = re.compile(
    rf"""
    (?P<iso>\b\d{{4}}-\d\d-\d\d\b)
  | (?P<dotted>\b(?P<dd>\d{{1,2}})(?:\.(?P<dm>1[0-2]|0?[1-9])\.(?:\d{{4}}|\d\d)?
    |/(?P<ds>1[0-2]|0?[1-9])(?:/\d{{2,4}})?)(?![\d/]))
  | (?:\b(?P<wd1>{_DAY_NAME}),?\s+)?(?:the\s+)?\b(?P<d1>\d{{1,2}})(?:st|nd|rd|th|\.)?
    (?:\s+of)?[\s-]*(?P<m1>{_MONTH_NAME})(?:\s*,?\s*20\d\d)?
  | (?:\b(?P<wd2>{_DAY_NAME}),?\s+)?\b(?P<m2>{_MONTH_NAME})\s+(?:the\s+)?(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b
    (?!\s*%|:\d|\s*k\b)(?:\s*,?\s*20\d\d)?
  | (?:\b(?P<wd4>{_DAY_NAME}),?\s+)?(?:the\s+)?\b(?P<d4>\d{{1,2}})(?:st|nd|rd|th)\b
  | (?P<bare>
    (?:(?<=\bon\s)|(?<=\bby\s)|(?<=\bfrom\s)
      |(?<=\buntil\s)|(?<=\btill\s)|(?<=day\s)|(?<=\d[–-])|(?<=\d\s[–-]\s)
      |(?<=\d\sto\s))(?P<db>\d{{1,2}})\.(?P<mb>1[0-2]|0?[1-9])
      (?![\d.]|\s*(?:pm|am|h|o'clock|%|k|€)\b)
    |\b(?P<dr>\d{{1,2}})\.(?P<mr>1[0-2]|0?[1-9])(?=\s?(?:[–-]|to|till|until)\s?{_DAY_MONTH}(?![\d.]*\d)))
  | (?P<euro>(?:€|\beuros?\b|\beur\b)\s*(?P<e1>{_FIGURE})(?:\s*(?P<s1>{_SCALE})\b)?)
  | (?P<euro2>\b(?P<e2>{_NUMBERISH})\s*(?P<s2>{_SCALE})?\s*(?:{_MONEY_WORD}(?!\w)))
  | (?P<euro3>\b(?P<e3>\d+(?:[.,]\d+)?)\s*(?P<s3>k|thousand|grand|million|mio)\b(?!\s*{_UNIT}\b))
  | (?P<euro4>\b(?P<e4>{_HUNDREDS}(?:{_WORDS})(?:[ -](?:{_WORDS}))?)[\s-]
      (?P<s4>thousand|grand|million)\b)
  | (?P<share1>\b(?P<p1>{_FIGURE})\s*(?:%|percent\b|per\s?cent\b))
  | (?P<share2>\b(?P<p2>{_WORDS}|\d{{1,2}})(?:\s+chances?)?[\s-](?:in|out\s+of|of)[\s-]
    (?P<q2>ten|four|three|five|two|hundred|10|4|3|5|100)\b)
  | (?P<time1>\b(?P<h1>[01]?\d|2[0-4])[:.h](?P<n1>[0-5]\d)(?!\d|\.\d)(?:\s*(?:pm|am))?
    |\b(?P<h2>1?\d)\s*(?:pm|am|o'clock)\b|\bhalf\s+past\s+\w+|\bnoon\b|\bhalf\s+(?:one|two|three|four|five|six|nine|ten)\b
    |(?<=\bat\s)(?:two|three|four|five|six|nine|ten|eleven|1?\d)(?=\s*(?:[,.?!)]|$|(?:today|tomorrow|or|if|sharp)\b)))
  | (?P<share3>\b(?:(?P<p3>a\s+quarter|a\s+third|half|two\s+thirds|three\s+quarters)\s+of\b|even\s+odds))
  | (?P<fortnight>\b(?:a|one)?\s?fortnight\b)
  | (?P<dur>\b(?!an?\s+second\b)(?P<n2>{_NUMBERISH})[\s-]?
    (?:full\s+|more\s+|whole\s+|(?P<half>and\s+a\s+half\s+))?(?P<unit>{_UNIT})\b)
  | (?P<weekday>\b(?:next\s+|this\s+|coming\s+)?(?P<wd3>{_DAY_NAME}s?))(?!\w)
  | (?P<relative>\b(?:(?:by|until|end\s+of)\s+today|end\s+of\s+(?:the\s+)?day|tonight|tomorrow)\b)
  | (?P<month>\b(?:early\s+|mid\s+|late\s+)?(?P<m3>{_MONTH_NAME}))(?!\w)
  | (?P<num>\b(?:{_FIGURE})(?!\w))
    """,
    re.IGNORECASE | re.VERBOSE,
)
_PERIOD = re.compile(
    r"\s*(?:,\s*)?(?:of\s+\w+\s+)?(?:/|a\b|an\b|per\b|each\b|every\b|in\s+a\b)\s*"
    r"(quarter|month|year|week|hour|half[- ]year)\b",
    re.IGNORECASE,
)
_PERIOD_BEFORE = re.compile(
    r"\b(?:each|every|per|a)\s+(quarter|month|year|week|hour|half[- ]year)\b[^.;\n]{0,45}$", re.IGNORECASE
)
_ABOUT = re.compile(
    r"(?:about|around|roughly|approximately|approx\.?|ca\.?|circa|near(?:ly)?|almost|some|~|≈)\s*$", re.IGNORECASE
)
_RANGE_DAY = re.compile(
    rf"\b(?:the\s+)?(\d{{1,2}})(?:st|nd|rd|th)?\s*(?:to|till|until|and|-|–|through)\s*(?=(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)?(?:\s+of)?\s+({_MONTH_NAME}))",
    re.IGNORECASE,
)
_TO = re.compile(r"\s*(?:to|and|or|till|until|[-–/])\s*", re.IGNORECASE)
_MINUTES = {"minute": 1.0, "second": 1 / 60, "hour": 60.0, "day": 1440.0, "week": 10080.0, "month": 43800.0}
_MINUTES |= {"year": 525600.0, "quarter": 131400.0, "working day": 1440.0}


@dataclass(frozen=True)
class Quantity:
    """What stands at ``start`` to ``end`` of the text.

    ``value`` is euros, a share of 1, a number, or minutes (duration); ``day`` is the date, or the first of a month.
    ``unit`` is a duration's own; ``per`` the period an amount is said to be for; ``loose`` follows an "about".
    """

    kind: Kind
    start: int
    end: int
    value: float = 0.0
    unit: str = ""
    per: str = ""
    day: dt.date | None = None
    loose: bool = False
    weekday_only: bool = False
    also: dt.date | None = None
    """Another day that "the 11th" may stand for: the next one with that number."""


def quantities(text: str, today: dt.date | None = None, known: Collection[dt.date] = ()) -> list[Quantity]:
    """All quantities of a ``plain`` text, in order. ``today`` is the case's own date; without it, dates have no year.

    A day without a month ("the 11th") is one that the text has named in full, or one of the ``known`` dates, or the
    next with that number.
    """
    now = today or dt.date(2026, 1, 1)
    found = list(_found(text, now))
    full = {q.day for q in found if q.kind == "date" and q.day and not q.weekday_only and q.unit != "day"}
    for index, q in enumerate(found):
        if q.unit == "day" and q.day:
            number = q.day.day
            meant = [day for days in (full, known) for day in sorted(days) if day.day == number]
            found[index] = replace(q, day=meant[0] if meant else q.day, unit="", also=q.day)
    for match in _RANGE_DAY.finditer(text):
        month = _MONTH[match[2].lower().rstrip(".")]
        last = re.search(r"\d+", text[match.end() :])
        if last and int(match[1]) > int(last.group()):  # "27 to 2 December" begins in November
            month = (month - 2) % 12 + 1
        day = _nearest(int(match[1]), month, now)
        taken = any(q.start < match.end(1) and match.start(1) < q.end and q.kind != "number" for q in found)
        if day and not taken:
            found = [q for q in found if not (q.start < match.end(1) and match.start(1) < q.end)]
            found.append(Quantity("date", match.start(1), match.end(1), day=day))
    return _ranges(text, list(_whole_dates(text, sorted(found, key=lambda q: q.start))))


def _whole_dates(text: str, found: list[Quantity]) -> Iterator[Quantity]:
    """ "Monday 23.11." is one date: the weekday before it is no other day."""
    for q, after in itertools.zip_longest(found, found[1:]):
        follows = after is not None and after.kind == "date" and not after.weekday_only
        if not (q.weekday_only and follows and re.fullmatch(r"[\s,]*(?:the\s+)?", text[q.end : after.start])):
            yield q


def _ranges(text: str, found: list[Quantity]) -> list[Quantity]:
    """ "120 to 240k": the first number is an amount too, in the unit of the second."""
    for index, (q, after) in enumerate(itertools.pairwise(found)):
        if q.kind == "number" and after.kind == "amount" and _TO.fullmatch(text[q.end : after.start]):
            scale = 1000.0 if after.value >= 1000 > q.value else 1.0
            found[index] = replace(q, kind="amount", value=q.value * scale)
    return found


def _found(text: str, now: dt.date) -> Iterator[Quantity]:
    done = 0
    for match in _PATTERN.finditer(text):
        if match.start() < done:
            continue
        made = _one(match, now)
        if made is None:
            continue
        end = match.end()
        loose = bool(_ABOUT.search(text, max(0, match.start() - 16), match.start()))
        per = ""
        if made.kind in ("amount", "number"):
            after = _PERIOD.match(text, match.end())
            before = _PERIOD_BEFORE.search(text[max(0, match.start() - 60) : match.start()])
            end = after.end() if after and made.kind == "amount" else end
            per = (after or before).group(1).lower().replace("-", " ") if after or before else ""  # type: ignore[union-attr]
        done = end
        yield Quantity(made.kind, match.start(), end, made.value, made.unit, per, made.day, loose, made.weekday_only)


def _one(match: re.Match[str], now: dt.date) -> Quantity | None:
    get = match.group
    at = (match.start(), match.end())
    if get("iso"):
        try:
            return Quantity("date", *at, day=dt.date.fromisoformat(get("iso")))
        except ValueError:
            return None
    if get("dotted"):
        day = _nearest(int(get("dd")), int(get("dm") or get("ds")), now)
        return Quantity("date", *at, day=day) if day else None
    for number in ("1", "2"):
        if get(f"d{number}"):
            day = _nearest(int(get(f"d{number}")), _MONTH[get(f"m{number}").lower().rstrip(".")], now)
            return Quantity("date", *at, day=day) if day else None
    if get("d4"):
        day = _coming(int(get("d4")), now)
        return Quantity("date", *at, unit="day", day=day) if day else None
    if get("bare"):
        day = _nearest(int(get("db") or get("dr")), int(get("mb") or get("mr")), now)
        return Quantity("date", *at, day=day) if day else None
    for number in ("1", "2", "3", "4"):
        if get(f"e{number}"):
            scale = {"k": 1e3, "t": 1e3, "g": 1e3, "m": 1e6}.get((get(f"s{number}") or "")[:1].lower(), 1.0)
            return Quantity("amount", *at, value=_value(get(f"e{number}")) * scale)
    if get("share1"):
        return Quantity("share", *at, value=_value(get("p1")) / 100)
    if get("share2"):
        below = 100.0 if get("q2").lower() == "hundred" else _value(get("q2"))
        return Quantity("share", *at, value=_value(get("p2")) / below)
    if get("share3"):
        return Quantity("share", *at, value=_SHARES[" ".join((get("p3") or "half").lower().split())])
    if get("time1"):
        return Quantity("time", *at, value=float(get("h1") or get("h2") or 0) * 60 + float(get("n1") or 0))
    if get("dur"):
        unit = _unit(get("unit"))
        value = _value(get("n2")) + (0.5 if get("half") else 0.0)
        return Quantity("duration", *at, value=value * _MINUTES[unit], unit=unit)
    if get("fortnight"):
        return Quantity("duration", *at, value=2 * _MINUTES["week"], unit="week")
    if get("weekday"):
        name = get("wd3").lower().rstrip(".")
        number_ = _DAY[name if name in _DAY else name.rstrip("s")]
        ahead = (number_ - now.weekday()) % 7 or 7
        if get("weekday").lower().startswith("next") and ahead + now.weekday() < 7:
            ahead += 7
        return Quantity("date", *at, day=now + dt.timedelta(days=ahead), weekday_only=True)
    if get("relative"):
        return Quantity("date", *at, day=now + dt.timedelta(days=get("relative").lower() == "tomorrow"))
    if get("month"):
        if get("month") in ("may", "mar", "march", "sat", "sun"):  # words of their own; as months they have a capital
            return None
        day = _nearest(1, _MONTH[get("m3").lower().rstrip(".")], now)
        return Quantity("month", *at, day=day) if day else None
    return Quantity("number", *at, value=_value(get("num")))


def _unit(text: str) -> str:
    name = " ".join(text.lower().split()).removesuffix("s")
    short = {"min": "minute", "sec": "second", "hr": "hour", "h": "hour", "wk": "week", "w": "week"}
    return short.get(name, "working day" if "day" in name and name != "day" else name)


def _value(text: str) -> float:
    text = text.lower().strip()
    if text in _VALUES:
        return _VALUES[text]
    if not text[0].isdigit():
        hundreds, _, rest = text.rpartition("hundred")
        parts = [_VALUES.get(part, 0.0) for part in re.split(r"[\s-]+", rest)]
        return sum(parts) + 100 * _VALUES.get(hundreds.strip(), 0.0)
    grouped = re.fullmatch(r"(\d{1,3}(?:[.,'’ ]\d{3})+)(?:[.,](\d{1,2}))?", text)
    if grouped:
        return float(re.sub(r"\D", "", grouped[1]) + (f".{grouped[2]}" if grouped[2] else ""))
    return float(text.replace(",", "."))


def _nearest(day: int, month: int, now: dt.date) -> dt.date | None:
    """The date nearest to ``now``, with the future preferred."""
    made = []
    for year in (now.year - 1, now.year, now.year + 1):
        try:
            made.append(dt.date(year, month, day))
        except ValueError:
            continue
    return min(made, key=lambda d: abs((d - now).days - 60), default=None)


def _coming(day: int, now: dt.date) -> dt.date | None:
    """The next date with that day of the month, today included."""
    for months in range(3):
        year, month = divmod(now.year * 12 + now.month - 1 + months, 12)
        try:
            made = dt.date(year, month + 1, day)
        except ValueError:
            continue
        if made >= now:
            return made
    return None
