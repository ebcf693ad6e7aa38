"""A room on a real hub: opened in a terminal, joined by phones of people without an account, tried by learners."""

from __future__ import annotations

import os
import pwd
import re
import time
from pathlib import Path
from typing import Any

from hub_driver import Person

LONG = 60_000
FETCHES = """async (url) => {
    try { const answer = await fetch(url, {credentials: 'include'}); return answer.status; }
    catch (error) { return error.name; }
}"""
AS_LAB = """async (url) => {
    const token = document.cookie.match(/_xsrf=([^;]+)/)[1];
    return (await fetch(url, {headers: {'X-XSRFToken': token}})).status;
}"""
CONNECTS = """(url) => new Promise((done) => {
    try {
        const line = new WebSocket(url.replace(/^http/, 'ws'));
        line.onopen = () => done('open');
        line.onerror = () => done('refused');
    } catch (error) { done(error.name); }
})"""
RUNS = """() => {
    const script = document.createElement('script');
    script.textContent = 'window.ran = true';
    document.body.append(script);
    return window.ran ? 'ran' : 'refused';
}"""
LOADS = """(url) => new Promise((done) => {
    const image = new Image();
    image.onload = () => done('loaded');
    image.onerror = () => done('refused');
    image.src = url;
})"""


def shoot(page: Any, name: str) -> None:
    if "LEADGYM_SCREENSHOTS" in os.environ:
        page.screenshot(path=Path(os.environ["LEADGYM_SCREENSHOTS"]) / f"hub-room-{name}.png")


def typed(person: Person, command: str, file: Path) -> str:
    """What a command says that is typed into a terminal of this person's JupyterLab; ``file``: where it is kept."""
    person.page.goto(f"{person.own}/lab?reset")
    person.page.click(".jp-LauncherCard:has-text('Terminal')")
    person.page.wait_for_selector(".jp-Terminal .xterm-helper-textarea", state="attached")
    time.sleep(2)  # until the shell has its prompt: what is typed before is typed twice on the screen
    person.page.click(".jp-Terminal")
    person.page.keyboard.type(f"{command} > {file} 2>&1; echo [exit $?] >> {file}\n")
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if file.is_file() and "[exit" in (said := file.read_text(encoding="utf-8")):
            return said
        time.sleep(0.2)
    shoot(person.page, "terminal")
    raise AssertionError("the terminal does not answer")


def press(prompts: Any, words: str) -> None:
    prompts.get_by_role("button", name=words).first.click()


def phone(browser: Any, address: str) -> Any:
    """A phone's page, of somebody who has never been on the hub."""
    context = browser.new_context(viewport={"width": 360, "height": 720}, has_touch=True)
    page = context.new_page()
    page.set_default_timeout(LONG)
    page.goto(address)
    return page


def vote(page: Any, place: int) -> None:
    page.locator("#choices label").nth(place).click()
    page.locator("#send").click()
    page.locator("#told", has_text="Your vote is in").wait_for()


def is_opened_joined_and_voted_in(hub: Any, maya: Person, browser: Any) -> tuple[str, list[Any], Any, Any]:
    """The code, the phones, the projector and the prompts of a room in which two people have voted."""
    said = typed(maya, "leadgym room 02", hub.course / "said.txt")
    assert "[exit 0]" in said, said
    code = re.findall(r"code ([A-Z]{4})\.", said)[0]
    assert f"is open: {hub.url}/services/room, code" in said
    where = re.findall(r"Projector: (\S+)", said)[0]
    assert where == f"{hub.url}/user/{maya.name}/leadgym/room/"
    projector, prompts = maya.context.new_page(), maya.context.new_page()
    for page, place in ((projector, where), (prompts, f"{where}prompts")):
        page.set_default_timeout(LONG)
        page.goto(place)
    projector.locator("#code", has_text=code).wait_for()
    assert projector.inner_text("#address") == f"{hub.url}/services/room"
    assert projector.locator("#qr svg").count() == 1

    typing, scanning = phone(browser, f"{hub.url}/services/room"), phone(browser, f"{hub.url}/services/room/?c={code}")
    assert not typing.context.cookies()
    shoot(typing, "door-360")
    typing.fill("#code", "WXYZ" if code != "WXYZ" else "WXYV")
    typing.keyboard.press("Enter")
    typing.locator("#wrong", has_text="No room with these letters is open.").wait_for()
    typing.fill("#code", code.lower())
    typing.keyboard.press("Enter")
    assert scanning.input_value("#code") == code
    scanning.locator("button[type=submit]").first.click()
    for page in (typing, scanning):
        page.locator("#room").wait_for()
    projector.locator("#people", has_text="2 people are in.").wait_for()
    shoot(projector, "projector-1920")
    press(prompts, "Begin: the first scene")
    press(prompts, "Open the vote")
    vote(typing, 0)
    vote(scanning, 0)
    projector.locator("#voted", has_text="2 of 2 have voted.").wait_for()
    shoot(typing, "voted-360")
    scanning.reload()  # its place and its vote are kept
    scanning.locator("#told", has_text="Your vote is in").wait_for()
    press(prompts, "Close without a second vote")
    press(prompts, "Show the split")
    projector.locator("#split h3", has_text="2 of 2 for A.").wait_for()
    shoot(projector, "split-1920")
    lesson = prompts.locator("#lesson").evaluate("link => link.href")
    path = lesson.partition("/lab/tree/")[2]
    assert maya.context.request.get(f"{maya.own}/api/contents/{path}?content=0").ok, lesson
    (kept,) = (hub.course / ".leadgym" / "rooms").glob("*.jsonl")
    assert kept.stat().st_mode & 0o077 == 0
    return code, [typing, scanning], projector, prompts


