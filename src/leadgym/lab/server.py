"""JupyterLab opened on the workspace: at the course map, quiet, and with no request to anywhere but this machine.

The server runs in this process, so that stopping it stops everything. What the course needs is said on its command
line; the learner's own Jupyter settings (theme, shortcuts, password) apply as they do anywhere, and are written where
they always are. Only the layout of open tabs is the workspace's own. What Jupyter says goes to ``.leadgym/lab.log``.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import sysconfig
import webbrowser
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from leadgym.course.modules import content_root
from leadgym.lab.workspace import COURSE_MAP, PRIVATE, LabProblem, disk_problems

FIRST_PORT = 8888
_OPEN_AT = f"/lab/tree/{COURSE_MAP}"
_PAGE: dict[str, Any] = {
    "disabledExtensions": {
        # Asks whether to fetch news, and looks for updates.
        "@jupyterlab/apputils-extension:announcements": True,
        # Installs extensions from the network.
        "@jupyterlab/extensionmanager-extension": True,
        # Offers a second interface, which the course is not tested in.
        "@jupyter-notebook/lab-extension": True,
    },
    "buildAvailable": False,
    "buildCheck": False,
}
# A learner's work is marked by `leadgym mark`; nbgrader's menus would offer a second way that leads nowhere.
_ALONE = {"@jupyter/nbgrader": True}
NBGRADER = ("assignment_list", "course_list", "formgrader", "validate_assignment")
ROOM = "leadgym.room.extension"
"""The lunch-and-learn's extension, by name: it waits until a room is opened."""
EXTENSIONS = Path(__file__).parent / "extensions"
"""JupyterLab's own kind of extensions that come with leadgym: the slides."""
_IPC_NAME = "kernel-00000000-0000-0000-0000-000000000000-ipc-5"


def open_lab(
    workspace: Path,
    *,
    port: int | None = None,
    browser: bool = True,
    extra: Sequence[str] = (),
    at: str = _OPEN_AT,
    there: Callable[[str, str], str] | None = None,
) -> int:
    """Run JupyterLab on ``workspace``, which `lay` has laid, until Ctrl-C; return the exit code.

    Without ``port`` the first free one from 8888 on is taken. ``extra`` are more of JupyterLab's own arguments, ``at``
    is the page that opens. When the workspace is open already, say where and return; ``there(url, token)`` is asked
    first, to do on that server what this one was to do, and gives the page. Raises LabProblem.
    """
    _need_jupyterlab()
    browser = browser and _has_browser()
    running = _running(workspace)
    if running is not None:
        url, token = running
        page = f"{url}{there(url, token) if there else at}"
        page = _one_query(f"{page}?token={token}") if token else page
        _say(f"The course is open already, from another terminal: {page}", "Ctrl-C there stops it.")
        if browser:
            webbrowser.open(page)
        return 0
    if port is not None and not _is_free(port):
        raise LabProblem(
            f"Port {port} is not free. Choose another with --port, or leave it out to get the next free one."
        )
    log = workspace / PRIVATE / "lab.log"
    with disk_problems(workspace):
        set_environment(workspace, _ALONE)
        log.unlink(missing_ok=True)
    with _stderr_to(log):
        try:
            server = _initialize([*_arguments(workspace, port, browser, at), *extra])
            # The port is bound by the loop's first callback, so it is open by the time this one speaks.
            server.io_loop.add_callback(_announce, server, port, browser)
            server.start()
        except SystemExit as error:
            raise _not_started(log.read_text(encoding="utf-8", errors="replace").strip().rpartition("\n")[2]) from error
    _say(f"Stopped. Your work is in {workspace}")
    return 0


def _announce(server: Any, port: int | None, browser: bool) -> None:
    if port is None and server.port != FIRST_PORT:
        _say(f"Port {FIRST_PORT} is taken, so the course is on port {server.port}.")
    _say(
        f"The course is open at {_one_query(server.local_url)}",
        "If your browser does not show it, open that address yourself."
        if browser
        else "No browser is opened from here: open that address in one on this machine.",
        "Ctrl-C here stops it.",
    )


def _one_query(address: str) -> str:
    """Jupyter puts ``?token=`` behind every page, also behind one whose address has a query already."""
    page, _, token = address.partition("?token=")
    return f"{page}{'&' if '?' in page else '?'}token={token}" if token else address


def _need_jupyterlab() -> None:
    if find_spec("jupyterlab") is not None:
        return
    root = content_root()
    if (root / "Makefile").is_file():
        mend = f"In {root} run: make venv"
    else:
        mend = f'Run: "{sys.executable}" -m pip install "leadgym[lab]"'
    raise LabProblem(f"JupyterLab is not installed in this Python. {mend}")


def _running(workspace: Path) -> tuple[str, str] | None:
    """Address and token of a JupyterLab that has this workspace open already."""
    from jupyter_server.serverapp import list_running_servers

    for server in list_running_servers():
        # A process id can be somebody else's by now; an open port and the same folder are not chance.
        if Path(server["root_dir"]).resolve() == workspace.resolve() and not _is_free(int(server["port"])):
            return str(server["url"]).rstrip("/"), str(server["token"])
    return None


