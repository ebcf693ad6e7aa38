"""``leadgym flow``: dates told apart or refused, measures as by hand, exports as trackers write them, broken ones."""

from __future__ import annotations

import itertools
import math
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from leadgym.cli import main
from leadgym.estimates import percentile
from leadgym.tools.flow import flow
from leadgym.tools.flow.dates import DAY_FIRST, MONTH_FIRST, Clock, Unreadable, zone_named
from leadgym.tools.flow.numbers import (
    Board,
    Ticket,
    Wait,
    ageing,
    average_in_progress,
    blocked,
    course,
    item_days,
    little,
    reasons,
    weeks,
)
from leadgym.tools.flow.read import Options, Read, read
from leadgym.tools.flow.sample import text
from leadgym.tools.spans import united
from leadgym.yamlfile import FileProblems

ROOT = Path(__file__).resolve().parents[2]


def days(*when: int) -> float:
    return datetime(*when, tzinfo=UTC).timestamp() / 86_400


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2026-11-03", days(2026, 11, 3)),
        ("2026-11-03 09:15", days(2026, 11, 3, 9, 15)),
        ("2026-11-03T09:15:00.250Z", days(2026, 11, 3, 9, 15) + 0.25 / 86_400),
        ("2020-06-01T15:49:02.582000+00:00", days(2020, 6, 1, 15, 49, 2) + 0.582 / 86_400),
        ("2026-11-03T09:15:00+0200", days(2026, 11, 3, 7, 15)),
        ("Wed May 13 2026 11:21:41 GMT+0000 (GMT+00:00)", days(2026, 5, 13, 11, 21, 41)),
        ("Wed May 13 2026 11:21:41 GMT+0200 (CEST)", days(2026, 5, 13, 9, 21, 41)),
        ("09/Oct/25 1:42 PM", days(2025, 10, 9, 13, 42)),
        ("12/Mar/24 12:05 AM", days(2024, 3, 12, 0, 5)),
        ("3 Nov 2026", days(2026, 11, 3)),
        ("Nov 3, 2026", days(2026, 11, 3)),
        ("03.11.2026 09:15", days(2026, 11, 3, 9, 15)),
    ],
)
def test_dates_as_trackers_write_them(cell: str, expected: float) -> None:
    assert Clock().moment(cell) == pytest.approx(expected, abs=1e-9)


def test_a_date_without_a_time_counts_whole() -> None:
    assert Clock().moment("2026-11-03", ends=True) - Clock().moment("2026-11-03") == 1
    assert Clock().moment("2026-11-03 09:00", ends=True) == Clock().moment("2026-11-03 09:00")


def test_the_order_of_day_and_month() -> None:
    assert Clock(DAY_FIRST).moment("03/11/2026") == days(2026, 11, 3)
    assert Clock(MONTH_FIRST).moment("03/11/2026") == days(2026, 3, 11)


@pytest.mark.parametrize(
    "cell", ["soon", "2026-13-01", "31.02.2026", "1", "1620926426", "3 Foo 2026", "03.11.2026 25:00"]
)
def test_what_is_no_date_is_refused(cell: str) -> None:
    with pytest.raises(Unreadable):
        Clock().moment(cell)


def test_summer_time_is_counted_in_the_zone_asked_for() -> None:
    berlin = Clock(zone=zone_named("Europe/Berlin"))
    # On 28 March 2027 the clocks go from two to three.
    assert berlin.moment("2027-03-28 12:00") - berlin.moment("2027-03-27 12:00") == pytest.approx(23 / 24)
    with pytest.raises(FileProblems, match="no time zone"):
        zone_named("Mars/Olympus")


def board() -> Board:
    """Four tickets over ten days: two finished (3 and 6 days), one blocked since day 7, one that waits."""
    return Board(
        (
            Ticket("A", 2, created=0, started=1, finished=4, waits=(Wait(2, 3, "bank"), Wait(2.5, 3.5, "Bank"))),
            Ticket("B", 3, created=0, started=2, finished=8, waits=(Wait(1, 3, "Dana"), Wait(5, None, "bank"))),
            Ticket("C", 4, created=3, started=6, waits=(Wait(7, None, ""),)),
            Ticket("D", 5, created=9),
        ),
        now=10,
    )