def page_reaches_nothing_but_the_room(hub: Any, people: dict[str, Person], phones: list[Any], names: list[str]) -> None:
    """Neither of somebody unknown, nor of a learner or instructor who is signed in in the same browser."""
    places = ["/hub/api", "/hub/api/user", "/hub/home", "/hub/login", "/services/", "/services/other/"]
    places += [
        f"/user/{name}{path}" for name in names for path in ("/api/contents", "/api/kernels", "/lab", "/files/x")
    ]
    pages = [*phones]
    for name in names:
        page = people[name].context.new_page()
        page.goto(f"{hub.url}/services/room/")
        pages.append(page)
        # What the policy keeps from the page, the same person's own pages have.
        assert people[name].page.evaluate(AS_LAB, f"{hub.url}/user/{name}/api/contents") == 200
    for page in pages:
        assert page.evaluate("document.cookie") == ""
        for place in places:
            assert page.evaluate(FETCHES, f"{hub.url}{place}") == "TypeError", place
            assert page.evaluate(LOADS, f"{hub.url}{place}") == "refused", place
            assert page.evaluate(CONNECTS, f"{hub.url}{place}") in ("refused", "SecurityError"), place
        assert page.evaluate(FETCHES, f"{hub.url}/services/room/view") == 401, "its own path it reaches"
        assert page.evaluate(RUNS) == "refused", "a script that got into it would not run"
    for page in phones:
        for path in ("leadgym/room/", "leadgym/room/prompts", "leadgym/room/after", "api/contents", "lab"):
            answer = page.context.request.get(f"{hub.url}/user/{names[-1]}/{path}", max_redirects=0)
            assert answer.status in (302, 403, 404), path
        for path in ("api/kernels", "lab", "leadgym/room/", "prompts", "prompts.js", "projector.html"):
            assert page.context.request.get(f"{hub.url}/services/room/{path}").status == 404, path
    for page in pages[len(phones) :]:
        page.close()


def is_shut_to_learners(hub: Any, ann: Person, code: str, maya: str) -> None:
    """They neither see the folder of rooms, nor open a room, nor speak to one or to the service past the proxy."""
    rooms = "/run/leadgym/rooms"
    binds = f'import socket; socket.socket(socket.AF_UNIX).bind("{rooms}/WXYZ")'
    speaks = f'import socket; socket.socket(socket.AF_UNIX).connect("{rooms}/{code}")'
    for command in (f"ls {rooms}", f"cat {rooms}/{code}", f"touch {rooms}/WXYZ", f"rm {rooms}/{code}",
                    f"python -c '{binds}'", f"python -c '{speaks}'"):  # fmt: skip
        assert re.search(r"\[exit (?!0\])", ann.shell(command)), command
    assert Path(f"{rooms}/{code}").is_socket()
    said = ann.shell("leadgym room 02")
    assert "On this hub you cannot open a room" in said, said
    assert "[exit 1]" in said
    past = ann.shell(f"curl -s -H 'X-Forwarded-For: 9.9.9.9' http://127.0.0.1:{hub.port + 3}/services/room/")
    assert "Join the room" not in past
    assert re.search(r"\[exit (52|56)\]", past), past
    by_proxy = ann.shell(f"curl -s {hub.url}/services/room/")
    assert "Join the room" in by_proxy
    for path in ("leadgym/room/", "leadgym/room/prompts", "leadgym/room/after"):
        assert ann.context.request.get(f"{hub.url}/user/{maya}/{path}").status in (403, 404), path
    opens = f"{hub.url}/user/{ann.name}/leadgym/room/"
    assert ann.context.request.get(opens).status == 404, "a learner's own server has no rooms"
    account = pwd.getpwnam("leadgym-room")
    (service,) = [p for p in Path("/proc").iterdir() if p.name.isdigit() and _runs(p, b"leadgym.room.service")]
    assert service.stat().st_uid == account.pw_uid
    groups = re.findall(r"^Groups:\s*(.*)$", (service / "status").read_text(encoding="ascii"), re.MULTILINE)[0].split()
    assert set(groups) <= {str(account.pw_gid)}
    told = dict(line.partition("=")[::2] for line in (service / "environ").read_text(encoding="utf-8").split("\0"))
    head = {"Authorization": f"token {told['JUPYTERHUB_API_TOKEN']}"}
    for path in (f"hub/api/users/{maya}", "hub/api/users", "hub/api/proxy", f"user/{maya}/api/contents"):
        answer = ann.page.context.browser.new_context().request.get(f"{hub.url}/{path}", headers=head)
        assert answer.status in (403, 404), "what the hub gives each of its services is good for nothing"


def _runs(process: Path, what: bytes) -> bool:
    try:
        return what in (process / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
