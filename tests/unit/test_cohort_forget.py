"""leadgym cohort forget: the person goes from everything, nothing of anybody else does, also when it is killed."""

from __future__ import annotations

import contextlib
import json
import signal
import sqlite3
import subprocess
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cohort_small import COURSE, ROSTER, at, copied, lay, secret, url
from filelock import FileLock
from nbgrader.api import Gradebook
from nbgrader.utils import notebook_hash
from small_course import files
from submissions import LEADGYM, SLUG, Cohort
from thorough import ALL

from leadgym.cli import main
from leadgym.cohort import forget, gone
from leadgym.cohort.course import load_course, load_roster
from leadgym.cohort.enrol import enrol
from leadgym.cohort.standing import FORGETTING, look
from leadgym.cohort.traces import Words, row_left

EXTENSIONS = (
    "  - {learner: hero, module: 02_delegation, due: 2026-03-05 09:00}\n"
    "  - {learner: rushed, module: 02_delegation, due: 2026-03-04 09:00} # was ill\n"
)
WORDS = (b"rushed", b"ruya@example.org", "Rüya".encode())


@pytest.fixture
def root(laid: Path, tmp_path: Path) -> Path:
    return copied(laid, tmp_path)


@pytest.fixture(scope="module")
def laid(cohort: Cohort, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root in which ``rushed`` is everywhere, and neighbours are too."""
    tmp_path = tmp_path_factory.mktemp("laid")
    root = lay(cohort, tmp_path / "course", COURSE + EXTENSIONS)
    enrol(load_course(root), load_roster(root), url(root))
    exchange = tmp_path / "exchange" / "spring26"
    for learner in ("hero", "rushed"):
        secret(root, learner)
        page = exchange / "feedback" / f"{notebook_hash(secret=f'secret of {learner}', notebook_id='delegation')}.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text("a page", "utf-8")
        # An attempt before the one that was collected has a secret and a page of its own.
        for number, place in enumerate((exchange / "inbound", tmp_path / "cache" / "spring26")):
            attempt = place / f"{learner}+{SLUG}+2026-03-01 09:00:0{number}.000000 UTC+x{number}"
            attempt.mkdir(parents=True)
            (attempt / "delegation.ipynb").write_text(learner, "utf-8")
            (attempt / "submission_secret.txt").write_text(f"old secret of {learner}", "utf-8")
        old = notebook_hash(secret=f"old secret of {learner}", notebook_id="delegation")
        (exchange / "feedback" / f"{old}.html").write_text("an old page", "utf-8")
        for end in ("log", "txt"):
            (root / ".leadgym" / "problems").mkdir(exist_ok=True)
            (root / ".leadgym" / "problems" / f"{SLUG}-{learner}.{end}").write_text(f"of {learner}", "utf-8")
    for log in ("moderation", "remarks"):
        lines = [{"learner": name, "said": "why"} for name in ("hero", "rushed", "hero")]
        (root / ".leadgym" / f"{log}.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    (root / "autograded" / ".leadgym" / "rushed").mkdir(parents=True)
    for slug, learner in ((SLUG, "rushed"), ("00_baseline", "hero")):
        (root / ".leadgym" / "remark" / slug).mkdir(parents=True)
        (root / ".leadgym" / "remark" / slug / "plan.json").write_text(f'{{"learners": ["{learner}"]}}', "utf-8")
    (root / ".leadgym" / "work").mkdir(exist_ok=True)
    (root / ".leadgym" / "work" / "of-rushed").write_text("rushed", "utf-8")
    return root


def run(root: Path, *more: str, said: str = "") -> Result:
    ran = CliRunner().invoke(main, ["cohort", "forget", "--root", str(root), *more], input=said)
    assert "Traceback" not in ran.output
    return ran


def others(root: Path) -> dict[str, bytes]:
    """Everything beside the course root and in it that is not the person's, as it has to be afterwards."""
    found = {
        **files(root),
        **{f"../{name}": data for name, data in files(root.parent).items() if "course/" not in name},
    }
    return {
        name: data
        for name, data in found.items()
        if name.startswith(("submitted/hero", "autograded/hero", "feedback/hero")) or "hero" in name
    }


def check_gone(root: Path, before: dict[str, bytes], marks: dict[str, float]) -> None:
    everything = files(root.parent)
    assert [name for name, data in everything.items() if any(w in data or w in name.encode() for w in WORDS)] == []
    assert others(root) == before
    assert len(list((root.parent / "exchange" / "spring26" / "feedback").iterdir())) == 2, "those of hero"
    assert (root / "roster.csv").read_text("utf-8") == "".join(
        line for line in ROSTER.splitlines(keepends=True) if not line.startswith("rushed")
    )
    assert (root / "cohort.yaml").read_text("utf-8") == COURSE + EXTENSIONS.splitlines(keepends=True)[0]
    for log in ("moderation", "remarks"):
        assert (root / ".leadgym" / f"{log}.jsonl").read_text("utf-8").count("hero") == 2
    assert scores(root) == {name: score for name, score in marks.items() if name != "rushed"}
    assert [path.name for path in (root / ".leadgym" / "remark").iterdir()] == ["00_baseline"]
    assert not (root / FORGETTING).exists()


def scores(root: Path) -> dict[str, float]:
    with Gradebook(url(root)) as gradebook:
        return {one.student_id: one.score for one in gradebook.find_assignment(SLUG).submissions}


def test_the_person_goes_from_everything_and_nobody_else_does(root: Path) -> None:
    before, marks = others(root), scores(root)
    assert any(WORDS[1] in data for data in files(root).values())
    shown = run(root, "rushed", said="n\n")
    assert shown.exit_code == 1
    for part in (
        "rushed (Rüya Şen, jr;", "roster.csv             1 line", "marks of 1 submission", "submitted/rushed",
        "cohort.yaml            1 extension", "inbound/rushed+02_delegation",
    ):  # fmt: skip
        assert part in shown.output
    assert others(root) == before, "a no changes nothing"
    assert "rushed" in scores(root)
    ran = run(root, "rushed", said="y\n")
    assert ran.exit_code == 0, ran.output
    assert "id, name and e-mail address stand in none of them" in " ".join(ran.output.split())
    assert "Not within reach" in ran.output
    check_gone(root, before, marks)
    assert "rushed" not in look(root, at("2026-03-10 09:00")).unknown
    again = run(root, "rushed", "--yes")
    assert (again.exit_code, "There is nothing of 'rushed'" in again.output) == (1, True)


STEPS = [
    (forget.gone, "remove", 1), (forget.gone, "out_of_roster", 0), (forget.gone, "out_of_log", 1),
    (forget.gone, "out_of_gradebook", 0), (forget.gone, "remove", 7), (forget.gone, "vacuum", 0),
    (forget, "_search", 0),
]  # fmt: skip


@pytest.mark.parametrize(("where", "step", "calls"), STEPS, ids=[f"{step}-{calls}" for _, step, calls in STEPS])
def test_stopped_anywhere_the_same_command_does_the_rest(
    root: Path, monkeypatch: pytest.MonkeyPatch, where: object, step: str, calls: int
) -> None:
    before, marks, real = others(root), scores(root), getattr(where, step)
    left = [calls]

    def killed(*arguments: object) -> object:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return real(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(where, step, killed)
        assert run(root, "rushed", "--yes").exit_code != 0
    assert left[0] < 0
    assert (root / FORGETTING).is_file()
    if step == "vacuum":
        assert look(root, at("2026-03-10 09:00")).forgetting
    ran = run(root, "rushed", "--yes")
    assert ran.exit_code == 0, ran.output
    check_gone(root, before, marks)


@pytest.mark.skipif(not ALL, reason="kills a command twelve times: make test-all")
@pytest.mark.parametrize("moment", [0, 1, 3, 6, 10, 20, 40, 80, 120, 160, 200, 300])
def test_killed_at_any_moment_the_same_command_does_the_rest(root: Path, moment: int) -> None:
    before, marks = others(root), scores(root)
    command = subprocess.Popen(
        [LEADGYM, "cohort", "forget", "rushed", "--yes", "--root", str(root)], stdout=subprocess.DEVNULL
    )
    while command.poll() is None and not (root / FORGETTING).exists():
        time.sleep(0.0005)
    time.sleep(moment / 1000)
    command.send_signal(signal.SIGKILL)
    command.wait()
    ran = run(root, "rushed", "--yes")
    assert ran.exit_code == 0 or "There is nothing of 'rushed'" in ran.output
    check_gone(root, before, marks)


def test_what_the_instructor_wrote_is_found_and_left_to_them(root: Path) -> None:
    (root / "report.md").write_text("Rüya Şen, jr: 30.3 points", "utf-8")
    (root / "marks.json").write_text(json.dumps({"name": "Rüya Şen, jr"}), "ascii")
    (root / "final-ruya@example.org.txt").write_text("", "ascii")
    with zipfile.ZipFile(root / "export.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sheet.xml", "<v>rushed</v>")
    (root / "old.csv").write_text("Şen, jr, Rüya\n", "utf-16")
    (root / "scan.pdf").write_bytes(b"%PDF packed")
    (root / "fine.md").write_text("Nobody was rushedly unrushed; hero-rushed and rushed.b are others.", "utf-8")
    with Gradebook(url(root)) as gradebook:
        gradebook.add_student("hero-rushed")
        gradebook.add_student("rushed.b")
    ran = run(root, "rushed", "--yes")
    assert ran.exit_code == 1
    told = ran.output.partition("You wrote these; they may name the person.")[2]
    for name in ("report.md", "marks.json", "final-ruya@example.org.txt", "export.xlsx", "old.csv"):
        assert f"  {name}\n" in told
        assert (root / name).is_file()
    assert "fine.md" not in ran.output
    assert "scan.pdf" in ran.output.partition("packed; look yourself")[2]


def test_all_removes_everybody_and_keeps_the_course(root: Path) -> None:
    ran = run(root, "--all", "--yes")
    assert ran.exit_code == 0, ran.output
    assert scores(root) == {}
    assert (root / "roster.csv").read_text("utf-8") == ROSTER.splitlines(keepends=True)[0]
    assert load_course(root).extensions == []
    # A rubric kept in .leadgym/rules/ is nobody's, whatever words it has.
    kept = {name: data for name, data in files(root.parent).items() if "/.leadgym/rules/" not in name}
    assert [name for name, data in kept.items() if b"hero" in data or b"rushed" in data] == []
    assert "0 learners" in CliRunner().invoke(main, ["cohort", "status", "--root", str(root)]).output
    assert run(root, "--all").exit_code == 1


@pytest.mark.parametrize("name", ["..", ".", ".leadgym", "../course", "", "rushed/02_delegation"])
def test_what_is_no_id_removes_nothing(root: Path, name: str) -> None:
    before = files(root.parent)
    ran = run(root, name, "--yes")
    assert (ran.exit_code, "is no learner's id" in ran.output) == (1, True)
    assert files(root.parent) == before


def test_a_mistyped_id_names_who_is_near_and_removes_nothing(root: Path) -> None:
    before = files(root.parent)
    ran = run(root, "rushd", "--yes")
    assert (ran.exit_code, "Did you mean rushed?" in ran.output) == (1, True)
    assert files(root.parent) == before


def test_links_and_closed_folders_of_a_learner_go_and_what_they_point_at_stays(root: Path) -> None:
    target = root.parent / "elsewhere"
    target.mkdir()
    (target / "kept.txt").write_text("kept", "utf-8")
    folder = root / "submitted" / "rushed" / SLUG
    (folder / "link").symlink_to(target)
    (folder / "shut").mkdir()
    (folder / "shut" / "file").write_text("x", "utf-8")
    (folder / "shut").chmod(0o500)
    assert run(root, "rushed", "--yes").exit_code == 0
    assert (target / "kept.txt").is_file()
    assert not (root / "submitted" / "rushed").exists()


def test_while_somebody_marks_nothing_is_removed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leadgym.cohort.road._LOCK_SECONDS", 0.05)
    before = files(root / "submitted")
    with FileLock(root / ".leadgym" / "grade.lock"):
        ran = run(root, "rushed", "--yes")
    assert (ran.exit_code, "at work on" in ran.output) == (1, True)
    assert files(root / "submitted") == before


@pytest.mark.parametrize(
    "write",
    [
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: b"\xff\xfe" + text.encode("utf-16-le"),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("Rüya", '"Rüya\nof two lines"').encode(),
    ],
    ids=["utf-8 with a mark", "utf-16", "windows", "a cell of two lines"],
)
def test_a_roster_keeps_every_other_byte(root: Path, write: Callable[[str], bytes]) -> None:
    without = "".join(line for line in ROSTER.splitlines(keepends=True) if not line.startswith("rushed"))
    (root / "roster.csv").write_bytes(write(ROSTER))
    gone.out_of_roster(root, "rushed")
    assert (root / "roster.csv").read_bytes() == write(without)


def test_the_last_extension_leaves_a_course_that_loads(root: Path) -> None:
    for learner in ("rushed", "hero"):
        gone.out_of_course(root, learner)
    assert load_course(root).extensions == []
    assert load_course(root).late.per_day == 10


def test_deleted_rows_are_seen_until_the_file_is_written_anew(root: Path) -> None:
    """SQLite only marks a deleted row as free; what the search is for has to be in there before."""
    gradebook = root / "gradebook.db"
    assert row_left(gradebook, "rushed", "RüyaŞen, jrruya@example.org")
    with contextlib.closing(sqlite3.connect(gradebook)) as connection, connection:
        connection.execute("PRAGMA secure_delete = OFF")  # some systems have it on
        connection.execute("DELETE FROM student WHERE id = 'rushed'")
        connection.execute("DELETE FROM submitted_assignment WHERE student_id = 'rushed'")
    assert row_left(gradebook, "rushed", "RüyaŞen, jrruya@example.org")
    gone.vacuum(url(root))
    assert not row_left(gradebook, "rushed", "RüyaŞen, jrruya@example.org")


def test_whole_words_are_found_in_any_case_and_as_json_and_html_write_them() -> None:
    words = Words(["ada", "O'Neil & Şen"])
    for text in ("ada", "(ADA)", "x/ada/y", "ada@example.org says", "ada.", "O'Neil & Şen", "O&#x27;Neil &amp; Şen",
                 json.dumps("o'neil & Şen"), "report-ada.md"):  # fmt: skip
        assert words.within(text.encode()), text
    for text in ("adapter", "ada_2", "canada"):
        assert not words.within(text.encode()), text
    words = Words(["ada"], ["b-ada", "ada.b", "ada", "bo"])
    assert not words.within(b"b-ada, ada.b")
    assert words.within(b"b-ada, ada.b, ada")