def test_measures_as_by_hand() -> None:
    found = board()
    assert found.cycles == [3, 6]
    assert item_days(found) == 3 + 6 + 4
    # A: 2 to 3.5, once. B: 1 to 3, of which one day in progress, and 5 to its end on 8. C: 7 to 10.
    assert {one.ticket.key: (one.days, one.inside, one.now) for one in blocked(found)} == {
        "A": (1.5, 1.5, False), "B": (5, 4, False), "C": (3, 3, True),
    }  # fmt: skip
    assert [(one.name, one.days, one.tickets, one.now) for one in reasons(found)] == [
        ("bank", 4.5, 2, 0), ("not said", 3, 1, 1), ("Dana", 2, 1, 0),
    ]  # fmt: skip
    assert course(found) == [(1, 1), (2, 2), (4, 1), (6, 2), (8, 1)]
    assert average_in_progress(found, 0, 10) == pytest.approx(1.3)
    law = little(found)
    assert law is not None
    # From the first start, nine days: 13 days in progress; two finished in nine days, 4.5 days each.
    assert (law.average, law.rate, law.time) == pytest.approx((13 / 9, 2 / 9, 4.5))
    assert law.gap == pytest.approx(4 / 9), "C's four days, which nobody has finished"
    assert [(one.ticket.key, one.age, one.older_than) for one in ageing(found)] == [("C", 4, None)]
    week = weeks(found, [0, 7, 14])
    assert [(one.created, one.started, one.finished, one.open_at_end) for one in week] == [(3, 3, 1, 2), (1, 0, 1, 1)]


def test_ageing_is_against_the_finished_ones() -> None:
    done = tuple(Ticket(str(n), n, started=0, finished=n) for n in range(1, 11))
    old = ageing(Board((*done, Ticket("X", 20, started=11.5), Ticket("Y", 21, started=3)), now=20))
    assert [(one.ticket.key, one.age, one.older_than) for one in old] == [("Y", 17, 1.0), ("X", 8.5, 0.8)]


def test_percentiles_are_nearest_ranks() -> None:
    values = [float(n) for n in range(1, 11)]
    assert [percentile(values, percent) for percent in (50, 85, 90, 100)] == [5, 9, 9, 10]
    assert percentile([7.0], 50) == 7
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 50)


