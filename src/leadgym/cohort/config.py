"""How leadgym's nbgrader is set up: one function, called by ``grader/nbgrader_config.py`` and by our own commands."""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from leadgym.cohort.course import COURSE_FILE, load_course
from leadgym.course.modules import content_root

OWN_SETTINGS = "nbgrader_config.py"
TEMPLATES = Path(__file__).parent / "templates"
SAVED = ("*.choices.json*", "*.answers.json*")
"""What playing and answering leaves beside a notebook. It travels with a submission and never with an exercise."""


def configure(c: Any, *, root: Path | None = None, release: Path | None = None) -> None:
    """Set up a traitlets config ``c`` for leadgym's course.

    ``root`` is nbgrader's course root (gradebook, submitted, autograded, feedback), by default ``grader/``.
    ``release`` is where released exercises are written, by default ``exercises/``, and ``release/`` in the root where
    leadgym is installed and not a clone. A ``cohort.yaml`` in the root gives the course its id, its due dates and its
    late penalties. Raises FileProblems when something is wrong with it.
    """
    # Imported late: it takes a second, and the command line's other commands never need it.
    import nbgrader
    from nbgrader.converters import Autograde, GenerateFeedback
    from nbgrader.preprocessors import Execute, SaveAutoGrades

    from leadgym.cohort.hide import HideTests
    from leadgym.cohort.jail.execute import JailedExecute
    from leadgym.cohort.late import KeepDueDate, LatePolicy
    from leadgym.cohort.marker import LeaveToPerson, MarkAnswers
    from leadgym.cohort.mend import MendingExporter
    from leadgym.cohort.pages import CleanOutputs
    from leadgym.cohort.remark.log import TellRemarks
    from leadgym.cohort.restore import RestoreCells
    from leadgym.cohort.rules import KeepRules
    from leadgym.cohort.stderr import ForgiveStderr

    content = content_root()
    formgrader = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader" / "templates"

    root = root or content / "grader"
    cohort = load_course(root) if (root / COURSE_FILE).is_file() else None
    c.CourseDirectory.course_id = cohort.cohort if cohort else "leadgym"
    set_folders(c, root, release)
    # A learner's saved play is an answer and travels with the submission; half-written files and locks do not.
    c.CourseDirectory.ignore = [
        ".ipynb_checkpoints", "*.pyc", "__pycache__", ".pytest_cache", "*.tmp", "*.lock", "*.set-aside-*", ".DS_Store",
    ]  # fmt: skip

    # exercises/ is committed, and nbgrader passes over an assignment whose folder exists, gradebook and all.
    c.GenerateAssignment.force = True
    c.ClearSolutions.code_stub = {"python": "# Your answer goes here."}
    c.JailedExecute.hidden = [str(root)]
    c.MarkAnswers.exercises = str(content / "solutions")
    c.MarkAnswers.keys = str(content / "grader" / "keys")
    c.Autograde.exporter_class = MendingExporter
    steps = Autograde.class_traits()
    c.Autograde.sanitize_preprocessors = [RestoreCells, *steps["sanitize_preprocessors"].default()]
    marking = [JailedExecute if step is Execute else step for step in steps["autograde_preprocessors"].default()]
    save = marking.index(SaveAutoGrades)
    made = [MarkAnswers, CleanOutputs, ForgiveStderr, SaveAutoGrades, LeaveToPerson]
    if cohort:
        made.append(KeepDueDate)
        c.AssignLatePenalties.plugin_class = LatePolicy
        c.KeepDueDate.root = c.LatePolicy.root = str(root.absolute())
        c.NbGraderAPI.timezone = cohort.timezone
    c.Autograde.autograde_preprocessors = [*marking[:save], *made, *marking[save + 1 :]]
    feedback = GenerateFeedback.class_traits()["preprocessors"].default()
    c.GenerateFeedback.preprocessors = [TellRemarks, *feedback, HideTests]
    c.Autograde.autograde_preprocessors.append(KeepRules)

    # An author who plays in solutions/ leaves choices and answers there; they are nobody else's.
    c.Autograde.exclude_overwriting = {
        folder.name: [path.name for pattern in SAVED for path in folder.glob(pattern)]
        for folder in (content / "solutions").iterdir()
        if folder.is_dir()
    }

    c.Execute.timeout = 60
    c.Execute.shutdown_kernel = "immediate"
    c.ExecutePreprocessor.store_widget_state = False
    if sys.platform != "win32":
        # Two kernels that pick their ports at the same moment can collide; sockets in the file system cannot.
        c.KernelManager.transport = "ipc"
        # Left alone, the sockets' path is relative, and the kernel works in another folder than we do.
        c.KernelManager.ip = str(_socket_folder() / "kernel")

    # Ours first: it shows the marks and names no server on the network. Formgrader's own pages stay nbgrader's.
    c.HTMLExporter.extra_template_basedirs = [str(TEMPLATES), str(formgrader)]
    # By name, since formgrader prints its settings.
    c.HTMLExporter.sanitize_html = True
    c.HTMLExporter.filters = {"clean_html": "leadgym.cohort.pages.clean", "markdown2html": "leadgym.cohort.pages.told"}


