"""What can be seen inside the jail: an allow-list. What is not named here does not exist there."""

from __future__ import annotations

import os
import site
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import leadgym
from leadgym.course.modules import CourseNotFound, content_root

HOME = "/home/learner"
USER = 1000
WRITABLE = {HOME: 1, "/tmp": 2, "/dev/shm": 4}  # noqa: S108
"""What can be written to inside, in memory and thrown away; each has its share of `Limits.disk`, by division."""
_STAGES = ("/mnt", "/media", "/srv", "/run", "/opt", "/tmp")  # noqa: S108 - mounted over, where nobody else sees it
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_ETC = (
    "/etc/alternatives",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
)
FILES = {
    "/etc/passwd": f"learner:x:{USER}:{USER}::{HOME}:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n",
    "/etc/group": f"learner:x:{USER}:\nnogroup:x:65534:\n",
    "/etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}
_FROM_CALLER = ("TZ",)


class NotShowable(Exception):
    """The Python environment lies where it cannot be shown without showing too much, in a sentence."""


@dataclass(frozen=True)
class View:
    """What is bound read-only (``trees``) and what below it stays dark (``hidden``)."""

    trees: tuple[str, ...]
    hidden: tuple[str, ...]
    packages: tuple[str, ...]
    """Folders Python has to be told of, in PYTHONPATH."""

    def stage(self) -> str:
        """A folder that holds none of the trees: where root binds them for the jail to find. Raises NotShowable."""
        for stage in _STAGES:
            if Path(stage).is_dir() and not any(Path(tree).is_relative_to(stage) for tree in self.trees):
                return stage
        raise NotShowable(f"Root needs one of the folders {', '.join(_STAGES)} to prepare the jail in. Make /mnt.")

    def arguments(self, *, staged: bool) -> list[str]:
        """As bubblewrap's arguments: the system, the Python environment and the course, each read-only.

        ``staged`` when the trees have been bound in the folder `stage` before, under their numbers.
        """
        found: list[str] = []
        for path in _SYSTEM:
            if Path(path).is_symlink():
                found += ["--symlink", str(Path(path).readlink()), path]
            elif Path(path).is_dir():
                found += ["--ro-bind", path, path]
        for path in _ETC:
            found += ["--ro-bind-try", path, path]
        for number, path in enumerate(self.trees):
            found += ["--ro-bind", f"{self.stage()}/{number}" if staged else path, path]
        for path in self.hidden:
            # An empty folder: it hides what a tree would show, and leadgym finds its course by the folders around it.
            if Path(path).is_dir():
                found += ["--perms", "0555", "--size", "4096", "--tmpfs", path, "--remount-ro", path]
            elif _covers(self.trees, path) and Path(path).exists():
                found += ["--ro-bind", os.devnull, path]
        return found

    def environment(self) -> dict[str, str]:
        """The environment variables inside: these and no others."""
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        kept = {name: os.environ[name] for name in _FROM_CALLER if name in os.environ}
        found = {
            **kept,
            **threads,
            "HOME": HOME,
            "USER": "learner",
            "LOGNAME": "learner",
            "SHELL": "/bin/sh",
            "LANG": "C.UTF-8",
            "PATH": os.pathsep.join((str(Path(sys.prefix) / "bin"), "/usr/local/bin", "/usr/bin", "/bin")),
            # As ipykernel sets it, and early: matplotlib may be imported before there is a kernel.
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            # A thread's arena reserves 64 MB of address space, and the address space is what is limited.
            "MALLOC_ARENA_MAX": "2",
        }
        if self.packages:
            found["PYTHONPATH"] = os.pathsep.join(self.packages)
        return found


def view(hidden: Iterable[Path] = (), extra: Iterable[Path] = ()) -> View:
    """The view of a submission: system, this Python, leadgym and the course's public part, and the ``extra`` trees.

    Keys, solutions and the ``hidden`` folders are dark even where a tree holds them. Raises NotShowable.
    """
    dark = [Path(path).resolve() for path in hidden]
    trees = [*_python(), *map(str, extra)]
    packages = [path for path in _packages() if not _covers((*trees, *_SYSTEM), path)]
    trees += packages
    own = Path(leadgym.__file__).resolve().parent
    if not _covers((*trees, *_SYSTEM), str(own)):
        packages.append(str(own.parent))  # a clone, of which nothing but the package itself is shown
    trees.append(str(own))
    try:
        content = content_root()
        trees.append(str(content / "course"))
        dark += [content / "grader", content / "solutions"]
    except CourseNotFound:
        pass  # the kernel will say so itself, when a notebook asks for the course
    for tree in trees:
        _may_be_shown(Path(tree))
    kept: list[str] = []
    for tree in sorted(dict.fromkeys(trees), key=len):
        if not _covers((*kept, "/usr"), tree):
            kept.append(tree)
    shut = tuple(str(path) for path in dict.fromkeys(dark) if not any(Path(tree).is_relative_to(path) for tree in kept))
    return View(tuple(kept), shut, tuple(packages))


def _python() -> list[str]:
    """The folders this Python runs from: the environment, the installation, and every link on the way to it."""
    found = [sys.prefix, sys.exec_prefix, sys.base_prefix, os.path.realpath(sys.base_prefix)]
    here = Path(sys.executable)
    while True:
        found.append(str(here.parent.parent))
        if not here.is_symlink():
            break
        here = Path(os.path.normpath(here.parent / here.readlink()))
    return [path for path in found if path != "/"]


def _packages() -> list[str]:
    """Folders of packages outside the environment, such as those of ``pip install --user``."""
    own = [site.getusersitepackages()] if site.ENABLE_USER_SITE else []
    found = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    return [path for path in dict.fromkeys([*found, *own]) if Path(path).is_dir()]


def _may_be_shown(tree: Path) -> None:
    forbidden = (Path("/"), Path("/home"), Path("/root"), Path("/etc"), Path("/var"), Path("/tmp"), Path.home())  # noqa: S108
    if any(place.resolve() == tree.resolve() or place.is_relative_to(tree) for place in forbidden):
        raise NotShowable(
            f"Python runs from {tree}, and the jail would have to show all of it to every submission. "
            "Put leadgym into an environment of its own: python -m venv ~/leadgym-env"
        )


def _covers(trees: Sequence[str], path: str) -> bool:
    return any(Path(path).is_relative_to(tree) for tree in trees)
