"""People at a real hub in real browsers, doing what a person does: menus, buttons, keys, a terminal."""

from __future__ import annotations

import json
import time
from typing import Any

LONG = 180_000


class Person:
    """One person, signed in, in a browser window of their own."""

    def __init__(self, browser: Any, base: str, name: str, width: int = 1280) -> None:
        self.base, self.name = base, name
        self.context = browser.new_context(viewport={"width": width, "height": 800 if width == 1280 else 1080})
        self.page = self.context.new_page()
        self.page.set_default_timeout(LONG)
        self.page.goto(f"{base}/hub/login")
        self.page.fill("#username_input", name)
        self.page.fill("#password_input", "any")
        self.page.click("#login_submit")
        self.page.wait_for_selector("#jp-top-panel, #jp-MainMenu")
        self.own = f"{base}/user/{name}"

    def menu(self, *path: str) -> None:
        """Choose from JupyterLab's menus."""
        self.page.click(f".lm-MenuBar-itemLabel:text-is('{path[0]}')")
        self.page.wait_for_selector(".lm-Menu-item")
        self.page.click(f".lm-Menu-itemLabel:text-is('{path[1]}')")

    def assignments(self) -> None:
        """The list of assignments, as it is now."""
        self.page.goto(f"{self.own}/lab?reset")
        self.page.wait_for_selector(".jp-Launcher")
        self.menu("Nbgrader", "Assignment List")
        self.page.wait_for_selector("#assignments")
        self.page.wait_for_selector("#released_assignments_list_loading", state="hidden")
        self.page.wait_for_selector("#submitted_assignments_list_loading", state="hidden")

    def press(self, part: str, button: str) -> None:
        """A button in a part of that list: released, fetched or submitted."""
        self.page.click(f"#{part}_assignments_list button:text-is('{button}')")

    def open(self, path: str) -> None:
        """A notebook, alone in the window, its kernel ready."""
        self.page.goto(f"{self.own}/doc/tree/{path}?reset")
        self.page.wait_for_selector(".jp-Notebook .jp-Cell")
        self.page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status='idle']")

    def answer(self, shown: str, code: str) -> None:
        """Replace the code of the cell that shows ``shown``, as typing does."""
        cell = self.page.locator(".jp-CodeCell", has_text=shown).first
        cell.scroll_into_view_if_needed()
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(code)

    def run_all(self) -> None:
        """Run every cell and wait until the kernel has nothing more to do."""
        self.menu("Run", "Run All Cells")
        time.sleep(1)
        self.page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status='idle']")

    def save(self) -> None:
        self.page.keyboard.press("Control+s")
        time.sleep(1.5)

    def shell(self, command: str, seconds: float = 120) -> str:
        """What a command prints, run by a kernel of this person's own server: whatever they try, they try as this."""
        api = self.context.request
        token = self._xsrf()
        made = api.post(f"{self.own}/api/kernels", data=json.dumps({"name": "python3"}), headers=token)
        assert made.ok, (made.status, made.text()[:300])
        kernel = made.json()["id"]
        code = (
            "import subprocess; done = subprocess.run(['bash', '-c', " + repr(command) + "], capture_output=True, "
            "text=True, stdin=subprocess.DEVNULL); print(done.stdout + done.stderr + f'\\n[exit {done.returncode}]')"
        )
        script = """async ([url, code, seconds]) => {
            const socket = new WebSocket(url);
            await new Promise((good, bad) => { socket.onopen = good; socket.onerror = bad; });
            const id = crypto.randomUUID();
            socket.send(JSON.stringify({header: {msg_id: id, msg_type: 'execute_request', username: '', session: id,
                date: new Date().toISOString(), version: '5.3'}, parent_header: {}, metadata: {}, buffers: [],
                channel: 'shell', content: {code, silent: false, store_history: false, user_expressions: {},
                allow_stdin: false, stop_on_error: true}}));
            let text = '';
            return await new Promise((good, bad) => {
                setTimeout(() => bad('no answer in time: ' + text), 1000 * seconds);
                socket.onmessage = event => {
                    const message = JSON.parse(event.data);
                    if (message.parent_header.msg_id !== id) return;
                    if (message.msg_type === 'stream') text += message.content.text;
                    if (message.msg_type === 'error') text += message.content.traceback.join('\\n');
                    if (message.msg_type === 'status' && message.content.execution_state === 'idle') good(text);
                };
            });
        }"""
        url = f"{self.own}/api/kernels/{kernel}/channels".replace("http", "ws", 1)
        try:
            return str(self.page.evaluate(script, [url, code, seconds]))
        finally:
            api.delete(f"{self.own}/api/kernels/{kernel}", headers=token)

    def _xsrf(self) -> dict[str, str]:
        own = [c for c in self.context.cookies() if c["name"] == "_xsrf" and f"/user/{self.name}" in c["path"]]
        return {"X-XSRFToken": own[0]["value"], "Content-Type": "application/json"} if own else {}
