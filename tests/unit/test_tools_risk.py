"""leadgym risk: figures against sums done by hand, exports as they come, and a sentence for what cannot be read."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from leadgym.cli import main
from leadgym.tools.risk import Ask, Window, from_csv, from_rows, page, weigh
from leadgym.tools.risk.mine import risk
from leadgym.tools.risk.numbers import DRAWS, MANY, at_least_one, rate_interval
from leadgym.tools.risk.picture import quarters_picture, rounded
from leadgym.tools.risk.reading import parse_day, parse_number
from leadgym.tools.risk.sample import sample_csv, sample_csv_log
from leadgym.yamlfile import FileProblems

HEAD = "date,minutes,per hour,note,system\n"
TWO = "2026-08-20,150,96000,,broker\n2026-11-18,75,96000,,broker\n"


@pytest.fixture
def write(tmp_path: Path):
    def written(text: str | bytes, name: str = "incidents.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return written


def problem(path: Path, **how) -> str:
    with pytest.raises(FileProblems) as raised:
        from_csv(path, **how)
    return str(raised.value)


def test_the_mean_and_the_chance_are_the_hand_computed_ones():
    found = weigh([240_000, 120_000], 2)
    assert found.mean == 180_000
    assert found.chance == pytest.approx(1 - math.exp(-1))
    assert found.quiet == pytest.approx(math.exp(-1), abs=0.015)
    assert found.draws.mean() == pytest.approx(180_000, rel=0.03)
    assert len(found.draws) == DRAWS


def test_the_interval_of_one_kind_of_loss_is_a_poissons():
    """Losses of 1 alone: the sum of a drawn log is a Poisson(6) number, whose 5 % and 95 % points are 2 and 10."""
    found = weigh([1.0] * 6, 1)
    assert (found.mean_low, found.mean_high) == (2, 10)


def test_the_rate_interval_is_garwoods():
    """From his table, both tails 5 %: 0 -> 0 to 2.996, 1 -> 0.0513 to 4.744, 10 -> 5.425 to 16.962."""
    for count, low, high in ((0, 0, 2.9957), (1, 0.05129, 4.7439), (10, 5.4254, 16.9622)):
        assert rate_interval(count, 1) == pytest.approx((low, high), abs=2e-4)
    assert rate_interval(10, 4)[0] == pytest.approx(5.4254 / 4, abs=1e-4)


def test_many_incidents_take_the_short_way_and_hardly_differ():
    few = weigh([100.0, 300.0] * (MANY // 2), 10)
    many = weigh([100.0, 300.0] * (MANY // 2 + 1), 10)
    assert many.mean_low == pytest.approx(few.mean_low, rel=0.01)
    assert many.mean_high == pytest.approx(few.mean_high, rel=0.01)
    assert weigh([5.0] * 100_000, 4).mean == 125_000
    exact, near = rate_interval(MANY, 1), rate_interval(MANY + 1, 1)
    assert near == pytest.approx(exact, rel=0.002)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(1, 1e6), min_size=1, max_size=12), st.floats(0.5, 20))
def test_figures_keep_their_order(losses: list[float], quarters: float):
    found = weigh(losses, quarters)
    assert 0 <= found.mean_low <= found.mean_high
    assert found.mean_low <= found.mean * 1.001
    assert 0 <= found.chance_low < found.chance < found.chance_high <= 1
    assert found.draws.min() >= -1e-6
    again = weigh(losses, quarters)
    assert (again.mean_low, again.one_in_ten) == (found.mean_low, found.one_in_ten)


@pytest.mark.parametrize(("losses", "quarters"), [([], 2), ([5.0], 0), ([0.0], 1), ([-1.0], 1), ([math.inf], 1)])
def test_nothing_to_draw_from(losses, quarters):
    with pytest.raises(ValueError, match="at least one loss"):
        weigh(losses, quarters)


@pytest.mark.parametrize(
    ("first", "last", "quarters"),
    [
        (date(2026, 7, 1), date(2026, 12, 31), 2), (date(2025, 10, 1), date(2026, 9, 30), 4),
        (date(2026, 1, 1), date(2026, 3, 31), 1), (date(2026, 1, 2), date(2026, 3, 31), 89 / 91.3125),
        (date(2026, 5, 4), date(2026, 5, 4), 1 / 91.3125),
    ],
)  # fmt: skip
def test_quarters_of_a_window(first, last, quarters):
    assert Window(first, last).quarters == pytest.approx(quarters)


@pytest.mark.parametrize(
    "text",
    ["2026-07-09", "2026-07-09 23:59", "2026-07-09T10:20:30Z", "2026-07-09 10:20:30 UTC", "2026-07-09T23:30:00-07:00",
     "09.07.2026", "9 July 2026", "9 Jul 2026", "09/Jul/26 10:20 PM", "Jul 9, 2026"],
)  # fmt: skip
def test_days_are_the_ones_that_stand_there(text):
    assert parse_day(text) == date(2026, 7, 9)


def test_a_day_that_may_be_two_is_refused_until_the_column_settles_it(write):
    assert "may be two different days" in problem(write(HEAD + "7/9/2026,30,100,,\n"))
    log = from_csv(write(HEAD + "7/9/2026,30,100,,\n13/9/2026,30,100,,\n"))
    assert log.felt[0].day == date(2026, 9, 7)
    assert from_csv(write(HEAD + "7/9/2026,30,100,,\n9/13/2026,30,100,,\n")).felt[0].day == date(2026, 7, 9)
    assert "may be two" in problem(write(HEAD + "13/9/2026,30,100,,\n9/13/2026,30,100,,\n"))


@pytest.mark.parametrize(
    ("text", "value"),
    [("1234.5", 1234.5), ("€1,234.50", 1234.5), ("1 234,50", 1234.5), ("96,000", 96_000), ("1.234.567", 1_234_567),
     ("1.234,5 EUR", 1234.5), ("0.125", 0.125), ("12,5", 12.5), ("0", 0)],
)  # fmt: skip
def test_numbers_as_people_write_them(text, value):
    assert parse_number(text) == value


def test_a_point_before_three_digits_is_asked_about_in_sums_alone():
    """A log of outages by seconds has 31.466 of them; a sum of 96.000 may be either."""
    assert parse_number("31.466") == 31.466
    with pytest.raises(ValueError, match="may be 96000 or"):
        parse_number("96.000", money=True)


@pytest.mark.parametrize("text", ["-3", "many", "nan", "inf", "1,2,3"])
def test_what_is_no_number_or_may_be_two(text):
    with pytest.raises(ValueError, match=r"may be|is no number"):
        parse_number(text)


def test_the_course_s_own_log_comes_to_what_the_course_says():
    """Module 09: eleven incidents, two of them felt, €180,000 a quarter."""
    path = Path(__file__).resolve().parents[2] / "solutions/09_stakeholder_translation/data/lena_message/incidents.csv"
    log = from_csv(path, system="message broker", window=(date(2026, 7, 1), date(2026, 12, 31)))
    assert (len(log.felt), log.unfelt, len(log.left_out), log.outside) == (2, 9, 2, 1)
    assert weigh([one.cost for one in log.felt], log.window.quarters).mean == 180_000
    assert not log.from_down_time


def test_a_pagers_export_with_seconds_and_begin_and_end(write):
    """Columns as PagerDuty and ServiceNow call them; without minutes the page says that it is down time."""
    seconds = from_csv(write("id,created_on,seconds_to_resolve,service_name\nP1,2026-02-03T04:05:06Z,5400,api\n"), 1000)
    assert seconds.felt[0].cost == 1500
    assert seconds.from_down_time
    ends = from_csv(
        write("Number;Opened at;Resolved at;Short description\nI1;2026-02-03 04:00;2026-02-03 04:45;slow\n"), 1200
    )
    assert ends.felt[0].cost == 900
    assert "What customers felt is usually less" in page(ends).text()
    zones = from_csv(write("start,end\n2026-02-03T23:30:00+01:00,2026-02-04T00:30:00+02:00\n"), 60)
    assert zones.unfelt == 1
    assert zones.felt == ()


def test_an_export_with_several_columns_for_one_thing(write):
    """As a PagerDuty dump has title and description, and ServiceNow created beside opened: the first counts."""
    log = from_csv(
        write(
            "created_at,opened_at,resolved_at,closed_at,title,description,service,application\n"
            "2026-01-09,2026-01-05 10:00,2026-01-05 10:30,2026-01-12 09:00,Slow,a drill,api,shop\n"
            "2026-02-09,2026-02-05 10:00,2026-02-05 10:30,2026-02-12 09:00,Slow,,,shop\n"
        ),
        600,
    )
    assert [(one.day, one.cost, one.system, one.note) for one in log.felt] == [(date(2026, 2, 5), 300, "shop", "Slow")]
    assert len(log.left_out) == 1


def test_a_duration_without_a_unit_is_not_guessed_at(write):
    """It is seconds in one export and minutes in the next: begin and end are taken, or nothing."""
    log = from_csv(write("start,end,duration\n2020-05-26 13:47:38,2020-05-26 13:48:10,31.466\n"), 3600)
    assert log.felt[0].cost == 32
    assert "minutes: no such column" in problem(write("start,duration\n2020-05-26 13:47:38,31.466\n"), per_hour=1)


def test_a_cost_in_the_file_goes_before_minutes(write):
    log = from_csv(write('date,cost,minutes\n2026-01-05,"2,500",600\n2026-02-05,0,30\n'))
    assert [one.cost for one in log.felt] == [2500]
    assert log.unfelt == 1


def test_what_is_left_out_is_shown(write):
    text = HEAD + TWO + "2026-08-20,150,96000,Duplicate of the one above,\n2026-09-01,20,96000,game day,\n"
    report = page(from_csv(write(text))).text()
    assert "reported twice: Duplicate of the one above" in report
    assert "a drill: game day" in report
    assert "Expected: €180,000 a quarter" in report


def test_the_page_says_the_answer_first_and_leaves_blanks(write):
    report = page(from_csv(write(HEAD + TWO)), Ask(system="Broker", reader="Omar"))
    assert report.title == "Broker: what it costs, and what to do about it"
    assert report.says[0].startswith("Expected: €180,000 a quarter")
    assert "For Omar." in report.says
    assert report.text().count("____") >= 7
    assert "2 incidents are few" in report.text()
    (picture,) = report.pictures
    assert "The mean is €180,000 a quarter" in picture.title
    assert "<script" not in report.html()


def test_a_word_in_a_note_leaves_out_nothing_that_was_felt(write):
    """A payments company's dearest incident is called a duplicate payment, and a drill-down is no drill."""
    felt = ("duplicate payments went out", "every invoice sent in duplicate", "drill-down page did not load",
            "this is not a drill: bank down")  # fmt: skip
    out = ("duplicate", "Closed as duplicate", "duplicate of INC-7", "Duplicate of the one above", "a duplicate ticket",
           "duplicate: see 12", "fire drill", "drill, planned", "game day")  # fmt: skip
    lines = "".join(f'2026-08-20,30,100,"{note}",\n' for note in (*felt, *out))
    log = from_csv(write(HEAD + lines))
    assert [one.note for one in log.felt] == list(felt)
    assert len(log.left_out) == len(out)