def _arguments(workspace: Path, port: int | None, browser: bool, at: str = _OPEN_AT) -> list[str]:
    arguments = [
        f"--ServerApp.root_dir={workspace}",
        f"--ServerApp.port={port or FIRST_PORT}",
        f"--ServerApp.port_retries={0 if port else 50}",
        f"--ServerApp.open_browser={browser}",
        # In a container everybody is root; the server listens on this machine only.
        "--ServerApp.allow_root=True",
        f"--LabApp.default_url={at}",
        f"--ServerApp.jpserver_extensions={ROOM}=True",
        *quiet(workspace, without=NBGRADER),
    ]
    if ipc_works():
        # Ports picked for kernels can be taken before the kernel binds them; names of sockets cannot.
        arguments.append("--KernelManager.transport=ipc")
    return arguments


def quiet(workspace: Path, without: Sequence[str]) -> list[str]:
    """Arguments by which nothing asks the network: no news, no look for updates, no list of extensions. And the slides.

    ``without``: which of NBGRADER's server extensions are left out.
    """
    return [
        f"--LabApp.workspaces_dir={workspace / PRIVATE / 'jupyter' / 'workspaces'}",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
        f"--LabApp.extra_labextensions_path={EXTENSIONS}",
        *(f"--ServerApp.jpserver_extensions=nbgrader.server_extensions.{name}=False" for name in without),
    ]


def ipc_works() -> bool:
    """Whether kernels' sockets can lie in Jupyter's runtime folder: the platform has them, the path is short enough."""
    from jupyter_core.paths import jupyter_runtime_dir

    if os.name != "posix":
        return False
    path = Path(jupyter_runtime_dir()) / _IPC_NAME
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as probe:
            probe.bind(str(path))
        path.unlink()
    except OSError:
        return False
    return True


def set_environment(workspace: Path, disabled: Mapping[str, bool]) -> None:
    """What the server, its kernels and its terminals are to find. ``disabled``: more extensions to leave out."""
    config = workspace / PRIVATE / "jupyter"
    page = config / "labconfig" / "page_config.json"
    text = json.dumps(_PAGE | {"disabledExtensions": {**_PAGE["disabledExtensions"], **disabled}})
    if not page.is_file() or page.read_text(encoding="utf-8") != text:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, encoding="utf-8")
    _put_first("JUPYTER_CONFIG_PATH", str(config))
    # nbgrader starts alembic by name, and a terminal in Lab is to find leadgym.
    _put_first("PATH", sysconfig.get_path("scripts"))
    os.environ["LEADGYM_WORKSPACE"] = str(workspace)


def _put_first(variable: str, folder: str) -> None:
    others = [part for part in os.environ.get(variable, "").split(os.pathsep) if part and part != folder]
    os.environ[variable] = os.pathsep.join([folder, *others])


def _initialize(arguments: list[str]) -> Any:
    """The server, which has chosen its port, stops on signals and does not run yet."""
    from jupyterlab.labapp import LabApp  # type: ignore[import-untyped]

    try:
        server = LabApp.initialize_server(argv=arguments)
    except Exception as error:  # Jupyter raises all kinds for settings that do not fit
        raise _not_started(f"{error}") from error
    _stop_on_signals(server)
    return server


def _not_started(reason: str) -> LabProblem:
    return LabProblem(
        f"JupyterLab did not start: {reason.rstrip('.')}. If a setting of yours is the cause, 'jupyter --paths' says "
        f"where those lie. The rest of what Jupyter said is in {PRIVATE}/lab.log in your workspace."
    )


def _stop_on_signals(server: Any) -> None:
    """Ctrl-C, a closed terminal and `kill` end kernels and server without a question; a second Ctrl-C does at once."""

    def stop(number: int, _frame: Any) -> None:
        signal.signal(number, signal.default_int_handler)
        server.stop(from_signal=True)

    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        number = getattr(signal, name, None)
        # Ignored means somebody asked for it, as nohup does.
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, stop)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        if os.name == "posix":
            # A port whose last connection is still winding down is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _has_browser() -> bool:
    """Whether there is a browser with a window; one that runs in the terminal would take it over."""
    if sys.platform == "linux" and not any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")):
        return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


@contextmanager
def _stderr_to(log: Path) -> Iterator[None]:
    """Standard error of this process and of all it starts goes to ``log``, which only the learner can read.

    After an error it is what it was. After a clean end it stays: what Jupyter's threads say late belongs there too.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(file, 2)
    os.close(file)
    try:
        yield
    except BaseException:
        sys.stderr.flush()
        os.dup2(kept, 2)
        raise
    finally:
        os.close(kept)


def _say(*lines: str) -> None:
    print(*lines, sep="\n", flush=True)
