"""The calendar audit: what takes time, in which zone, and what is left; broken files end in a sentence."""

from __future__ import annotations

import random
import time as clock
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as some

from leadgym.cli import main
from leadgym.sim.meetings import blocks
from leadgym.tools.audit import audit, entries_of
from leadgym.tools.audit.labels import Label, guessed, labelled, read_labels, write_labels
from leadgym.tools.audit.numbers import AWAY, FOCUS, MEETING, Entry, Hours
from leadgym.tools.audit.numbers import audit as count
from leadgym.tools.audit.picture import _names
from leadgym.tools.audit.reading import named_zone
from leadgym.tools.audit.sample import SAMPLE_MONDAY, sample_ics
from leadgym.yamlfile import FileProblems

ROOT = Path(__file__).resolve().parents[2]
REAL = ROOT / "tests" / "fixtures" / "calendars"
MONDAY = date(2026, 6, 8)
HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//EN\r\n"
BERLIN = "X-WR-TIMEZONE:Europe/Berlin\r\n"


def calendar(*events, head=BERLIN):
    return HEAD + head + "".join(events) + "END:VCALENDAR\r\n"


def event(start, end, *more, title="Sync", uid=None):
    lines = [
        "BEGIN:VEVENT", f"UID:{uid or f'{title}-{start}'}", "DTSTAMP:20260101T000000Z", f"DTSTART{start}",
        *([f"DTEND{end}"] if end else []), *more, f"SUMMARY:{title}", "END:VEVENT",
    ]  # fmt: skip
    return "\r\n".join(lines) + "\r\n"


def at(day, hour, zone=";TZID=Europe/Berlin"):
    return f"{zone}:202606{day:02d}T{hour:02d}0000"


@pytest.fixture
def read(tmp_path):
    def read(text, weeks=1, start=MONDAY, **options):
        path = tmp_path / "calendar.ics"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        found, opened, monday = entries_of(path, weeks=weeks, start=start, **options)
        return found, count(found, monday, weeks, options.get("hours", Hours())), opened

    return read


def taken(read, *events, **options):
    """When meetings lie, as (day, from, to) in hours."""
    found, _, _ = read(calendar(event(at(8, 16), at(8, 17), title="there"), *events), **options)
    return [
        (one.start.day, one.start.hour + one.start.minute / 60, one.end.hour + one.end.minute / 60)
        for one in found
        if one.does == MEETING and one.title != "there"
    ]


# What takes time


@pytest.mark.parametrize(
    "more",
    [
        ["STATUS:CANCELLED"],
        ["TRANSP:TRANSPARENT"],
        ["X-MICROSOFT-CDO-BUSYSTATUS:FREE"],
        ["X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE"],
        ["ATTENDEE;PARTSTAT=DECLINED:mailto:Me@example.org"],
        ['ATTENDEE;CN="Me, Myself";ROLE=REQ-PARTICIPANT;PARTSTAT=DECLINED:MAILTO:me@example.org'],
    ],
)
def test_takes_no_time(read, more):
    assert taken(read, event(at(9, 10), at(9, 11), *more), me="me@example.org") == []


@pytest.mark.parametrize(
    "more",
    [
        [],
        ["STATUS:TENTATIVE"],
        ["X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE"],
        ["ATTENDEE;PARTSTAT=DECLINED:mailto:somebody@example.org"],
        ["ATTENDEE;PARTSTAT=ACCEPTED:mailto:me@example.org", "ATTENDEE;PARTSTAT=DECLINED:mailto:you@example.org"],
    ],
)
def test_takes_time(read, more):
    assert taken(read, event(at(9, 10), at(9, 11), *more), me="me@example.org") == [(9, 10, 11)]


@pytest.mark.parametrize(
    ("title", "more", "does"),
    [
        ("Focus time", [], FOCUS), ("focus block", [], FOCUS), ("No meetings!", [], FOCUS),
        ("Focus group", [], MEETING),
        ("Out of office", [], AWAY), ("OOO - dentist", [], AWAY), ("Dentist", ["X-MICROSOFT-CDO-BUSYSTATUS:OOF"], AWAY),
        ("Annual leave planning", [], AWAY), ("Talk about the holiday rota", [], MEETING),
    ],
)  # fmt: skip
def test_titles_that_say_what_they_do(read, title, more, does):
    found, _, _ = read(calendar(event(at(8, 16), at(8, 17)), event(at(9, 10), at(9, 11), *more, title=title)))
    assert [one.does for one in found if one.title == title] == [does]