def test_what_has_no_end_yet_did_not_cost_nothing(write):
    """An open incident is neither in the sums nor among those that nobody felt, and the page says so."""
    log = from_csv(write("start,end\n2026-02-03 10:00,2026-02-03 11:00\n2026-02-09 10:00,\n2026-02-12 10:00,\n"), 60)
    assert (len(log.felt), log.unfelt, log.blank) == (1, 0, 2)
    text = " ".join(page(log).text().split())
    assert "2 incidents without minutes, an end or a cost" in text
    assert "cost nobody outside anything" not in text
    assert "too low if any was felt" in text
    quiet = page(from_csv(write("start,end\n2026-02-09 10:00,\n"), 60)).says[0]
    assert quiet.startswith("There is nothing to add up in 1 quarter: 1 incident without minutes")


def test_days_that_have_not_come_yet_are_not_quiet_ones(write):
    path = write(HEAD + TWO)
    day, end = date(2026, 11, 26), date(2026, 12, 31)
    running = from_csv(path, today=day)
    assert running.window == Window(date(2026, 7, 1), day)
    assert "to 26 November 2026, which is today" in " ".join(page(running).text().split())
    assert from_csv(path, today=date(2027, 2, 1)).window.last == end
    assert from_csv(path, today=date(2026, 11, 1)).window.last == end, "a log from the future is an invented one"
    assert from_csv(path, window=(None, end), today=day).window.last == end


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("05/Jan/26 9:12 AM", "05/Jan/26 10:12 AM"), ("13.01.2026 23:30", "14.01.2026 00:30"),
        ("1/13/2026 10:00", "1/13/2026 11:00"), ("13/01/2026 10:00:00", "13/01/2026 11:00:00"),
    ],
)  # fmt: skip
def test_from_begin_to_end_as_trackers_write_them(write, begin, end):
    """Jira's own form, a German spreadsheet's, and slashes where the column settles which of them is the day."""
    assert from_csv(write(f"created,resolved\n{begin},{end}\n"), 60).felt[0].minutes == 60


