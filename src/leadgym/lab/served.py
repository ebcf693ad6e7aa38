"""One person's JupyterLab on a hub: ``python -m leadgym.lab.served``, which a hub's spawner starts as that person.

It lays the workspace, by the rules of `lay`, and becomes JupyterHub's single-user server. The hub says the rest in the
environment: ``LEADGYM_WORKSPACE`` is the person's folder; for instructors only, ``LEADGYM_ROOT`` is the course root,
``LEADGYM_ROOMS`` the folder of rooms' socket files, ``LEADGYM_ROOM_ADDRESS`` what phones reach, where that is known.

A learner's exercises are not laid: they are fetched from the instructor into ``exercises/``, where the course map and
the lessons look for them. So there is one copy of each, and it is there once it is handed out.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from leadgym.lab.server import NBGRADER, ROOM, ipc_works, quiet, set_environment
from leadgym.lab.workspace import LabProblem, lay

_FRAMED = "frame-ancestors 'self'"
_FOR_LEARNERS = ("assignment_list",)
# By name: the menu itself and the list of assignments stay.
_NOT_FOR_LEARNERS = {
    f"@jupyter/nbgrader:{name}": True for name in ("formgrader", "course-list", "create-assignment")
} | {
    # It executes the notebook and reads what nbgrader would: our answers are marked outside, and it would mislead.
    "@jupyter/nbgrader:validate-assignment": True
}


def main(arguments: list[str]) -> None:
    """Lay the workspace and become the server; ``arguments`` go on to it. Ends with a sentence where it cannot."""
    workspace = Path(os.environ["LEADGYM_WORKSPACE"])
    instructor = "LEADGYM_ROOT" in os.environ
    try:
        laid = lay(workspace, exercises=instructor)
    except LabProblem as problem:
        sys.exit(str(problem))
    for sentence in laid.sentences():
        print(sentence, file=sys.stderr)
    set_environment(workspace, {} if instructor else _NOT_FOR_LEARNERS)
    if not ipc_works():
        # Kernels on ports send what they print to everybody on the machine who asks.
        sys.exit("JUPYTER_RUNTIME_DIR is no folder for sockets: it has to be writable, and its path short.")
    left_out = () if instructor else [name for name in NBGRADER if name not in _FOR_LEARNERS]
    settings = [*quiet(workspace, without=left_out), "--KernelManager.transport=ipc"]
    # A login shell would take the system's PATH, in which there is no leadgym and no nbgrader.
    shell = os.environ.get("SHELL", "/bin/sh")
    settings.append(f"--ServerApp.terminado_settings={{'shell_command': [{shell!r}]}}")
    if instructor:
        # Formgrader is shown inside Lab; the hub's own default is to be shown inside nothing.
        settings.append(f"--ServerApp.tornado_settings={{'headers': {{'Content-Security-Policy': {_FRAMED!r}}}}}")
    if instructor and "LEADGYM_ROOMS" in os.environ:
        settings += [
            f"--ServerApp.jpserver_extensions={ROOM}=True",
            f"--RoomExtension.rooms={os.environ['LEADGYM_ROOMS']}",
            f"--RoomExtension.address={os.environ.get('LEADGYM_ROOM_ADDRESS', '')}",
        ]
    os.execv(sys.executable, [sys.executable, "-m", "jupyterhub.singleuser", *settings, *arguments])  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
