"""A room's session file: what was acknowledged is there whatever happens, and a file that is none is left alone."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from room_small import ASK, OPEN

from leadgym.cli import main
from leadgym.course.modules import scenario
from leadgym.lab.workspace import Laid
from leadgym.room.hall import Hall
from leadgym.room.kept import Session, SessionProblem, fits, last, told_again
from leadgym.room.poll import RoomProblem
from leadgym.room.run import Room

JOIN = {"kind": "join", "who": "a", "name": ""}


def vote(choice: str, who: str = "a") -> dict[str, Any]:
    return {"kind": "vote", "who": who, "poll": "q1", "choice": choice}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed session file: the head, and four events."""
    session = Session(tmp_path / "room.jsonl")
    session.write([OPEN, JOIN, ASK, vote("take")])
    session.close()
    return session.path


def again(path: Path) -> Room:
    session = Session(path)
    try:
        return told_again(Room(scenario), session)
    finally:
        session.close()


def test_a_file_opened_again_has_the_code_the_secret_and_every_event(path: Path) -> None:
    first = Session(path)
    first.close()
    second = Session(path)
    second.close()
    assert (first.code, first.secret) == (second.code, second.secret)
    assert again(path).asked[0].first.counts() == {"take": 1}


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_only_its_owner_reads_it(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_last_line_that_was_cut_off_is_dropped_wherever_it_was_cut(path: Path) -> None:
    whole = path.read_bytes()
    last = len(json.dumps(vote("pair"))) + 1
    for cut in range(1, last - 1):
        path.write_bytes(whole + json.dumps(vote("pair")).encode()[:cut])
        assert again(path).asked[0].first.counts() == {"take": 1}
        assert path.read_bytes() == whole, "the next event begins on a line of its own"


def test_a_last_line_that_lacks_only_its_end_is_kept(path: Path) -> None:
    """An editor that takes the last end of line away takes no vote with it."""
    path.write_bytes(path.read_bytes().removesuffix(b"\n"))
    assert again(path).asked[0].first.counts() == {"take": 1}
    assert path.read_bytes().endswith(b"\n")


def test_a_damaged_line_is_named_and_the_file_left_as_it_is(path: Path) -> None:
    lines = path.read_bytes().split(b"\n")
    lines[2] = b'{"kind": "jo'
    path.write_bytes(b"\n".join(lines))
    before = path.read_bytes()
    with pytest.raises(SessionProblem, match=r"room\.jsonl:3: "):
        Session(path)
    assert path.read_bytes() == before
    lines[2] = b'{"kind": "join"}'
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(SessionProblem, match=r"room\.jsonl:3: does not fit"):
        again(path)


@pytest.mark.parametrize(
    "text", ["", "x", "my notes\nwithout an end", '{"a": 1}\n{"b', "[]\n", '{"leadgym_room": 1}\nx']
)
def test_another_file_by_mistake_is_refused_and_not_cut(tmp_path: Path, text: str) -> None:
    path = tmp_path / "notes.md"
    path.write_text(text)
    with pytest.raises(SessionProblem, match="is no session file"):
        Session(path)
    assert path.read_text() == text


def test_two_do_not_open_it_at_once_by_whatever_name(path: Path) -> None:
    link = path.with_name("link.jsonl")
    link.symlink_to(path)
    first = Session(path)
    for name in (path, link):
        with pytest.raises(SessionProblem, match="open in another"):
            Session(name)
    first.close()
    Session(link).close()


def test_a_file_of_another_module_says_how_it_is_opened(path: Path) -> None:
    fits(path, "02_delegation")
    with pytest.raises(SessionProblem, match="leadgym room 02_delegation --again"):
        fits(path, "03_estimation")


def test_the_last_room_is_the_newest_in_which_somebody_was(tmp_path: Path) -> None:
    with pytest.raises(SessionProblem, match="Begin one: leadgym room 02"):
        last(tmp_path, "02_delegation")
    rooms = ("2027-01-11-120000-02", "2027-01-11-123000-02", "2027-01-12-120000-03")
    for name, people in zip(rooms, (["a"], [], ["b"]), strict=True):
        session = Session(tmp_path / f"{name}_delegation.jsonl")
        session.write([{"kind": "open", "module": "02_delegation"}])
        session.write([{"kind": "join", "who": who, "name": ""} for who in people])
        session.close()
    assert last(tmp_path, "02_delegation").name == "2027-01-11-120000-02_delegation.jsonl", "one by mistake hides none"


KILLED = """
import asyncio, sys
from pathlib import Path
from leadgym.course.modules import scenario
from leadgym.room.hall import Hall
from leadgym.room.kept import Session
from leadgym.room.run import Room
async def main():
    hall = Hall(Room(scenario), Session(Path(sys.argv[1])))
    async def vote(who):
        await hall.take({"kind": "join", "who": who, "name": ""})
        for choice in ("take", "pair") * 400:
            await hall.take({"kind": "vote", "who": who, "poll": "q1", "choice": choice})
            print(who, choice, flush=True)
    await asyncio.gather(*(vote(f"p{n}") for n in range(8)))
asyncio.run(main())
"""


@pytest.mark.skipif(os.name != "posix", reason="kills with a signal")
def test_a_process_killed_between_votes_loses_none_that_it_acknowledged(path: Path) -> None:
    running = subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    said = [running.stdout.readline() for _ in range(60)]
    running.send_signal(signal.SIGKILL)
    said += running.stdout.readlines()
    running.wait()
    acknowledged: dict[str, int] = {}
    for line in said:
        who, _, choice = line.partition(" ")
        if choice.endswith("\n"):
            acknowledged[who] = acknowledged.get(who, 0) + 1
    assert len(acknowledged) == 8, "it was killed in the middle"
    on_disk = list(map(json.loads, path.read_bytes().rpartition(b"\n")[0].split(b"\n")))[1:]
    for who, number in acknowledged.items():
        kept = sum(event["kind"] == "vote" and event["who"] == who for event in on_disk)
        assert kept >= number
    again(path)


class Full:
    """A disk with so many bytes left: a write takes what fits, and the next one fails, as a real one does."""

    def __init__(self, file: Any, left: int) -> None:
        self._file, self.left = file, left

    def write(self, data: memoryview) -> int:
        if not self.left:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken: int = self._file.write(data[: self.left])
        self.left -= taken
        return taken

    def fileno(self) -> int:
        number: int = self._file.fileno()
        return number

    def close(self) -> None:
        self._file.close()


def test_a_full_disk_acknowledges_nothing_counts_nothing_and_goes_on_once_there_is_room(path: Path) -> None:
    async def whole() -> None:
        session = Session(path)
        hall = Hall(Room(scenario), session)
        before, real = path.read_bytes(), session._file
        told: list[dict[str, int]] = []
        hall.listeners.add(lambda: told.append(dict(hall.room.asked[0].first.counts())))
        session._file = Full(real, 70)  # type: ignore[assignment]
        both = await asyncio.gather(
            hall.take({"kind": "join", "who": "b", "name": ""}), hall.take(vote("pair", "b")), return_exceptions=True
        )
        assert [type(one) for one in both] == [RoomProblem, RoomProblem]
        assert "No space left on device" in str(both[0])
        assert str(path.parent) not in str(both[0]), "a phone is told no path"
        assert path.read_bytes() == before, "not even the first of the two, which would have fitted"
        assert told == [{"take": 1}], "what the projector was told is what the file says"
        session._file = real
        await hall.take({"kind": "join", "who": "b", "name": ""})
        await hall.take(vote("pair", "b"))
        await hall.close()

    asyncio.run(whole())
    assert again(path).asked[0].first.counts() == {"take": 1, "pair": 1}


def test_nobody_is_told_of_a_vote_before_it_is_on_disk(path: Path) -> None:
    async def whole() -> None:
        hall = Hall(Room(scenario), Session(path))
        seen: list[bool] = []
        hall.listeners.add(lambda: seen.append(b'"pair"' in path.read_bytes()))
        hall.listeners.add(lambda: 1 / 0)  # type: ignore[arg-type, return-value]
        await hall.take(vote("pair"))
        await hall.take(vote("take"))
        assert seen == [True, True], "and a screen that fails is nobody else's trouble"
        await hall.close()

    asyncio.run(whole())


def test_a_stopped_room_says_how_it_is_opened_again_and_that_finds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr("leadgym.lab.workspace.lay", lambda folder: Laid(folder))
    monkeypatch.setattr("leadgym.lab.server.open_lab", lambda *_, extra, **__: started.append(extra) or 0)
    words = ["room", "02", "--workspace", str(tmp_path)]
    said = CliRunner().invoke(main, words)
    assert f"leadgym room 02 --again --workspace {tmp_path}" in said.output
    path = tmp_path / ".leadgym" / "rooms" / "2027-01-11-120000-02_delegation.jsonl"
    session = Session(path)
    session.write([{"kind": "open", "module": "02_delegation"}, {"kind": "join", "who": "a", "name": ""}])
    session.close()
    for again in (["--again"], ["--again", str(path)]):
        assert CliRunner().invoke(main, [*words, *again]).exit_code == 0
        assert started[-1][-1] == f"--RoomExtension.session={path}"