spans = st.lists(st.tuples(st.floats(0, 50), st.floats(0.1, 30)), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(spans)
def test_littles_law_is_an_identity_where_all_that_began_has_ended(lives: list[tuple[float, float]]) -> None:
    tickets = tuple(Ticket(str(n), n, started=a, finished=a + long) for n, (a, long) in enumerate(lives))
    law = little(Board(tickets, now=max(one.finished or 0 for one in tickets)))
    assert law is not None
    assert law.gap == pytest.approx(0, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(spans)
def test_united_stretches_are_never_longer_and_never_touch(given_spans: list[tuple[float, float]]) -> None:
    raw = [(a, a + long) for a, long in given_spans]
    found = united(raw)
    total = math.fsum(b - a for a, b in found)
    assert total <= math.fsum(b - a for a, b in raw) + 1e-9
    assert total <= max(b for _, b in raw) - min(a for a, _ in raw) + 1e-9
    assert all(one[1] < other[0] for one, other in itertools.pairwise(found))


def reads(tmp_path: Path, content: str, **options: object) -> Read:
    path = tmp_path / "board.csv"
    path.write_text(content, encoding="utf-8")
    return read(path, Options(**options))  # type: ignore[arg-type]


JIRA = (
    '"Summary","Issue key","Issue id","Status","Created","Resolved","Sprint","Sprint"\n'
    '"Split, the odd cent","LED-1","10001","Done","09/Oct/25 1:42 PM","10/Oct/25 1:42 PM","a","b"\n'
    '"Page","LED-2","10002","In Progress","11/Oct/25 9:00 AM","","a",""\n'
)
LINEAR = (
    '"ID","Team","Title","Status","Cycle Start","Created","Updated","Started","Completed","Canceled"\n'
    '"LED-1","LED","Split","Done","","Wed May 13 2026 11:00:00 GMT+0000 (GMT+00:00)","",'
    '"Thu May 14 2026 09:00:00 GMT+0000 (GMT+00:00)","Sat May 16 2026 21:00:00 GMT+0000 (GMT+00:00)",""\n'
    '"LED-2","LED","Old","Canceled","","Wed May 13 2026 11:00:00 GMT+0000 (GMT+00:00)","","","",'
    '"Fri May 15 2026 09:00:00 GMT+0000 (GMT+00:00)"\n'
)


def test_jira_linear_and_github_rows(tmp_path: Path) -> None:
    jira = reads(tmp_path, JIRA)
    assert [(one.key, one.title, one.started) for one in jira.board.tickets] == [
        ("LED-1", "Split, the odd cent", None), ("LED-2", "Page", None),
    ]  # fmt: skip
    assert jira.board.tickets[0].finished == days(2025, 10, 10, 13, 42)
    linear = reads(tmp_path, LINEAR)
    assert linear.board.cycles == [2.5]
    assert linear.board.tickets[1].cancelled is not None
    github = reads(
        tmp_path, "number\ttitle\tclosed\tcreatedAt\tclosedAt\n7\tx\ttrue\t2026-01-01T00:00:00Z\t2026-01-03T00:00:00Z\n"
    )
    assert github.board.tickets[0].finished == days(2026, 1, 3)


HISTORY = (
    "Issue key,Summary,Changed,Status,Waits for\n"
    "A,One,2026-11-05 09:00,Done,\n"
    "A,One,2026-11-02 09:00,In Progress,\n"
    "A,One,2026-11-03 09:00,Blocked,Iris\n"
    "A,One,2026-11-03 15:00,Blocked,Dana\n"
    "A,One,2026-11-04 09:00,In Progress,\n"
    "A,One,2026-11-06 09:00,In Review,\n"
    "A,One,2026-11-07 09:00,Done,\n"
    "B,Two,2026-11-02 09:00,In Progress,\n"
    "B,Two,2026-11-03 09:00,To Do,\n"
    "C,Three,2026-11-06 09:00,Blocked: bank,\n"
)


def test_a_history_is_folded_into_tickets(tmp_path: Path) -> None:
    found = reads(tmp_path, HISTORY)
    a, b, c = found.board.tickets
    assert (a.cycle, a.reopened) == (5, 1)
    assert [(round(24 * ((w.until or 0) - w.since)), w.reason) for w in a.waits] == [(6, "Iris"), (18, "Dana")]
    assert b.started is None, "put back among what waits"
    assert (c.waits[0].reason, c.waits[0].until, c.started) == ("bank", None, days(2026, 11, 6, 9))
    assert any("back among what waits: 1" in note for note in found.notes)


def test_blocked_stretches_in_a_row(tmp_path: Path) -> None:
    found = reads(
        tmp_path,
        "id,started,finished,blocked\n"
        "A,2026-11-02,2026-11-06,2026-11-03..2026-11-04 bank; 2026-11-06 08:00..2026-11-06 09:00 Dana\n",
    )
    assert found.board.cycles == [5], "dates count whole, the first and the last"
    assert [(round(one.days, 3), one.name) for one in reasons(found.board)] == [(2, "bank"), (0.042, "Dana")]


def test_rows_that_cannot_be_are_left_out_and_named(tmp_path: Path) -> None:
    found = reads(
        tmp_path,
        "id,started,finished\nA,2026-11-05,2026-11-02\nB,2026-11-02,2026-11-03\nB,2026-11-02,2026-11-03\nC,,\n",
    )
    assert [one.key for one in found.board.tickets] == ["B"]
    assert found.notes == (
        "Left out because they end before they begin: line 2.",
        "Left out because the ticket stood further up already: line 4.",
        "1 row without any date left out.",
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "no rows under its headings|no such column"),
        ("id,started\n", "no rows"),
        ('[{"number":1,"createdAt":"2026-11-03T09:15:00Z"}]', ":1: is JSON"),
        ("name,age\nx,3\n", "neither when tickets were started|no such column"),
        ("a,b\n1,2\n", "key: no such column"),
        ("id,started,finished\nA,2026-11-02\n", ":2: has 2 cells"),
        ('id,started\nA,"2026', "quotation mark"),
        ("id,started\nA,soon\n", ":2: started: 'soon' is no date"),
        ("id,started\nA,03/11/2026\n", ":2: started: 03/11/2026 could be two dates"),
        ("id,started\nA,13/11/2026\nB,11/14/2026\n", "only have the day first"),
        ("id,started,finished\nA,2026-11-02 09:00,2026-11-02T10:00:00Z\n", "has no time zone"),
        ("id,changed,status\nA,2026-11-02,Simmering\n", ":2: status: 'Simmering' is not known"),
        ("id,changed,status\nA,,Done\n", ":2: at: is empty"),
        ("id,started,blocked\nA,2026-11-02,since Monday\n", ":2: blocked: 'since Monday' is no stretch"),
        ("id,started,blocked\nA,2026-11-02,2026-11-05..2026-11-03 x\n", "ends before it begins"),
        ("id,started\nA,\n", "no ticket in it has a date"),
    ],
)
def test_what_is_broken_is_said_with_its_line(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(FileProblems, match=said):
        reads(tmp_path, content)


def test_one_cell_settles_the_order_for_the_file(tmp_path: Path) -> None:
    found = reads(tmp_path, "id,started,finished\nA,03/11/2026,25/11/2026\n")
    assert found.board.tickets[0].started == days(2026, 11, 3)


def test_columns_statuses_and_the_day_can_be_said(tmp_path: Path) -> None:
    found = reads(tmp_path, "id,In Dev,Live\nA,2026-11-02,2026-11-03\nB,2026-11-02,\n",
                  columns={"started": "In Dev", "finished": "live"}, on="2026-11-10")  # fmt: skip
    assert (found.board.cycles, found.board.now) == ([2], days(2026, 11, 11))
    history = reads(tmp_path, "id,changed,status\nA,2026-11-02,Simmering\n", statuses={"simmering": "doing"})
    assert history.board.in_progress
    for options, said in (
        ({"columns": {"begun": "In Dev"}}, "there is no 'begun'"),
        ({"columns": {"started": "Dev"}}, "no column 'Dev'"),
        ({"statuses": {"x": "maybe"}}, "has to be one of"),
        ({"on": "2020-01-01"}, "has a date after"),
    ):
        with pytest.raises(FileProblems, match=said):
            reads(
                tmp_path,
                "id,In Dev,started\nA,2026-11-02,2026-11-02\n" if "statuses" not in options else HISTORY,
                **options,
            )


def test_what_is_done_without_a_day_is_not_in_progress(tmp_path: Path) -> None:
    found = reads(
        tmp_path,
        "id,started,finished,status\nA,2026-11-02,2026-11-04,Done\nB,2026-11-02,,Done\nC,2026-11-02,,Canceled\n"
        "D,2026-11-03,,In Progress\n",
    )
    assert [one.key for one in found.board.in_progress] == ["D"]
    assert found.notes == ("Left out because they are done or cancelled and no cell says since when: lines 3, 4.",)


def test_a_wait_without_an_end_can_have_a_reason(tmp_path: Path) -> None:
    """As the help and the complaint about a cell write it: ``2026-11-09.. legal``."""
    found = reads(
        tmp_path,
        "id,started,finished,blocked\nA,2026-11-02,,2026-11-03..2026-11-05 bank; 2026-11-09.. Q4 legal\n"
        "B,2026-11-02,,2026-11-03 .. 2026-11-05 bank\nC,2026-11-02,,yes\n",
    )
    a, b, _ = found.board.tickets
    assert [(one.reason, one.until is None) for one in a.waits] == [("bank", False), ("Q4 legal", True)]
    assert [(one.reason, one.until) for one in b.waits] == [("bank", days(2026, 11, 6))]
    assert "no cell says since when, so these waits are not counted: line 4." in found.notes[0]


def test_two_waits_at_once_are_said(tmp_path: Path) -> None:
    """By reason 4 and 3 days, by ticket 5: whoever adds up the rows is told why they are more."""
    path = tmp_path / "board.csv"
    rows = (
        "id,started,finished,blocked\n"
        "A,2026-11-02,2026-11-10,2026-11-03..2026-11-06 bank; 2026-11-05..2026-11-07 Dana\n"
    )
    path.write_text(rows, encoding="utf-8")
    page = flow(path)
    assert "5.0 were spent blocked" in page.says[0]
    assert any("two things at once: 2.0 days" in note for note in page.notes)
    path.write_text(rows.replace("2026-11-05..", "2026-11-07.."), encoding="utf-8")
    assert not any("at once" in note for note in flow(path).notes)


def test_weeks_begin_on_mondays_where_clocks_change(tmp_path: Path) -> None:
    path = tmp_path / "board.csv"
    path.write_text(
        "id,started,finished\nA,2026-10-20,2026-10-25\nB,2026-10-26 00:30,2026-10-28\nC,2026-11-02,2026-11-09\n",
        encoding="utf-8",
    )
    table = next(one for one in flow(path, zone="Europe/Berlin").tables if one.title == "What came and what went")
    assert [(row[0], row[2], row[3]) for row in table.rows] == [
        ("19 Oct 2026", "1", "1"), ("26 Oct 2026", "1", "1"), ("2 Nov 2026", "1", "0"), ("9 Nov 2026", "0", "1"),
    ]  # fmt: skip


def test_one_is_not_said_in_the_plural(tmp_path: Path) -> None:
    path = tmp_path / "board.csv"
    path.write_text("id,started,finished\nA,2026-11-03,2026-11-04\n", encoding="utf-8")
    page = flow(path)
    said = " ".join([*page.says, *(one.alt for one in page.pictures)])
    assert "1 finished ticket with a start and an end" in said
    for wrong in ("1 were", "1 weeks", "1 finished tickets"):
        assert wrong not in said


def command(*arguments: str) -> tuple[int, str]:
    found = CliRunner().invoke(main, ["flow", *arguments])
    return found.exit_code, found.output


def test_the_sample_says_its_answer_first_and_writes_a_page(tmp_path: Path) -> None:
    code, said = command("--sample", "--out", str(tmp_path / "flow.html"))
    assert code == 0, said
    assert said.splitlines()[2].startswith(
        "Of 215.0 days in progress, 71.2 were spent blocked (33%). The largest part, 46.6 days,"
    )
    page = (tmp_path / "flow.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 2
    assert "http" not in page.replace("http://www.w3.org", "")


def test_the_committed_board_is_what_the_generator_writes() -> None:
    shipped = ROOT / "solutions" / "06_epics_and_flow" / "data" / "board.csv"
    assert shipped.read_text(encoding="utf-8") == text()


def test_the_command_never_shows_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "picture.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    (tmp_path / "empty.csv").write_bytes(b"")
    for name in ("picture.csv", "empty.csv", "nowhere.csv"):
        code, said = command(str(tmp_path / name))
        assert code == 1, name
        assert said.startswith("Error: ")
        assert name in said
        assert "Traceback" not in said
    assert command()[0] == 2
    assert command("--sample", str(tmp_path / "empty.csv"))[0] == 2
    assert "equals sign" in command("--sample", "--status", "doing")[1]


def test_utf_16_and_a_name_that_is_html(tmp_path: Path) -> None:
    path = tmp_path / "board.csv"
    path.write_text(HISTORY.replace("Iris", "<b>Iris</b>"), encoding="utf-16")
    page = flow(path).html()
    assert "&lt;b&gt;Iris" in page
    assert "<b>Iris" not in page


def test_six_thousand_rows_are_read_in_seconds(tmp_path: Path) -> None:
    rows = "".join(f"T{n},2026-01-{1 + n % 28:02d},2026-02-{1 + n % 28:02d}\n" for n in range(6_000))
    begun = time.process_time()
    found = reads(tmp_path, "id,started,finished\n" + rows)
    assert percentile(found.board.cycles, 50) == 32
    assert weeks(found.board, [days(2026, 1, 5) + 7 * place for place in range(5)])
    assert time.process_time() - begun < 4


def test_few_tickets_are_said_to_be_few(tmp_path: Path) -> None:
    path = tmp_path / "board.csv"
    path.write_text(
        "id,started,finished\n" + "".join(f"T{n},2026-01-0{n},2026-01-1{n}\n" for n in range(1, 4)), encoding="utf-8"
    )
    assert "too few for a percentile" in " ".join(flow(path).says)
    path.write_text(
        "id,started,finished\n" + "".join(f"T{n},2026-01-0{n},2026-01-1{n}\n" for n in range(1, 8)), encoding="utf-8"
    )
    assert "7 are few" in " ".join(flow(path).says)
    assert "Nothing in this file says what stood blocked" in flow(path).says[0]
