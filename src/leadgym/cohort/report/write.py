"""The report as files: the instructor's pages, and a page for each learner in a folder of its own."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from leadgym.cohort.report.gather import Cohort
from leadgym.cohort.report.instructor import cohort_page, module_address
from leadgym.cohort.report.learner_page import learner_page
from leadgym.cohort.report.module_page import analysis, module_page
from leadgym.keptfile import write_whole
from leadgym.yamlfile import FileProblems

LISTED = ".leadgym-report"
"""In the folder of a report: the names of its pages, a line each."""
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")


def write_report(cohort: Cohort, folder: Path) -> Path:
    """Write all pages into ``folder`` and return the first; pages of an older report there that are no more go.

    Raises FileProblems where the folder holds something else, OSError where nothing can be written.
    """
    before = _before(folder)
    (folder / "learners").mkdir(parents=True, exist_ok=True)
    written = []
    for name, content in pages(cohort):
        write_whole(folder / name, content)
        written.append(name)
    write_whole(folder / LISTED, "".join(f"{name}\n" for name in written))
    for name in before - set(written):
        (folder / name).unlink(missing_ok=True)
    return folder / "index.html"


def pages(cohort: Cohort) -> Iterator[tuple[str, str]]:
    """Each page's name in the folder and its HTML, one at a time."""
    files = file_names(cohort.learners)
    addresses = {learner: f"learners/{name}" for learner, name in files.items()}
    found = [analysis(module) for module in cohort.modules]
    for one in found:
        yield module_address(one.module.slug), module_page(cohort, one, addresses)
    for learner, name in files.items():
        yield f"learners/{name}", learner_page(cohort, learner)
    yield "index.html", cohort_page(cohort, found, addresses)


def file_names(learners: Iterable[str]) -> dict[str, str]:
    """A file name for each id: the id where it can name a file on any system, else what is left of it and a digest."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for learner in learners:
        name = learner
        if not _PLAIN.fullmatch(name) or name.casefold() in taken:
            digest = hashlib.sha256(learner.encode("utf-8", "surrogatepass")).hexdigest()[:12]
            name = f"{re.sub('[^A-Za-z0-9]+', '_', learner)[:40].strip('_')}-{digest}"
        taken.add(name.casefold())
        found[learner] = f"{name}.html"
    return found


def _before(folder: Path) -> set[str]:
    """The pages of the report that lies there. Raises FileProblems where something else does."""
    listed = folder / LISTED
    if listed.is_file():
        names = listed.read_text(encoding="utf-8").splitlines()
        return {name for name in names if re.fullmatch(r"(learners/)?[\w.@-]+\.html", name) and ".." not in name}
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileProblems(
            [f"{folder}: holds something that is no report of leadgym's. Name a new or an empty folder."]
        )
    return set()