def test_an_all_day_entry_takes_the_day_if_it_is_busy_and_nothing_if_it_is_not(read):
    days = [
        event(";VALUE=DATE:20260609", ";VALUE=DATE:20260610", title="Leave"),
        event(";VALUE=DATE:20260610", ";VALUE=DATE:20260611", "TRANSP:TRANSPARENT", title="Noor's birthday"),
        event(at(8, 9), at(8, 10)),
    ]
    _, found, opened = read(calendar(*days))
    tuesday, wednesday = found.weeks[0].days[1:3]
    assert (tuesday.working, tuesday.free, tuesday.blocks) == (0, 0, [])
    assert wednesday.blocks == [(540, 1020)]
    assert opened.left_out == {"all-day notes": 1}


def test_an_all_day_entry_without_an_end_is_one_day(read):
    _, found, _ = read(calendar(event(";VALUE=DATE:20260609", "", title="Leave"), event(at(8, 9), at(8, 10))))
    assert [day.working for day in found.weeks[0].days] == [480, 0, 480, 480, 480]


# Series and zones


def test_a_series_with_an_exception_and_a_moved_day(read):
    stand_up = event(
        at(1, 10), at(1, 11), "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", f"EXDATE{at(9, 10)}", uid="s"
    )  # fmt: skip
    moved = event(at(10, 14), at(10, 15), f"RECURRENCE-ID{at(10, 10)}", uid="s")
    cancelled = event(at(11, 10), at(11, 11), f"RECURRENCE-ID{at(11, 10)}", "STATUS:CANCELLED", uid="s")
    assert taken(read, stand_up, moved, cancelled) == [(8, 10, 11), (10, 14, 15), (12, 10, 11)]


def test_a_day_that_is_moved_into_the_week_and_one_that_is_moved_out(read):
    series = event(at(1, 10), at(1, 11), "RRULE:FREQ=WEEKLY;COUNT=3", uid="s")
    out = event(at(16, 9), at(16, 10), f"RECURRENCE-ID{at(8, 10)}", uid="s")
    into = event(at(12, 9), at(12, 10), f"RECURRENCE-ID{at(15, 10)}", uid="s")
    assert taken(read, series, out, into) == [(12, 9, 10)]


def test_a_stand_up_at_ten_is_at_ten_on_both_sides_of_the_change_of_the_clocks(read):
    stand_up = event(";TZID=Europe/Berlin:20261019T100000", ";TZID=Europe/Berlin:20261019T101500", "RRULE:FREQ=WEEKLY")
    found, _, _ = read(calendar(stand_up), weeks=2, start=date(2026, 10, 19))
    assert [one.start for one in found] == [datetime(2026, 10, 19, 10), datetime(2026, 10, 26, 10)]


def test_a_meeting_that_is_written_in_another_zone_moves_with_that_zone(read):
    """New York goes back to winter a week after Berlin: their ten is at 16:00, 15:00, 16:00."""
    call = event(
        ";TZID=America/New_York:20261021T100000", ";TZID=America/New_York:20261021T110000", "RRULE:FREQ=WEEKLY"
    )
    found, _, _ = read(calendar(call), weeks=3, start=date(2026, 10, 19))
    assert [one.start.hour for one in found] == [16, 15, 16]


def test_utc_becomes_the_calendar_s_zone(read):
    assert taken(read, event(":20260609T080000Z", ":20260609T090000Z")) == [(9, 10, 11)]
    assert taken(read, event(":20260609T080000Z", ":20260609T090000Z"), zone="America/New_York") == [(9, 4, 5)]


@pytest.mark.parametrize("quotes", ["", '"'])
def test_outlooks_zone_names_need_no_vtimezone(read, quotes):
    zone = f";TZID={quotes}W. Europe Standard Time{quotes}"
    found, _, opened = read(calendar(event(at(9, 10, zone), at(9, 11, zone)), head=""))
    assert (opened.zone_name, [one.start.hour for one in found]) == ("Europe/Berlin", [10])
    found, _, _ = read(calendar(event(at(9, 10, zone), at(9, 11, zone)), head=""), zone="Europe/London")
    assert [one.start.hour for one in found] == [9]


