"""Three hundred phones vote within five seconds, on one machine over loopback, against a real ``leadgym room``.

The server is a process of its own, and this one is all the phones, the projector and the notebook. Two votes:

1. Everybody votes once at a random moment of five seconds. Thirty lose their line right after they sent their vote,
   come back with their ticket and say it again. Meanwhile a kernel of the same server computes ``1`` again and again.
2. Everybody votes again. Half way the server and its kernels are killed (SIGKILL) and started again with ``--again``.
   The phones come back by themselves and say again what was not acknowledged.

After each the votes in the session file are held against what the phones sent and what was acknowledged; where one is
missing, doubled or another, the benchmark stops with exit code 1.

How to read it. "counted" is from a phone's sending to the first picture at the projector's socket that counts it, in
the order of the session file. "acknowledged" is from sending to the phone's hearing that the vote is on disk. Both hold
what this one process, playing everybody, adds. "notebook" is a kernel's execute round trip (request to idle), beside
the same before anybody came: the ratio is the figure, milliseconds are this machine's.

    python benchmarks/room.py --quick      60 phones, 6 of which drop
    python benchmarks/room.py              300 phones, 30 of which drop
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, WebSocketClosedError, websocket_connect

from leadgym.course.modules import scenario
from leadgym.room.kept import Session, told_again
from leadgym.room.run import Room

WITHIN, PATIENCE = 5.0, 240.0
CHANCE = random.Random()  # noqa: S311 - who votes when


class Failed(Exception):
    """What has to hold does not."""


class Server:
    """``leadgym room`` in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.token = folder, secrets.token_hex(16)
        self.port, self.phones = free_port(), free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def session(self) -> Path:
        """The session file."""
        return next((self.folder / ".leadgym" / "rooms").glob("*.jsonl"))

    @property
    def jupyter(self) -> str:
        """The facilitator's side."""
        return f"127.0.0.1:{self.port}"

    async def start(self, *more: str) -> float:
        """Start it; returns the seconds until phones are answered."""
        began = time.monotonic()
        env = {**os.environ, "JUPYTER_TOKEN": self.token, "JUPYTER_RUNTIME_DIR": str(self.folder / "runtime")}
        with (self.folder / "printed.txt").open("ab") as printed:
            self.process = subprocess.Popen(
                [sys.executable, "-c", "from leadgym.cli import main; main()", "room", "02", "--no-browser",
                 "--workspace", str(self.folder), "--port", str(self.port), *more],
                env=env, stdin=subprocess.DEVNULL, stdout=printed, stderr=printed, start_new_session=True,
            )  # fmt: skip
        for url in (f"http://127.0.0.1:{self.phones}/", f"http://{self.jupyter}/api?token={self.token}"):
            while True:
                with suppress(Exception):
                    await AsyncHTTPClient().fetch(url)
                    break
                if self.process.poll() is not None or time.monotonic() - began > PATIENCE:
                    raise Failed(f"The server did not start:\n{(self.folder / 'printed.txt').read_text()}")
                await asyncio.sleep(0.1)
        return time.monotonic() - began

    def kill(self) -> None:
        """End it and its kernels at once, as a power cut would."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def free_port() -> int:
    """A port that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Phone:
    """A participant's page: sends its vote until it is acknowledged, and comes back when its line is lost."""

    def __init__(self, server: Server, code: str) -> None:
        self._server, self._code = server, code
        self.who = self.ticket = ""
        self.view: dict[str, Any] = {}
        self.line: WebSocketClientConnection | None = None
        self.waiting: dict[str, Any] | None = None
        self.number = 0
        self.sent: dict[str, tuple[float, str]] = {}
        self.acknowledged: dict[str, float] = {}
        self.returned = 0
        self.turned_away = ""
        self.seen, self.voted = asyncio.Event(), asyncio.Event()
        self.drops = False

    async def join(self) -> None:
        """Type the code."""
        said = json.dumps({"code": self._code, "name": "", "ticket": None})
        url = f"http://127.0.0.1:{self._server.phones}/join"
        answer = json.loads((await AsyncHTTPClient().fetch(url, method="POST", body=said, request_timeout=60)).body)
        self.who, self.ticket = answer["who"], answer["ticket"]

    async def live(self) -> None:
        """Until cancelled."""
        tries = 0
        while not self.turned_away:
            with suppress(Exception):  # whatever happened to the line, the page tries again
                self.line = await websocket_connect(f"ws://127.0.0.1:{self._server.phones}/room")
                await self.line.write_message(json.dumps({"ticket": self.ticket}))
                tries = 0
                first = True
                while (message := await self.line.read_message()) is not None:
                    await self._hear(json.loads(message))
                    if first and self.waiting is not None:
                        self.returned += 1
                        await self._send()
                    first = False
                if self.line.close_code == 4401:
                    self.turned_away = "the room does not know this ticket"
            self.line = None
            tries += 1
            await asyncio.sleep(min(8.0, 0.3 * 2 ** min(tries, 5)) * (0.5 + CHANCE.random()))

    async def _hear(self, said: dict[str, Any]) -> None:
        if said.get("view"):
            self.view = said["view"]
            self.seen.set()
        if self.waiting is not None and said.get("n") == self.waiting["n"]:
            if "problem" in said:
                raise Failed(str(said))
            self.acknowledged[self._round] = time.monotonic()
            self.waiting = None
            self.voted.set()

    async def vote(self, number: str, choice: str) -> None:
        """Send a vote in a round; ``voted`` is set once it is acknowledged."""
        self.number += 1
        self._round = number
        self.voted.clear()
        vote = {"poll": "q1", "choice": choice, "sure": CHANCE.choice([None, 60, 90])}
        self.waiting = {"n": self.number, "vote": vote}
        self.sent[number] = (time.monotonic(), choice)
        line = self.line
        await self._send()
        if self.drops and number == "first" and line is not None:
            line.protocol._abort()  # type: ignore[union-attr]  # no goodbye, as when a phone leaves the network

    async def _send(self) -> None:
        if self.line is not None:
            with suppress(WebSocketClosedError):
                await self.line.write_message(json.dumps(self.waiting))