@pytest.mark.parametrize(
    ("begin", "end", "said"),
    [
        ("2026-01-05", "2026-01-05", ":2: closed: begin and end are not both like 2026-07-09 10:30"),
        ("2026-01-05 10:00", "2026-03-05 10:00", ":2: closed: lies 59 days after the begin. Is it the ticket's end?"),
    ],
)
def test_an_end_that_says_nothing_about_minutes(write, begin, end, said):
    assert said in problem(write(f"opened,closed\n{begin},{end}\n"), per_hour=60)


def test_nothing_is_certain_and_one_is_one(write):
    lines = "".join(f"2026-0{1 + n % 3}-05,30,100,,\n" for n in range(100))
    assert "At least one in the coming quarter: more than 99 in 100" in page(from_csv(write(HEAD + lines))).says[1]
    one = page(from_csv(write(HEAD + "2026-01-05,30,100,,\n")))
    assert "1 incident is few" in one.text()
    assert "between next to nothing and €" in one.says[0], "the mean of what has happened is not nought"


@pytest.mark.parametrize(
    ("losses", "labels"), [([139_200, 24_400, 14_200], ("to 40", "to 80")), ([1.2], ("to 1", "to 2"))]
)
def test_the_bars_end_at_round_sums(losses, labels):
    svg = quarters_picture(weigh(losses, 4)).svg
    for label in labels:
        assert label in svg


