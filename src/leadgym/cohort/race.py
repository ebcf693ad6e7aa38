"""Other people's policies, raced: each file is run in the jail, and asked there for its decisions."""

from __future__ import annotations

import ast
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nbformat.v4 import new_code_cell, new_notebook

from leadgym.cohort.jail.execute import SESSION, JailedExecute, close_session
from leadgym.cohort.jail.session import AskProblem
from leadgym.course.modules import content_root
from leadgym.course.notebooks import NotANotebook, read
from leadgym.marking.asking import FUNCTIONS, part_name
from leadgym.sim import PARTS, Result, Shock, answered, batches, lead_away, ledger_team, world

NAME = "race"
MOST_BYTES = 2 * 1024 * 1024
_SECONDS = 5.0  # one question over all quarters
_CELL_SECONDS = 60
_SHOWN = 200
_RUN_FILE = """
try:
    exec(compile({source!r}, {name!r}, "exec"))
except BaseException as error:
    trace, line = error.__traceback__, 0
    while trace:
        line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == {name!r} else line
        trace = trace.tb_next
    raise RuntimeError(f"{{line}}|{{type(error).__name__}}: {{error}}") from None
"""
_HAND_IN = """
given = globals().get("policy")
given = {{"assign": given}} if callable(given) else given if isinstance(given, dict) else {{}}
parts = {{part: given.get(part, None if given else globals().get(part)) for part in {parts!r}}}
vars(get_ipython()).setdefault({functions!r}, {{}}).update(
    {{f"{name}.{{part}}": function for part, function in parts.items() if callable(function)}}
)
"""


class RaceFileProblem(Exception):
    """Why a file is not in the race: file, line where there is one, and the mend."""


def play_file(path: Path, seeds: Sequence[int], weeks: int, away: int, trust: bool) -> tuple[Result, Result]:
    """Both quarters of the policy in ``path``. Raises RaceFileProblem, and NoJail where there can be none."""
    asked = 0
    with _session(path, trust) as session:
        parts = [part for part in PARTS if _has(session, part)]
        if "assign" not in parts:
            raise RaceFileProblem(
                f"{path}: has no function 'assign' and no 'policy' that holds one. Define assign(team), or "
                'policy = {"assign": assign}.'
            )

        def ask(part: str, observations: list[dict[str, Any]]) -> Sequence[Mapping[str, Any]]:
            nonlocal asked
            asked += len(observations) if part == "assign" else 0
            try:
                found: Sequence[Mapping[str, Any]] = session.ask(part_name(NAME, part), observations, _SECONDS)
            except AskProblem as problem:
                raise RaceFileProblem(f"{path}: `{part}` could not be asked any further. {problem}") from problem
            return found

        absence: tuple[Shock, ...] = (lead_away(away, min(4, weeks - away + 1)),)
        here, gone = (answered(batches(parts, world(seeds, ledger_team(), weeks, each)), ask) for each in ((), absence))
    _refuse_the_default(path, here, gone, asked)
    return here, gone


def _refuse_the_default(path: Path, here: Result, gone: Result, asked: int) -> None:
    """Where most decisions could not be used, the default has played, and that is nobody's policy."""
    refused = [one for result in (here, gone) for one in result.problems if one.part == "assign" and one.lost]
    if 2 * sum(one.count for one in refused) > asked:
        raise RaceFileProblem(f"{path}: most of its decisions cannot be used. {refused[0]}")


@contextmanager
def _session(path: Path, trust: bool) -> Iterator[Any]:
    """The file's code run to its end in the jail, in a folder with nothing in it."""
    cells = [new_code_cell(source) for source in _sources(path)]
    last = new_code_cell(_HAND_IN.format(parts=PARTS, functions=FUNCTIONS, name=NAME))
    settings = {"hidden": [str(content_root() / "grader")], "trust": trust, "timeout": _CELL_SECONDS}
    with tempfile.TemporaryDirectory(prefix="leadgym-race-") as folder:
        step = JailedExecute(**settings)
        made, resources = step(new_notebook(cells=[*cells, last]), {"metadata": {"path": folder}})
        try:
            if path.suffix == ".py":
                _refuse_errors(path, made.cells[0])
            yield resources[SESSION]
        finally:
            close_session(resources)


def _has(session: Any, part: str) -> bool:
    try:
        session.ask(part_name(NAME, part), [], _SECONDS)
    except AskProblem:
        return False
    return True


def _sources(path: Path) -> list[str]:
    """The code in a file, a piece for each cell."""
    if path.stat().st_size > MOST_BYTES:
        raise RaceFileProblem(f"{path}: is larger than {MOST_BYTES // 1024**2} MB. Hand in the policy alone.")
    if path.suffix in (".ipynb", ".json"):
        try:
            cells = read(path)["cells"]
        except NotANotebook as problem:
            raise RaceFileProblem(str(problem)) from problem
        found = [_text(cell.get("source", "")) for cell in cells if cell.get("cell_type") == "code"]
        return [source for source in found if source.strip()]
    if path.suffix != ".py":
        raise RaceFileProblem(f"{path}: is neither .py nor .ipynb. Save the policy as one of them.")
    try:
        source = path.read_text(encoding="utf-8")
        ast.parse(source)
    except UnicodeDecodeError as error:
        raise RaceFileProblem(f"{path}: is not UTF-8 text. Save it as UTF-8.") from error
    except SyntaxError as error:
        raise RaceFileProblem(f"{path}:{error.lineno}: {error.msg}. Correct that line.") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise RaceFileProblem(f"{path}: is not Python that can be read. Save the policy anew.") from error
    return [_RUN_FILE.format(source=source, name=path.name)]


def _text(source: Any) -> str:
    return source if isinstance(source, str) else "".join(map(str, source))


def _refuse_errors(path: Path, cell: Any) -> None:
    """A file that stopped is out of the race; a notebook may stop in cells that are not about its policy."""
    for output in cell.outputs:
        if output.output_type == "error":
            line, bar, what = str(output.evalue).partition("|")
            where = f":{line}" if bar and line.isdigit() and line != "0" else ""
            said = what if bar else f"{output.ename}: {output.evalue}"
            raise RaceFileProblem(f"{path}{where}: stopped with {said[:_SHOWN].rstrip('.')}. Run it by itself first.")


def names(paths: Sequence[Path]) -> list[str]:
    """What each file goes by: its name without ending, with its folder's where two are called the same."""
    stems = [path.stem for path in paths]
    found = [
        stem if stems.count(stem) == 1 else f"{path.absolute().parent.name}/{stem}"
        for stem, path in zip(stems, paths, strict=True)
    ]
    return [name if found.count(name) == 1 else f"{name} ({place})" for place, name in enumerate(found, start=1)]