class Screen:
    """The projector and the prompts: what came when."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.pictures: list[tuple[float, str, int]] = []
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._number = 0
        self._line: WebSocketClientConnection

    async def connect(self) -> asyncio.Task[None]:
        """Open the line; returns its reader."""
        url = f"ws://{self._server.jupyter}/leadgym/room/socket"
        head = {"Authorization": f"token {self._server.token}"}
        self._line = await websocket_connect(HTTPRequest(url, headers=head))
        return asyncio.create_task(self._read())

    async def _read(self) -> None:
        while (message := await self._line.read_message()) is not None:
            said = json.loads(message)
            if "projector" in said:
                self.pictures.append((time.monotonic(), said["projector"]["stage"], said["projector"]["voted"] or 0))
            elif said.get("n") in self._answers:
                self._answers[said["n"]].set_result(said)

    async def do(self, event: dict[str, Any]) -> None:
        """One press of the facilitator."""
        self._number += 1
        self._answers[self._number] = asyncio.get_running_loop().create_future()
        await self._line.write_message(json.dumps({"n": self._number, "do": event}))
        said = await self._answers[self._number]
        if "problem" in said:
            raise Failed(str(said))


class Notebook:
    """A kernel of the same server."""

    async def connect(self, server: Server) -> None:
        """Start the kernel."""
        head = {"Authorization": f"token {server.token}"}
        url = f"http://{server.jupyter}/api/kernels"
        asked = HTTPRequest(url, method="POST", body="{}", headers=head, request_timeout=120)
        kernel = json.loads((await AsyncHTTPClient().fetch(asked)).body)["id"]
        line = f"ws://{server.jupyter}/api/kernels/{kernel}/channels?session_id=bench"
        self._line = await websocket_connect(HTTPRequest(line, headers=head, request_timeout=120))
        await self.trip()

    async def trip(self) -> float:
        """Seconds of one cell: request to idle."""
        began, number = time.monotonic(), uuid.uuid4().hex
        content = {"code": "1", "silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": False}
        header = {"msg_id": number, "msg_type": "execute_request", "session": "bench", "username": "", "version": "5.3"}
        await self._line.write_message(
            json.dumps({"channel": "shell", "header": header, "parent_header": {}, "metadata": {}, "content": content})
        )
        while True:
            said = json.loads(await self._line.read_message() or "null")
            if said is None:
                raise Failed("The kernel's line was lost.")
            if (
                said["parent_header"].get("msg_id") == number
                and said["msg_type"] == "status"
                and said["content"]["execution_state"] == "idle"
            ):
                return time.monotonic() - began

    async def trips(self, seconds: float) -> list[float]:
        """Round trips for so long, with the pauses of somebody who works."""
        until, found = time.monotonic() + seconds, []
        while time.monotonic() < until:
            found.append(await self.trip())
            await asyncio.sleep(0.03)
        return found


async def all_of(what: list[Awaitable[Any]], name: str) -> None:
    """Wait for all, but not for ever."""
    try:
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*what)
    except TimeoutError:
        raise Failed(f"Waited {PATIENCE:.0f} seconds for: {name}") from None


async def everybody_votes(phones: list[Phone], number: str, meanwhile: Callable[[], Awaitable[None]]) -> None:
    """All vote at a random moment of ``WITHIN`` seconds; returns once all are acknowledged."""

    async def one(phone: Phone) -> None:
        await asyncio.sleep(CHANCE.uniform(0, WITHIN))
        await phone.vote(number, CHANCE.choice(["take", "pair"]))
        await phone.voted.wait()

    await all_of([meanwhile(), *(one(phone) for phone in phones)], f"{number} vote")


def votes_in(path: Path) -> list[dict[str, Any]]:
    """The vote events on disk; a line that is cut off is none."""
    lines = path.read_bytes().rpartition(b"\n")[0].split(b"\n")[1:]
    return [event for event in map(json.loads, lines) if event["kind"] == "vote"]


def check(phones: list[Phone], number: str, counted: dict[str, Any]) -> None:
    """Every phone's vote stands once, as it was sent. Raises Failed."""
    sent = {phone.who: phone.sent[number][1] for phone in phones}
    kept = {who: vote.choice for who, vote in counted.items()}
    if sent != kept:
        lost, other = sent.keys() - kept.keys(), [who for who in kept if kept[who] != sent.get(who)]
        raise Failed(f"{number} vote: {len(lost)} lost, {len(other)} that nobody sent so.")


