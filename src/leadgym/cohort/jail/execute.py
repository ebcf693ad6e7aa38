"""nbgrader's Execute, in the jail: the same step of autograding, its cells sent to a jailed kernel one by one.

Outputs, errors, time-outs and widgets are handled by nbclient's own code. What nbclient would make of a kernel that
dies, a submission without any mark, is made into an error in each cell that did not run: it earns nothing, the
answers given before it count, and nobody else's mark is touched.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from nbclient.client import NotebookClient
from nbclient.exceptions import CellTimeoutError
from nbclient.util import run_hook, run_sync
from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute
from traitlets import Bool, Float, Integer, List, Unicode

from leadgym.cohort.jail.bubble import jail_status
from leadgym.cohort.jail.kernel import KernelSession
from leadgym.cohort.jail.limits import MB, Limits
from leadgym.cohort.jail.messages import is_answer, weight
from leadgym.cohort.jail.mounts import view
from leadgym.cohort.jail.session import (
    ENDS,
    CellTimeout,
    JailGone,
    JailProblem,
    Session,
    SessionEnded,
    TooMuch,
    WarmParent,
)

SESSION = "leadgym_session"
"""Under this name later preprocessors find the session among the resources: the kernel is still there to be asked."""
_OWN_KERNELS = ("", "python", "python3")
_SETTLE_SECONDS = 0.5  # until a jail that was killed is seen to be gone
_MOST_SHOWN = 300  # outputs of one cell that are shown in widgets
_MOST_OUTPUTS, _MOST_ANSWERS = 1000, 100  # of one cell; answers are taken when there is no room for more outputs
_TIMEOUT = {"ename": "CellTimeoutError", "evalue": "", "traceback": ["The cell took too long."]}
_PASSED_ON = ("NBGRADER_EXECUTION",)
_PYTHON = {
    "name": "python",
    "version": sys.version.split()[0],
    "mimetype": "text/x-python",
    "codemirror_mode": {"name": "ipython", "version": 3},
    "pygments_lexer": "ipython3",
    "nbconvert_exporter": "python",
    "file_extension": ".py",
}
_parents: dict[tuple[Any, ...], WarmParent | None] = {}
_sessions: dict[tuple[int, int], Session] = {}
_lock = threading.Lock()


class NoJail(Exception):
    """There can be no jail here, in a sentence, and submissions are not declared trustworthy."""


class JailedExecute(Execute):  # type: ignore[misc]
    """Executes a submission's notebook in the jail. Takes Execute's settings, and these."""

    warm = Bool(True, help="Fork kernels from a parent that has imported `imports`; else a new kernel each.").tag(
        config=True
    )
    imports = List(
        Unicode(),
        ["numpy", "matplotlib.pyplot", "ipywidgets", "leadgym.notebook"],
        help="What the warm parent imports once, because notebooks do. Modules that are not installed are left out.",
    ).tag(config=True)
    trust = Bool(False, help="Run submissions without a jail where there can be none.").tag(config=True)
    hidden = List(Unicode(), help="Folders no submission may see, wherever they lie.").tag(config=True)
    show = List(Unicode(), help="Further folders submissions may read.").tag(config=True)
    memory = Integer(1024, help="MB a notebook may take.").tag(config=True)
    processes = Integer(64, help="Processes and threads a notebook may run at one time.").tag(config=True)
    disk = Integer(256, help="MB a notebook's folder may hold while it runs.").tag(config=True)
    wall = Float(900.0, help="Seconds a whole notebook may take.").tag(config=True)
    grace = Float(4.0, help="Seconds an interrupted cell may take to stop before its notebook is.").tag(config=True)

    def preprocess(self, nb: Any, resources: Any = None, km: Any = None) -> tuple[Any, Any]:
        """Run the code cells. The session stays open for later steps, until `close_session` or the next notebook.

        Raises NoJail, JailProblem, FolderTooLarge; nothing for what the notebook does, unless nbclient's own settings
        ask for it (``allow_errors`` or ``interrupt_on_timeout`` turned off).
        """
        NotebookClient.__init__(self, nb, km)
        self._check_assign_resources(resources)
        try:
            self._run_all(nb)
        except JailGone as problem:
            self.log.warning("%s It runs once more.", problem)
            time.sleep(_SETTLE_SECONDS)
            with contextlib.suppress(JailGone):
                self._run_all(nb)
        self.set_widgets_metadata()
        self.resources[SESSION] = _sessions[_here()]
        return nb, self.resources

    def _run_all(self, nb: Any) -> None:
        """Open a session and run the cells in it. Raises JailGone; until the last cell every cell has an error then."""
        self.reset_execution_trackers()
        _close_last()
        session = _sessions[_here()] = self._open(nb)
        self.kc = _FrontEnd(session)
        cells = [(index, cell) for index, cell in enumerate(nb.cells) if self._is_run(cell)]
        for _, cell in cells:
            cell.outputs, cell.execution_count = [stopped(ENDS["gone"])], None
        ended = ""
        for index, cell in cells:
            cell.outputs = []
            ended = ended or self._run(session, cell, index)
            if ended:
                cell.outputs.append(stopped(ended))

    def _is_run(self, cell: Any) -> bool:
        skipped = self.skip_cells_with_tag in cell.metadata.get("tags", [])
        return bool(cell.cell_type == "code" and cell.source.strip() and not skipped)

    def _open(self, nb: Any) -> Session:
        name = self.kernel_name or nb.metadata.get("kernelspec", {}).get("name", "")
        folder = Path(self.resources.get("metadata", {}).get("path") or ".").absolute()
        limits = self._limits()
        if name in _OWN_KERNELS:
            nb.metadata["language_info"] = dict(_PYTHON)
        status = jail_status()
        if not status.available:
            if not self.trust:
                raise NoJail(
                    f"{status.sentence} To run submissions unprotected, as if they were your own: --trust-submissions"
                )
            return KernelSession(name or "python3", folder, os.environ, limits, jail=None)
        parent = self._parent(limits) if self.warm and name in _OWN_KERNELS else None
        if parent is not None:
            return parent.open(folder, {name: os.environ[name] for name in _PASSED_ON if name in os.environ}, limits)
        jail = {"hidden": list(self.hidden), "show": list(self.show)}
        return KernelSession(name or "python3", folder, os.environ, limits, jail=jail)

    def _limits(self) -> Limits:
        return Limits(
            memory=self.memory * MB,
            processes=self.processes,
            disk=self.disk * MB,
            wall=self.wall,
            grace=self.grace,
        )

    def warm_up(self) -> None:
        """Start the warm parent, for which the first notebook would have to wait. What goes wrong is said there."""
        if self.warm and jail_status().available:
            self._parent(self._limits())

    def _parent(self, limits: Limits) -> WarmParent | None:
        """The warm parent for these settings; None, after a warning, where this system lets none fork."""
        key = (tuple(self.imports), tuple(self.hidden), tuple(self.show), self.disk)
        with _lock:
            if key not in _parents:
                _parents[key] = None
                try:
                    seen = view(map(Path, self.hidden), map(Path, self.show))
                    _parents[key] = WarmParent(seen, self.imports, limits)
                except JailProblem as problem:
                    self.log.warning("Submissions get a new kernel each, which is slower: %s", problem)
            return _parents[key]

    def _run(self, session: Session, cell: Any, index: int) -> str:
        """Run one cell into ``cell``. Why the session ended, when it did."""

        def emit(message: dict[str, Any]) -> None:
            if len(cell.outputs) >= _MOST_OUTPUTS and not is_answer(message["content"]):
                return
            in_widget = self.output_hook_stack.get(message["parent_header"]["msg_id"])
            if in_widget and not self._is_shown(message["content"]):
                return
            # nbclient's own handling; a learner's process can forge what makes it stumble, and loses that output.
            with contextlib.suppress(Exception):
                self.process_message(message, cell, index)
                _join_streams(cell.outputs)
            if len(cell.outputs) > _MOST_OUTPUTS + _MOST_ANSWERS:
                del cell.outputs[_MOST_OUTPUTS]  # an answer; the last word is the one that counts

        self.clear_before_next_output = False
        self.code_cells_executed += 1
        self._shown = (0, 0)
        run_sync(run_hook)(self.on_cell_execute, cell=cell, cell_index=index)
        run_sync(run_hook)(self.on_cell_complete, cell=cell, cell_index=index)
        try:
            reply = session.execute(cell.source, self._get_timeout(cell), emit)
        except CellTimeout:
            if not self.interrupt_on_timeout:
                raise CellTimeoutError.error_from_timeout_and_cell(
                    "Cell execution timed out", self._get_timeout(cell), cell
                ) from None
            reply = {"status": "error", **(self.error_on_timeout or _TIMEOUT)}
        except TooMuch:
            return "A cell is larger than 8 MB, which no exercise needs, and the notebook was stopped."
        except JailGone:
            cell.outputs.append(stopped(ENDS["gone"]))
            raise
        except SessionEnded as end:
            return str(end)
        cell.execution_count = reply.get("execution_count")
        run_sync(run_hook)(self.on_cell_executed, cell=cell, cell_index=index, execute_reply={"content": reply})
        run_sync(self._check_raise_for_error)(cell, index, {"content": reply})
        return ""

    def _is_shown(self, content: dict[str, Any]) -> bool:
        """Whether one more output of this cell is shown in a widget: for each, nbclient sends all before it again."""
        self._shown = (self._shown[0] + 1, self._shown[1] + weight(content))
        count, size = self._shown
        return (count <= _MOST_SHOWN and size <= MB) or is_answer(content)


def _join_streams(outputs: list[Any]) -> None:
    """What one stream brings in pieces is one output."""
    if len(outputs) > 1 and all(output.output_type == "stream" for output in outputs[-2:]):
        before, last = outputs[-2:]
        if before.name == last.name:
            before.text += last.text
            del outputs[-1]


def stopped(why: str) -> Any:
    """The output of a cell that did not run, or not to its end: an error, so that nbgrader gives nothing for it."""
    return new_output("error", ename="NotebookStopped", evalue=why, traceback=[why])


class _FrontEnd:
    """As much of a kernel client as nbclient's widgets need: they send comm messages."""

    def __init__(self, session: Session) -> None:
        self.session = self.shell_channel = self
        self._session = session

    def msg(self, kind: str, content: Any = None, **_: Any) -> tuple[str, Any]:
        return kind, content

    def send(self, message: tuple[str, Any]) -> None:
        self._session.tell_comm(*message)


def close_session(resources: Any) -> None:
    """End the session that `JailedExecute` left open among ``resources``, if there is one."""
    session = resources.pop(SESSION, None)
    if session is not None:
        session.close()


def _here() -> tuple[int, int]:
    # A session belongs to the process and thread that opened it: a forked worker must not end its parent's.
    return os.getpid(), threading.get_ident()


def _close_last() -> None:
    session = _sessions.pop(_here(), None)
    if session is not None:
        session.close()


@atexit.register
def _close_all() -> None:
    _close_last()
    for parent in _parents.values():
        if parent is not None:
            parent.close()