def test_a_zone_of_its_own_with_a_vtimezone(read):
    own = (
        "BEGIN:VTIMEZONE\r\nTZID:Customized Time Zone\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\n"
        "TZOFFSETFROM:+0500\r\nTZOFFSETTO:+0500\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    )
    zone = ";TZID=Customized Time Zone"
    assert taken(read, own, event(at(9, 13, zone), at(9, 14, zone))) == [(9, 10, 11)]
    series = event(at(2, 13, zone), at(2, 14, zone), "RRULE:FREQ=WEEKLY")
    assert taken(read, own, series) == [(9, 10, 11)]


def test_a_zone_that_nobody_knows_is_taken_as_local_and_said(read):
    zone = ';TZID="(UTC-05:00) Eastern Time (US & Canada)"'
    found, made, opened = read(calendar(event(at(9, 10, zone), at(9, 11, zone))))
    assert [one.start.hour for one in found] == [10]
    assert opened.unknown_zones == ("(UTC-05:00) Eastern Time (US & Canada)",)
    assert made.weeks[0].in_meetings == 60


def test_a_time_without_a_zone_is_in_the_calendar_s_own(read):
    assert taken(read, event(at(9, 10, ""), at(9, 11, ""))) == [(9, 10, 11)]
    assert taken(read, event(at(9, 10, ""), at(9, 11, "")), zone="Europe/London") == [(9, 9, 10)]


def test_names_of_zones():
    assert str(named_zone("W. Europe Standard Time")) == "Europe/Berlin"
    assert str(named_zone("/freeassociation.sourceforge.net/Europe/Paris")) == "Europe/Paris"
    assert named_zone("Mars/Olympus") is None
    assert named_zone("../../etc/passwd") is None


def test_folded_lines_and_a_duration(read):
    folded = event(at(9, 10), "", "DURATION:PT1H30M", title="A long title that goes\r\n  on and on")
    found, _, _ = read(calendar(folded))
    assert [(one.title, one.end - one.start) for one in found] == [
        ("A long title that goes on and on", timedelta(minutes=90))
    ]


def test_lines_may_end_in_any_way(read):
    text = calendar(event(at(9, 10), at(9, 11)))
    for ending in ("\n", "\r"):
        assert len(read(text.replace("\r\n", ending))[0]) == 1
    assert len(read(b"\xef\xbb\xbf" + text.encode())[0]) == 1
    assert len(read(text.encode("utf-16"))[0]) == 1


# Numbers


def day(*spans, away=()):
    start = datetime(2026, 6, 8)
    made = [
        Entry(f"m{n}", start + timedelta(minutes=a), start + timedelta(minutes=b), MEETING)
        for n, (a, b) in enumerate(spans)
    ]
    return [*made, *(Entry("x", start + timedelta(minutes=a), start + timedelta(minutes=b), AWAY) for a, b in away)]


def monday(*spans, away=(), **hours):
    return count(day(*spans, away=away), MONDAY, 1, Hours(**hours)).weeks[0].days[0]


def test_overlaps_touching_ends_and_what_lies_outside():
    """By hand: 9:00-10:00 off, 10:30-12:00 in two that overlap, 12:00-12:30 touches it, 19:00 is outside."""
    found = monday((480, 600), (630, 690), (660, 720), (720, 750), (1140, 1260))
    assert found.in_meetings == 60 + 90 + 30
    assert found.pieces == [(600, 630)]
    assert found.blocks == [(750, 1020)]
    assert (found.free, found.focus) == (300, 270)


@pytest.mark.parametrize(("least", "blocks_"), [(120, [(540, 660), (690, 1020)]), (121, [(690, 1020)])])
def test_a_block_is_long_enough_when_it_is_exactly_as_long(least, blocks_):
    assert monday((660, 690), least=least).blocks == blocks_


def test_away_is_neither_meeting_nor_block():
    found = monday((540, 600), (780, 840), away=[(720, 1020)])
    assert (found.working, found.in_meetings, found.blocks) == (180, 60, [(600, 720)])


def test_a_meeting_over_two_days_counts_once_and_on_both(read):
    _, found, _ = read(calendar(event(at(9, 15), at(10, 11))))
    week = found.weeks[0]
    assert week.meeting_count == 1
    assert [one.in_meetings for one in week.days] == [0, 120, 120, 0, 0]


def test_what_a_series_costs_by_hand():
    """A quarter of an hour at 10:45 between nine and one leaves 105 and 120 minutes; without it there are 240."""
    entries = day((645, 660), (780, 1020))
    (cost,) = [one for one in count(entries, MONDAY, 1, Hours()).costs if one.title == "m0"]
    assert (cost.minutes, cost.blocks) == (15, 240 - 120)


def test_a_week_of_leave_is_no_week_of_focus():
    start = datetime(2026, 6, 8)
    away = [Entry("Leave", start, start + timedelta(days=7), AWAY, all_day=True)]
    assert count(away, MONDAY, 2, Hours()).weeks[0].monday == date(2026, 6, 15)


spans = some.lists(some.tuples(some.integers(400, 1200), some.integers(400, 1200)), max_size=8)


@settings(max_examples=80, deadline=None)
@given(spans, some.integers(15, 240))
def test_blocks_are_what_a_minute_by_minute_count_finds(busy, least):
    taken_minutes = {minute for start, end in busy for minute in range(start, end)}
    expected, run = [], None
    for minute in range(540, 1021):
        free = minute < 1020 and minute not in taken_minutes
        if free and run is None:
            run = minute
        if not free and run is not None:
            expected += [(run, minute)] if minute - run >= least else []
            run = None
    assert blocks(busy, 540, 1020, least) == expected


@settings(max_examples=40, deadline=None)
@given(spans)
def test_every_minute_is_somewhere(busy):
    found = monday(*[span for span in busy if span[1] > span[0]])
    assert found.in_meetings + found.focus + sum(end - start for start, end in found.pieces) == found.working


# Labels


def test_labels_by_title_and_by_pattern(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("title,kind,side\n1:1 *,one to one,Leading\nplan? [x],,making\n*,rest,neither\n", encoding="utf-8")
    labels = read_labels(path)
    titles = ["1:1  PRIYA", "Plan? [x]", "Plant ax", "Choir"]
    made = labelled(
        [Entry(title, datetime(2026, 6, 8, 9), datetime(2026, 6, 8, 10), MEETING) for title in titles], labels
    )
    assert [one.side for one in made] == ["leading", "making", "neither", "neither"]


def test_a_labels_file_that_is_written_labels_every_title_it_has(tmp_path):
    titles = ["Stand-up", "What? [really] *", "1:1 Priya", "Stand-up"]
    entries = [Entry(title, datetime(2026, 6, 8, 9), datetime(2026, 6, 8, 10), MEETING) for title in titles]
    path = tmp_path / "labels.csv"
    assert write_labels(entries, path) == 3
    path.write_text(path.read_text().replace(",\n", ",making\n"), encoding="utf-8")
    assert {one.side for one in labelled(entries, read_labels(path))} == {"making"}


def test_a_labels_file_with_a_fault_says_which_line(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("title,side\nSync,coding\n,making\n", encoding="utf-8")
    with pytest.raises(FileProblems) as caught:
        read_labels(path)
    assert f"{path}:2: side: is 'coding'" in str(caught.value)
    assert f"{path}:3: title: is empty" in str(caught.value)


def test_kinds_by_how_a_title_sounds():
    assert [guessed(t) for t in ("1:1 Wen", "Daily", "Interview (x)", "Design review", "Foo")] == [
        "one to one", "the team's round", "hiring", "review and design", "other meetings"]  # fmt: skip


def test_making_is_said_as_at_most():
    label = [Label("m0", "k", "leading")]
    assert labelled(day((540, 600)), label)[0].side == "leading"
    assert "Making has at most" in audit().says[5]


# Files


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "is empty"),
        (b"title,start\n", "is no calendar"),
        (b"PK\x03\x04rest", "is a zip. Unpack it"),
        (HEAD + "END:VCALENDAR\r\n", "has no events"),
        (calendar(event(at(9, 10), at(9, 11)))[:-40], "stops inside of VEVENT: the file was cut off"),
        (calendar(event(at(9, 10), at(9, 11))).encode() + b"\xff\xfe\xfa", "is not UTF-8"),
        (calendar(event(":20240101T100000Z", ":20240101T110000Z")), "try --from 2024-01-01"),
        (calendar(event(":20260699T990000Z", "")), "has no meeting"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_a_sentence(read, text, said):
    with pytest.raises(FileProblems) as caught:
        read(text)
    assert said in str(caught.value)
    assert "calendar.ics:" in str(caught.value)


def test_an_entry_that_cannot_be_read_costs_itself_and_no_other(read):
    bad = event(":20260699T990000Z", "", uid="b")
    worse = event(at(9, 14), at(9, 15), "RRULE:FREQ=NEVER", uid="w")
    mixed = event(";VALUE=DATE:20260609", at(9, 15), "RRULE:FREQ=DAILY;UNTIL=20260610T000000Z", uid="m", title="Mixed")
    found, _, opened = read(calendar(event(at(9, 10), at(9, 11), title="Good"), bad, worse, mixed))
    assert "Good" in [one.title for one in found]
    assert opened.unreadable == {12, 18}


def test_what_cannot_be_read_is_named_by_its_line_and_counted_once(read):
    good = event(at(9, 10), at(9, 11), "DESCRIPTION:on two\r\n  lines")
    never = event(at(9, 14), at(9, 15), "RRULE:FREQ=WEKLY", uid="w")
    seconds = event(":20200101T100000Z", ":20200101T101500Z", "RRULE:FREQ=SECONDLY", uid="s")
    text = calendar(good, event(":20260609T996000Z", "", uid="b"), never, seconds)
    lines = text.split("\r\n")
    begins = [number for number, line in enumerate(lines, 1) if line == "BEGIN:VEVENT"]
    _, _, opened = read(text)
    assert opened.unreadable == set(begins[1:])


def test_a_file_that_is_cut_off_says_the_line_of_the_file_itself(read):
    text = calendar(event(at(9, 10), at(9, 11), "DESCRIPTION:on\r\n  three\r\n  lines"))
    cut = text[: text.index("END:VEVENT")].rstrip()
    with pytest.raises(FileProblems) as caught:
        read(cut)
    assert f"calendar.ics:{len(cut.splitlines())}: stops inside" in str(caught.value)


def test_the_week_that_is_drawn_is_a_whole_one():
    """Not the one with the bank holiday in it."""
    page = audit(today=date(2026, 7, 10))
    assert "away" not in page.pictures[0].alt
    assert page.pictures[0].title.startswith("Week of 25 May"), "of two whole weeks the one nearer to the median"


def test_titles_of_meetings_at_once_do_not_lie_over_each_other(read):
    found, _, _ = read(
        calendar(
            event(at(9, 11), at(9, 12), title="Design: retries", uid="a"),
            event(at(9, 11), at(9, 12), title="All hands", uid="b"),
            event(at(9, 15), at(9, 16), title="Retro", uid="c"),
        )
    )
    tuesday = count(found, MONDAY, 1, Hours()).weeks[0].days[1]
    assert [said for _, said in _names(tuesday)] == ["All hands + Design: r…", "Retro"]


def test_an_old_export_is_audited_at_its_end(tmp_path):
    path = tmp_path / "old.ics"
    path.write_text(calendar(*(event(f":2019{m:02d}11T100000Z", f":2019{m:02d}11T110000Z") for m in range(1, 7))))
    _, _, start = entries_of(path, today=date(2026, 6, 20))
    assert start + timedelta(weeks=4) == date(2019, 6, 17), "the last of the four weeks has 11 June in it"


def test_today_s_week_is_not_over_and_not_counted(tmp_path):
    path = tmp_path / "now.ics"
    path.write_text(calendar(event(at(1, 10), at(1, 11), "RRULE:FREQ=DAILY")))
    assert entries_of(path, today=date(2026, 6, 25))[2] == date(2026, 5, 25)


def test_ten_years_of_meetings_are_read_in_seconds(tmp_path):
    luck, lines = random.Random(1), []  # noqa: S311
    for number in range(4_000):
        start = datetime(2016, 7, 1, 9) + timedelta(hours=number * 21.5)
        more = ["RRULE:FREQ=WEEKLY;COUNT=8"] if luck.random() < 0.1 else []
        lines.append(
            event(f":{start:%Y%m%dT%H%M%S}Z", f":{start + timedelta(hours=1):%Y%m%dT%H%M%S}Z", *more, uid=str(number))
        )
    path = tmp_path / "long.ics"
    path.write_text(calendar(*lines))
    begun = clock.process_time()
    entries, _, _ = entries_of(path, today=date(2026, 4, 20))
    assert len(entries) > 50
    assert clock.process_time() - begun < 5


@pytest.mark.parametrize(
    ("name", "start", "zone", "in_meetings", "focus"),
    [
        # Worked out by hand in benchmarks/calendars.md.
        ("apple_ical_1.ics", "2002-09-23", "US/Pacific", [540, 810], [1530, 1080]),
        ("outlook_11_standup.ics", "2009-03-30", "Australia/Sydney", [75, 75], [2175, 2175]),
    ],
)
def test_exports_that_nobody_here_wrote(name, start, zone, in_meetings, focus):
    entries, _, first = entries_of(REAL / name, weeks=2, start=start, zone=zone)
    found = count(entries, first, 2, Hours()).weeks
    assert [week.in_meetings for week in found] == in_meetings
    assert [week.focus for week in found] == focus


# The page and the command


@pytest.mark.parametrize(("name", "proposed"), [("calendar.ics", False), ("proposed.ics", True)])
def test_the_sample_is_what_the_generator_writes(name, proposed):
    data = ROOT / "solutions" / "01_schedule" / "data" / name
    assert data.read_bytes() == sample_ics(proposed=proposed).encode()


def test_the_sample_s_page_says_the_answer_first():
    page = audit()
    assert page.says[0] == "The proposal leaves 20 h a week in stretches of 2 h and more, 7 h 11 more than before."
    assert page.says[1].startswith("It moves “1:1 Priya”, “1:1 Wen”, “Stand-up”.")
    assert page.says[2].startswith("You had 4.5 stretches of 2 h and more a week (4 to 5), 12 h 49 in all.")
    assert len(page.pictures) == 3
    assert all(len(picture.alt.split()) > 12 for picture in page.pictures)
    assert "no study behind it" in page.text()


def test_the_command_writes_labels_first_and_uses_them_then(tmp_path):
    path, labels, out = tmp_path / "calendar.ics", tmp_path / "labels.csv", tmp_path / "week.html"
    path.write_text(sample_ics(), newline="")
    asked = ["audit", str(path), "--from", SAMPLE_MONDAY.isoformat(), "--labels", str(labels), "--out", str(out)]
    first = CliRunner().invoke(main, asked)
    assert first.exit_code == 0, first.output
    assert "written, 17 titles" in first.output
    labels.write_text(labels.read_text().replace("the team's round,", "the team's round,leading"))
    second = CliRunner().invoke(main, asked)
    assert "By your labels, leading takes" in second.output
    assert out.read_text(encoding="utf-8").count("<svg") == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "Give one FILE, or --sample"),
        (["--sample", "--hours", "17:00-09:00"], "the earlier one first"),
        (["--sample", "--hours", "9 to 5"], "two times of a day"),
        (["--sample", "--days", "fri-mon"], "goes backwards"),
        (["--sample", "--days", "someday"], "the names are mon"),
        (["--sample", "--from", "June"], "is no date"),
        (["--sample", "--least", "480", "--hours", "09:00-12:00"], "Give less"),
        (["nowhere.ics"], "cannot be read"),
    ],
)
def test_what_is_typed_wrongly_is_said(options, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["audit", *options])
    assert done.exit_code in (1, 2)
    assert said in " ".join(done.output.split())
    assert "Traceback" not in done.output


def test_titles_of_any_kind_are_shown_and_never_run(tmp_path):
    path = tmp_path / "odd.ics"
    titles = ["<script>alert(1)</script>", "$\\frac{1}{0}$", "| a | b |", "会議", "x" * 400]
    path.write_text(calendar(*(event(at(8 + n, 10), at(8 + n, 12), title=t) for n, t in enumerate(titles))))
    page = audit(path, weeks=1, start=MONDAY)
    assert "<script>" not in page.html()
    assert "会議" in page.html()