async def until_all_see(phones: list[Phone], stage: str) -> None:
    """Until every phone shows the stage."""

    async def one(phone: Phone) -> None:
        while phone.view.get("stage") != stage:
            phone.seen.clear()
            await phone.seen.wait()

    await all_of([one(phone) for phone in phones], f"stage {stage}")


async def run(people: int, folder: Path) -> list[tuple[str, str]]:
    """The whole; returns the table."""
    AsyncHTTPClient.configure(None, max_clients=100)
    server, rows = Server(folder), [("load before", load())]
    try:
        await server.start("--phones", str(server.phones))
        code = json.loads(server.session.read_bytes().split(b"\n")[0])["code"]
        notebook, screen = Notebook(), Screen(server)
        await notebook.connect(server)
        await notebook.trips(1.0)
        idle = await notebook.trips(WITHIN)
        await screen.connect()
        phones = [Phone(server, code) for _ in range(people)]
        for phone in CHANCE.sample(phones, people // 10):
            phone.drops = True
        began = time.monotonic()
        await all_of([phone.join() for phone in phones], "joining")
        lives = [asyncio.create_task(phone.live()) for phone in phones]
        await until_all_see(phones, "lobby")
        rows.append(("all joined and connected", f"{time.monotonic() - began:.1f} s"))
        await screen.do({"kind": "ask", "what": "decide"})
        await until_all_see(phones, "first")

        busy: list[float] = []

        async def work() -> None:
            busy.extend(await notebook.trips(WITHIN))

        screen.pictures.clear()
        await everybody_votes(phones, "first", work)
        await asyncio.sleep(2)
        counted, took = [], []
        by_who = {phone.who: phone for phone in phones}
        seen: set[str] = set()
        for event in votes_in(server.session):
            if event["who"] in seen:
                continue  # said again by one that dropped
            seen.add(event["who"])
            sent = by_who[event["who"]].sent["first"][0]
            at = next((when for when, _, voted in screen.pictures if voted >= len(seen)), None)
            if at is None:
                raise Failed(f"The projector never counted vote {len(seen)}.")
            counted.append(at - sent)
            if not by_who[event["who"]].drops:
                took.append(by_who[event["who"]].acknowledged["first"] - sent)
        doubled = max(voted for *_, voted in screen.pictures) - people
        if doubled or len(seen) != people:
            raise Failed(f"{people} voted, the file has {len(seen)}, the projector counts {people + doubled}.")
        returned = sum(phone.returned > 0 and phone.drops for phone in phones)
        strangers = sum(phone.view["mine"] is None for phone in phones)
        if strangers or returned != people // 10:
            raise Failed(f"{returned} came back; {strangers} find their vote gone.")
        rows += [
            ("votes sent / on disk / at the projector", f"{people} / {len(seen)} / {people}"),
            ("counted: median, 99 %, worst", spread(counted)),
            ("acknowledged: median, 99 %, worst", spread(took)),
            ("dropped after sending, came back, kept their place", f"{returned} of {people // 10}"),
            ("notebook idle: median, worst", f"{1000 * median(idle):.0f} ms, {1000 * max(idle):.0f} ms"),
            ("notebook in the vote: median, worst", f"{1000 * median(busy):.0f} ms, {1000 * max(busy):.0f} ms"),
            (
                "ratio: medians, worst over idle worst",
                f"{median(busy) / median(idle):.2f}, {max(busy) / max(idle):.2f}",
            ),
        ]

        await screen.do({"kind": "stage", "to": "talk"})
        await screen.do({"kind": "stage", "to": "second"})
        await until_all_see(phones, "second")
        acknowledged: dict[str, str] = {}
        restart: list[float] = []

        async def power_cut() -> None:
            await asyncio.sleep(WITHIN / 2)
            server.kill()
            await asyncio.sleep(0)
            acknowledged.update(
                {phone.who: phone.sent["second"][1] for phone in phones if "second" in phone.acknowledged}
            )
            restart.append(await server.start("--again", str(server.session)))

        before = json.loads(server.session.read_bytes().split(b"\n")[0])
        began = time.monotonic()
        await everybody_votes(phones, "second", power_cut)
        whole = time.monotonic() - began
        if json.loads(server.session.read_bytes().split(b"\n")[0]) != before or any(p.turned_away for p in phones):
            raise Failed("The room that came back is another one.")
        kept = {event["who"]: event["choice"] for event in votes_in(server.session)}
        rows += [
            ("acknowledged before the kill, of these lost", f"{len(acknowledged)}, 0"),
            ("restart until phones are answered (same port, same code)", f"{restart[0]:.1f} s"),
            ("second vote, kill and restart within it, until all are in", f"{whole:.1f} s"),
        ]
        if any(kept.get(who) != choice for who, choice in acknowledged.items()):
            raise Failed("An acknowledged vote is lost.")
        for life in lives:
            life.cancel()
        server.kill()
        session = Session(server.session)
        room = told_again(Room(scenario), session)
        session.close()
        check(phones, "first", room.asked[0].first.votes)
        check(phones, "second", room.asked[0].second.votes)
        rows += [
            ("both votes in the file, each as sent, none doubled", f"{people} and {people}"),
            ("load after", load()),
        ]
    finally:
        server.kill()
    return rows


def spread(seconds: list[float]) -> str:
    """Median, 99th percentile and worst in milliseconds."""
    return ", ".join(
        f"{1000 * s:.0f} ms" for s in (median(seconds), quantiles(seconds, n=100, method="inclusive")[98], max(seconds))
    )


def load() -> str:
    """What else this machine does: runnable tasks of the last minute, beside its processors."""
    return f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="60 phones instead of 300")
    people = 60 if parser.parse_args().quick else 300
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        try:
            rows = asyncio.run(run(people, Path(folder)))
        except Failed as failure:
            print(f"FAILED: {failure}")
            return 1
    print(f"{people} phones, all within {WITHIN:.0f} seconds")
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        print(f"{name:<{width}}  {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
