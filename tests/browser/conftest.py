"""A real JupyterLab in a real Chromium, one per session, in a throw-away home.

``lab`` gives its address and workspace folder; ``open_notebook(page, path)`` opens a notebook and waits for its kernel;
``run_all(page)`` runs it to the end; ``shoot(page, name)`` keeps a picture in the session's ``screenshots`` folder.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from leadgym.lab.server import EXTENSIONS

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
MISSING = "Chromium is missing; install it: apt-get install chromium"
START_SECONDS = 60
KERNEL_SECONDS = 60

SETTINGS = {
    "@jupyterlab/apputils-extension/notification.jupyterlab-settings": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension/plugin.jupyterlab-settings": {"autosave": False},
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            # One JupyterLab and one Chromium are enough for two cores.
            item.add_marker(pytest.mark.xdist_group("browser"))


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: ``url`` without a slash at its end, and the folder it shows."""

    url: str
    workspace: Path


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path. Missing: a skip with one line, a failure where CI has to have it."""
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    return CHROMIUM


@pytest.fixture(scope="session")
def lab(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab on a free port, in a home and a workspace of its own."""
    home = tmp_path_factory.mktemp("home")
    workspace = tmp_path_factory.mktemp("workspace")
    settings = home / "settings"
    for name, content in SETTINGS.items():
        path = settings / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "NBGRADER"))}
    environment = kept | {
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        # Kernels talk over sockets in this folder, and a socket's path must be short.
        "JUPYTER_RUNTIME_DIR": (runtime := tempfile.mkdtemp(prefix="lab-")),
        "JUPYTERLAB_SETTINGS_DIR": str(settings),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
    }
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (home / "lab.log").open("w", encoding="utf-8")
    options = [
        "--no-browser",
        "--allow-root",
        f"--port={port}",
        "--ServerApp.port_retries=0",
        f"--notebook-dir={workspace}",
    ]
    options += ["--IdentityProvider.token=", "--ServerApp.disable_check_xsrf=True", "--KernelManager.transport=ipc"]
    options += ["--LabApp.expose_app_in_browser=True", "--ServerApp.jpserver_extensions=leadgym.room.extension=True"]
    options += [f"--LabApp.extra_labextensions_path={EXTENSIONS}"]
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *options], env=environment, stdout=log, stderr=subprocess.STDOUT
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{url}/api/status", server, home / "lab.log")
        yield Lab(url, workspace)
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
        log.close()
        shutil.rmtree(runtime, ignore_errors=True)


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own server
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text(encoding='utf-8')[-3000:]}")


@pytest.fixture(scope="module")
def browser(chromium: str):
    """Chromium, for the tests of a file. As long as it is open its loop runs, and nothing else here can run another."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--force-color-profile=srgb"]
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser, lab: Lab):
    """A fresh page, 1280 wide. It reaches nothing but the lab: what is shown has to work offline."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.route(
        "**/*",
        lambda route: route.continue_() if route.request.url.startswith((lab.url, "data:", "blob:")) else route.abort(),
    )
    page = context.new_page()
    yield page
    context.close()


@pytest.fixture
def open_notebook(lab: Lab) -> Callable[..., None]:
    """``open_notebook(page, "course/02_delegation/lesson.ipynb")``: opened alone, its kernel connected."""

    def open_it(page, path: str) -> None:
        page.goto(f"{lab.url}/doc/tree/{path}?reset")
        page.wait_for_function("window.jupyterapp?.shell?.currentWidget?.context?.isReady === true", timeout=60_000)
        wait_for_kernel(page)

    return open_it


def wait_for_kernel(page) -> None:
    """Until the notebook's kernel answers; what is run earlier is lost."""
    page.wait_for_function(
        "window.jupyterapp?.shell?.currentWidget?.context?.sessionContext?.session?.kernel?.connectionStatus"
        " === 'connected'",
        timeout=KERNEL_SECONDS * 1000,
    )


@pytest.fixture
def run_all() -> Callable[..., None]:
    """``run_all(page)``: runs every cell and waits until the last has finished."""

    def run(page) -> None:
        page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")

    return run


@pytest.fixture
def set_theme() -> Callable[..., None]:
    """``set_theme(page, "dark")`` or ``"light"``."""

    def put(page, theme: str) -> None:
        name = {"dark": "JupyterLab Dark", "light": "JupyterLab Light"}[theme]
        page.evaluate("name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})", name)
        page.wait_for_function(
            "light => document.body.dataset.jpThemeLight === light", arg=str(theme == "light").lower()
        )

    return put


@pytest.fixture(scope="session")
def shoot(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """``shoot(page, "ending-1280-dark")``: a picture of the window, kept for a person to look at."""
    folder = (
        Path(os.environ["LEADGYM_SCREENSHOTS"])
        if "LEADGYM_SCREENSHOTS" in os.environ
        else tmp_path_factory.mktemp("screenshots")
    )
    folder.mkdir(parents=True, exist_ok=True)

    def take(page, name: str) -> Path:
        path = folder / f"{name}.png"
        page.screenshot(path=path)
        return path

    return take
