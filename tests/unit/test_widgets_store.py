"""The file of choices: nothing a learner clicked is ever lost, whatever happens to the file."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from leadgym.widgets.store import PAST_RUNS, Run, Store, tidy

STORY = "the_cutover"


def store(folder: Path, **options: bool) -> Store:
    opened = Store(folder, STORY, 2, **options)
    opened.read()
    return opened


def run(*choices: str, seed: int = 1) -> Run:
    return Run(seed=seed, variant="office", weights={"ship": 60, "grow": 40}, choices=choices)


def content(folder: Path) -> dict:
    return json.loads((folder / f"{STORY}.choices.json").read_text(encoding="utf-8"))


def test_the_file_says_exactly_what_the_format_promises(tmp_path):
    opened = store(tmp_path)
    opened.save(run("plan.mira"))
    opened.save(run("plan.self"))
    assert content(tmp_path) == {
        "leadgym": 1,
        "scenario": STORY,
        "version": 2,
        "revision": 2,
        "run": {"seed": 1, "variant": "office", "weights": {"ship": 60, "grow": 40}, "choices": ["plan.self"]},
        "past": [{"seed": 1, "variant": "office", "weights": {"ship": 60, "grow": 40}, "choices": ["plan.mira"]}],
    }


def test_what_was_saved_is_read_back_by_another_kernel(tmp_path):
    store(tmp_path).save(run("plan.mira", "window.look"))
    standing = Store(tmp_path, STORY, 2).read()
    assert standing.run == run("plan.mira", "window.look")
    assert standing.notice == ""


def test_a_run_that_goes_on_leaves_nothing_behind_in_past(tmp_path):
    opened = store(tmp_path)
    opened.save(run("plan.mira"))
    assert opened.save(run("plan.mira", "window.look")).past == ()


def test_past_keeps_the_newest_twenty_and_no_run_that_another_one_holds():
    runs = tuple(run(f"plan.{i}", "window.look") for i in range(PAST_RUNS + 3))
    kept = tidy((run("plan.22"), *runs, run()), run("plan.99"))
    assert kept == runs[3:]


def test_the_newer_run_wins_and_the_late_click_is_kept(tmp_path):
    store(tmp_path).save(run("plan.mira"))
    here, there = store(tmp_path), store(tmp_path)
    there.save(run("plan.mira", "window.roll"))
    standing = here.save(run("plan.mira", "window.push"))
    assert not standing.taken
    assert standing.run == run("plan.mira", "window.roll")
    assert standing.past == (run("plan.mira", "window.push"),)
    assert "another tab or kernel" in standing.notice
    assert here.save(run("plan.mira", "window.roll", "after.write")).taken


def test_the_same_click_in_two_tabs_is_no_conflict(tmp_path):
    here, there = store(tmp_path), store(tmp_path)
    there.save(run("plan.mira"))
    assert here.save(run("plan.mira")).notice == ""


def keep_clicking(folder: Path, name: str, clicks: int) -> None:
    mine: tuple[str, ...] = ()
    opened = store(folder)
    for number in range(clicks):
        mine = (*mine, f"{name}.c{number}")
        opened.save(run(*mine))


def test_two_writers_with_two_hundred_saves_each_lose_nothing(tmp_path):
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=keep_clicking, args=(tmp_path, name, 200)) for name in ("a", "b")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    assert [writer.exitcode for writer in writers] == [0, 0]
    saved = content(tmp_path)
    assert saved["revision"] == 400
    everything = {choice for kept in (saved["run"], *saved["past"]) for choice in kept["choices"]}
    assert everything == {f"{name}.c{number}" for name in "ab" for number in range(200)}


KILLED = """
import sys
from pathlib import Path
from leadgym.widgets.store import Run, Store
opened = Store(Path(sys.argv[1]), "the_cutover", 2)
opened.read()
mine = ()
print("ready", flush=True)
while True:
    mine = (*mine[-300:], f"plan.c{len(mine)}")
    opened.save(Run(seed=1, choices=mine))