def test_a_quiet_log_gives_no_mean_and_no_nought(write):
    report = page(from_csv(write(HEAD + "2026-08-20,0,96000,,\n2026-11-18,0,,,\n")))
    assert report.says[0].startswith("Nobody outside has felt anything in 2 quarters")
    assert f"up to {100 * at_least_one(2.9957 / 2):.0f} in 100" in report.says[0]
    assert report.pictures == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", ":1: has no rows"), ("date,minutes,per hour\n", ":1: has no rows"), (b"\xff\xfe\x00\x01\xff", "is not"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "UTF-8"), ("{\"incidents\": []}\n[]\n", ":1: date: no such column"),
        ("date,note\n2026-01-05,x\n", ":1: minutes: no such column"),
        ("date,minutes\n2026-01-05,30\n", ":1: cost: neither a cost nor a cost per hour"),
        (HEAD + "yesterday,30,100,,\n", ":2: date: 'yesterday' is no day"),
        (HEAD + "2026-02-30,30,100,,\n", ":2: date: '2026-02-30' is no day"),
        (HEAD + ",30,100,,\n", ":2: date: is empty"),
        (HEAD + "2026-01-05,half an hour,100,,\n", ":2: minutes: 'half an hour' is no number"),
        (HEAD + "2026-01-05,90000,100,,\n", ":2: minutes: 90,000 is more than a month. Is it in seconds?"),
        (HEAD + "2026-01-05,30,,,\n", ":2: per hour: is empty"),
        (HEAD + "2026-01-05,30,96.000,,\n", ":2: per hour: '96.000' may be 96000 or 96.000"),
        (HEAD + "2026-01-05,30\n", ":2: has 2 cells"), (HEAD + '2026-01-05,30,100,"torn\n', "is not CSV"),
        ("start,end\n2026-02-03 04:00,2026-02-03 03:00\n", ":2: end: lies before the begin"),
        ("start,end\n2026-02-03 04:00,2026-02-03T05:00Z\n", ":2: end: one of begin and end names its zone"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_a_sentence_with_its_line(write, text, said):
    assert said in problem(write(text), per_hour=None if "cost" in said or "per hour" in said else 100)


def test_twenty_problems_and_no_more_are_shown(write):
    found = problem(write(HEAD + "soon,30,100,,\n" * 300))
    assert len(found.splitlines()) == 21
    assert "and 280 more like these" in found


def test_a_huge_file_is_read(write):
    lines = "".join(f"2026-{1 + n % 12:02}-{1 + n % 28:02},{n % 40},6000,row {n},s{n % 5}\n" for n in range(20_000))
    log = from_csv(write(HEAD + lines))
    assert len(log.felt) + log.unfelt == 20_000
    assert "19,500 incidents" in page(log).says[0]


def test_a_system_that_is_not_there_is_named_with_those_that_are(write):
    said = problem(write(HEAD + TWO), system="payments")
    assert "nothing of 'payments' is in it. It has: broker." in said


def test_the_quiet_days_of_one_system_are_days_that_were_looked_at(write):
    """The log runs from January to December: one outage of the broker in it is one in four quarters, and not in one."""
    text = HEAD + "2026-01-05,x,,,pages\n2026-05-05,30,96000,,broker\n2026-12-05,30,100,,pages\n"
    assert from_csv(write(text), system="broker").window.quarters == 4


def test_a_window_the_wrong_way_round(write):
    assert "Turn --from and --to round" in problem(write(HEAD + TWO), window=(date(2026, 5, 1), date(2026, 4, 1)))


def test_rows_in_a_notebook(capsys):
    rows = [
        {"date": "2026-07-09", "minutes": 30, "per hour": 80_000},
        {"date": "2026-11-27", "minutes": 90, "per hour": 80_000},
    ]
    report = risk(rows, first="2026-07-01", last="2026-12-31", system="Refunds", roads=[("Nothing now", "nothing", "")])
    assert report is not None
    assert "€80,000 a quarter" in report.says[0]
    assert ("Nothing now", "nothing", "____") in next(t for t in report.tables if t.title == "Roads").rows
    assert risk([{"when": "x"}]) is None
    assert risk([]) is None
    assert risk(rows, first="July") is None
    assert risk("nowhere.csv") is None
    assert risk([{"date": "2026-07-09", "minutes": 30}]) is None
    told = capsys.readouterr().out
    for said in ("rows:1: when: no such column", "rows:1: there is no row", "first: 'July' is no day", "nowhere.csv:1",
                 "rows:1: per hour: is empty"):  # fmt: skip
        assert said in told


def test_an_order_of_magnitude_is_all_that_is_said():
    assert [rounded(value) for value in (0.4, 87.6, 999.4, 48_812.5, 1_234_567)] == [0, 88, 999, 48_800, 1_230_000]


def test_the_sample_is_the_same_every_time_and_read_as_a_file():
    assert sample_csv() == sample_csv()
    assert sample_csv().count("\n") > 20
    log = sample_csv_log()
    assert log.window.quarters == 4
    assert len(log.left_out) >= 2
    with pytest.raises(FileProblems, match="card payments"):
        sample_csv_log(system="nothing")


def test_the_command(tmp_path):
    run = CliRunner().invoke
    out = tmp_path / "risk.html"
    sample = run(main, ["risk", "--sample", "--out", str(out)])
    assert sample.exit_code == 0, sample.output
    assert sample.output.splitlines()[2].startswith("Expected: €")
    assert "card payments" in out.read_text(encoding="utf-8")
    assert run(main, ["risk", "--sample", "--out", str(tmp_path / "risk.md")]).exit_code == 0
    assert (tmp_path / "risk-1.svg").is_file()
    for wrong in (["risk"], ["risk", "x.csv", "--sample"], ["risk", str(tmp_path)], ["risk", "nowhere.csv"],
                  ["risk", "--sample", "--out", str(tmp_path / "risk.pdf")]):  # fmt: skip
        found = run(main, wrong)
        assert found.exit_code != 0
        assert "Traceback" not in found.output
    assert "--per-hour" in run(main, ["risk", "--help"]).output


def test_rows_without_a_window_take_their_own_quarters():
    log = from_rows([{"date": "2026-02-05", "cost": 10}, {"date": "2026-08-05", "cost": 20}])
    assert log.window == Window(date(2026, 1, 1), date(2026, 9, 30))
    assert not log.window_given