def set_folders(c: Any, root: Path, release: Path | None = None) -> None:
    """Make ``root`` the course root in ``c``; for ``release`` see `configure`."""
    root, content = root.absolute(), content_root()
    if release is None and not (content / "src").is_dir():
        release = root / "release"
    c.CourseDirectory.root = str(root)
    c.CourseDirectory.source_directory = _from(root, content / "solutions")
    c.CourseDirectory.release_directory = _from(root, release or content / "exercises")


def settings(root: Path, release: Path | None = None) -> Config:
    """Our settings for ``root``, and over them what the ``nbgrader_config.py`` there says, as nbgrader reads it.

    A root with sources of its own is an nbgrader course that is not ours: it keeps its folders and its stubs.
    Raises whatever that file raises, and ValueError when it would run submissions without the jail.
    """
    config, theirs = Config(), Config()
    configure(config, root=root, release=release)
    if (root / OWN_SETTINGS).is_file():
        theirs = PyFileConfigLoader(OWN_SETTINGS, path=str(root)).load_config()
    source = None if release else _own_source(root, theirs)
    if source is None:
        config.merge(theirs)
        set_folders(config, root, release)
    else:
        del config["ClearSolutions"]
        config.CourseDirectory.source_directory, config.CourseDirectory.release_directory = source, "release"
        config.merge(theirs)
        config.CourseDirectory.root = str(root)
        config.MarkAnswers.exercises = str(root / source)
    if not any("JailedExecute" in str(step) for step in config.Autograde.autograde_preprocessors):
        raise ValueError("its Autograde.autograde_preprocessors would run submissions without a jail")
    return config


def as_nbgrader(root: Path) -> Config:
    """What ``nbgrader`` itself goes by in ``root``: first what Jupyter's folders on this machine say, then `settings`.

    On a hub the exchange is named there, and not in the root. Raises what those files raise, and as `settings`.
    """
    from nbgrader.apps.baseapp import NbGrader

    # It would say that it found no settings, which is no news where there are none.
    app = NbGrader(log=logging.Logger(__name__, logging.CRITICAL), raise_config_file_errors=True)
    app.load_cwd_config = False
    app.load_config_file()
    config: Config = app.config
    config.merge(settings(root))
    return config


def _own_source(root: Path, theirs: Config) -> str | None:
    """The folder in ``root`` that holds the sources of somebody else's course; None where our own is marked."""
    name = theirs.get("CourseDirectory", {}).get("source_directory", "source")
    folder = root / name
    ours = folder.resolve() == (content_root() / "solutions").resolve()
    return name if not ours and any(folder.glob("*/*.ipynb")) else None


def _from(root: Path, folder: Path) -> str:
    """nbgrader wants folders relative to its root; across Windows drives there is no such path."""
    try:
        return os.path.relpath(folder, root)
    except ValueError:
        return str(folder)


@cache
def _socket_folder() -> Path:
    """A short-named private folder for this process's sockets (their path may have 107 characters)."""
    folder = Path(tempfile.mkdtemp(prefix="leadgym-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def put_tools_on_path() -> None:
    """nbgrader starts ``alembic`` by name; without it a new gradebook is left half made."""
    tools = str(Path(sys.executable).parent)
    path = os.environ.get("PATH", "")
    if tools not in path.split(os.pathsep):
        os.environ["PATH"] = tools + os.pathsep + path