"""


def test_a_killed_kernel_leaves_a_whole_file_and_no_lock(tmp_path):
    for pause in (0.0, 0.011, 0.023, 0.037, 0.05):
        writer = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(0.05 + pause)
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        opened = Store(tmp_path, STORY, 2)
        standing = opened.read()
        assert standing.notice == ""
        assert standing.run is not None
        assert opened.save(standing.run).notice == ""


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 0.99])
def test_a_file_cut_in_half_is_set_aside_whole_and_play_goes_on(tmp_path, share):
    store(tmp_path).save(run("plan.mira"))
    path = tmp_path / f"{STORY}.choices.json"
    cut = path.read_bytes()[: int(share * path.stat().st_size)]
    path.write_bytes(cut)
    opened = Store(tmp_path, STORY, 2)
    standing = opened.read()
    assert standing.run is None
    assert "is cut short or is not JSON" in standing.notice
    assert f"{STORY}.choices.set-aside-1.json" in standing.notice
    assert (tmp_path / f"{STORY}.choices.set-aside-1.json").read_bytes() == cut
    assert opened.save(run("plan.self")).notice == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"leadgym": 2, "scenario": "the_cutover", "saga": []}', "newer leadgym"),
        ('{"leadgym": 1, "scenario": "the_other", "version": 1}', "another story"),
        ('{"leadgym": 1, "scenario": "the_cutover", "version": 2, "run": {"seed": "x"}}', "does not look like"),
        ("[]", "does not look like"),
        ("[" * 100_000, "not JSON"),
        ("\udcff", "not JSON"),
    ],
)
def test_whatever_else_lies_there_is_named_and_kept(tmp_path, text, said):
    path = tmp_path / f"{STORY}.choices.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    standing = Store(tmp_path, STORY, 2).read()
    assert standing.run is None
    assert said in standing.notice
    assert len(list(tmp_path.glob("*.set-aside-1.json"))) == 1


def test_damage_while_playing_is_set_aside_and_the_run_is_written(tmp_path):
    opened = store(tmp_path)
    opened.save(run("plan.mira"))
    (tmp_path / f"{STORY}.choices.json").write_text("{", encoding="utf-8")
    standing = opened.save(run("plan.mira", "window.look"))
    assert "set-aside-1" in standing.notice
    assert content(tmp_path)["run"]["choices"] == ["plan.mira", "window.look"]


def test_a_deleted_file_is_written_again(tmp_path):
    opened = store(tmp_path)
    opened.save(run("plan.mira"))
    (tmp_path / f"{STORY}.choices.json").unlink()
    assert opened.save(run("plan.mira", "window.look")).notice == ""
    assert content(tmp_path)["run"]["choices"] == ["plan.mira", "window.look"]


def test_choices_of_an_older_version_of_the_story_are_read_and_said_to_be_so(tmp_path):
    Store(tmp_path, STORY, 1).save(run("plan.mira"))
    standing = Store(tmp_path, STORY, 2).read()
    assert standing.run == run("plan.mira")
    assert "version 1" in standing.notice


def test_play_goes_on_unsaved_where_nothing_can_be_written_and_is_saved_once_it_can(tmp_path):
    folder = tmp_path / "full"
    folder.write_text("a file where the folder should be", encoding="utf-8")
    opened = store(folder)
    opened.save(run("plan.mira", "window.look"))
    standing = opened.save(run("plan.self"))
    assert standing.taken
    assert standing.run == run("plan.self")
    assert standing.past == (run("plan.mira", "window.look"),)
    assert "not saved" in standing.notice
    assert "a folder of your own" in standing.notice
    folder.unlink()
    folder.mkdir()
    assert opened.save(run("plan.self", "window.look")).notice == ""
    assert content(folder)["past"] == [run("plan.mira", "window.look").model_dump(mode="json")]


def test_a_lock_held_elsewhere_is_not_waited_for_for_long(tmp_path, monkeypatch):
    from filelock import FileLock

    monkeypatch.setattr("leadgym.widgets.store.LOCK_SECONDS", 0.05)
    opened = store(tmp_path)
    with FileLock(tmp_path / f".{STORY}.choices.lock"):
        standing = opened.save(run("plan.mira"))
    assert "another program holds its lock" in standing.notice


def test_read_only_neither_writes_nor_moves_anything(tmp_path):
    path = tmp_path / f"{STORY}.choices.json"
    path.write_text("{", encoding="utf-8")
    opened = store(tmp_path, read_only=True)
    opened.save(run("plan.mira"))
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert path.read_text(encoding="utf-8") == "{"
