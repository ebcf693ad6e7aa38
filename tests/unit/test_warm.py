"""Warm kernels: the same outputs and marks as any kernel gives, functions that can be asked, nothing shared or lost."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
from filelock import FileLock
from hypothesis import given, settings
from hypothesis import strategies as st
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from nbformat.v4 import new_code_cell, new_notebook, output_from_msg
from nbgrader.preprocessors import Execute
from nbgrader.utils import determine_grade
from thorough import ALL

from leadgym.cohort.jail import wire
from leadgym.cohort.jail.bubble import jail_status
from leadgym.cohort.jail.decide import FUNCTIONS
from leadgym.cohort.jail.execute import JailedExecute, close_session
from leadgym.cohort.jail.kernel import KernelSession
from leadgym.cohort.jail.limits import MB, Limits
from leadgym.cohort.jail.messages import Meter
from leadgym.cohort.jail.mounts import view
from leadgym.cohort.jail.session import (
    AskProblem,
    JailGone,
    Session,
    SessionEnded,
    WarmParent,
    WarmSession,
    decisions,
    message,
)
from leadgym.marking import ANSWER_TYPE, AnswerProblem, read_answer

pytestmark = pytest.mark.skipif(not jail_status().available, reason=jail_status().sentence)

# In an ordinary kernel a thread picks up what is written to the descriptors themselves, and what it picks up after the
# cell has ended is nobody's. So these cells wait for it; that a warm kernel needs no waiting has a test of its own.
PICKED_UP = "; import time; time.sleep(0.5)"
# What notebooks do, by kind. Each runs in an ordinary kernel too, and everything that comes out has to be the same.
BOOKS: dict[str, list[str]] = {
    "text": [
        "1 + 1", "print('a'); print('b')", "x = 3", "x", "'é ü 漢 😀'", "print('no newline', end='')", "[1] * 2000",
        "import sys; print('to stderr', file=sys.stderr); print('out')", "_", "Out[1]", "In[1]",
        "get_ipython().execution_count", "__name__", "sys.stdout.write('w')", "1;", "",
        "type(sys.stdout).__mro__[1], sys.stdout.encoding, sys.stdout.isatty(), sys.stdout.errors",
    ],
    "errors": [
        "1 / 0", "def f():\n    raise ValueError('bad')\nf()", "syntax error here", "raise SystemExit(3)",
        "assert False, 'no'", "class E(Exception): pass\nraise E('own')", "raise KeyboardInterrupt", "undefined_name",
        "try:\n    1/0\nexcept ZeroDivisionError as e:\n    raise KeyError('k') from e", "  indented",
        "raise ExceptionGroup('g', [ValueError(1)])", "int('9' * 5000)", "assert True", "input('name? ')",
        "import getpass; getpass.getpass()",
    ],
    "warnings": [
        "import warnings; warnings.warn('w')", "import logging; logging.warning('l')",
        "import warnings\nwith warnings.catch_warnings():\n    warnings.simplefilter('ignore'); warnings.warn('w2')\n5",
    ],
    "rich": [
        "from IPython.display import *\ndisplay(HTML('<b>x</b>'))", "Markdown('# h')", "display(1, 2, 3)",
        "display({'text/plain': 'p', 'application/json': {'a': 1}}, raw=True)", "JSON({'a': [1, 2]})",
        "h = display('a', display_id='d1'); h.update('b')", "update_display('c', display_id='d1')",
        "print('gone'); clear_output(); print('x')", "print('old'); clear_output(wait=True); print('new')",
        "class R:\n    def _repr_html_(self): return '<i>r</i>'\nR()", "Latex('$x$')",
        "class B:\n    def __repr__(self): raise ValueError('repr')\nB()", "%%html\n<b>h</b>",
    ],
    "plots": [
        "import matplotlib.pyplot as plt\nplt.plot([1, 2, 3]);", "fig, ax = plt.subplots()\nax.bar([1], [2])",
        "plt.figure(); plt.title('t'); plt.show()", "%matplotlib inline\nplt.plot([1]);", "fig", "plt.get_backend()",
        "from matplotlib.figure import Figure\nFigure()", "plt.close('all'); plt.gcf().number; plt.close('all')",
        "import numpy as np; np.random.seed(1); np.random.rand()", "import random; random.seed(1); random.random()",
    ],
    "widgets": [
        "import ipywidgets as w\ns = w.IntSlider(value=3); s", "s.value = 5; s.value",
        "out = w.Output()\nwith out:\n    print('inside')\nout", "len(out.outputs)",
        "b = w.Button(); b.on_click(lambda _: print('clicked')); b.click()",
        "@w.interact(x=(0, 3))\ndef g(x=1): print('x is', x)",
    ],
    "async": [
        "import asyncio\nawait asyncio.sleep(0.01); 7", "async def a(): return 8\nawait a()",
        "t = asyncio.create_task(a())", "await t", "asyncio.get_running_loop().is_running()", "async for_ in x",
        "c = a()\ntry:\n    asyncio.run(c)\nexcept RuntimeError as error:\n    print(error)\nfinally:\n    c.close()",
        "async def bg():\n    for i in range(3):\n        print('bg', i); await asyncio.sleep(0.001)\n"
        "bt = asyncio.ensure_future(bg()); await asyncio.sleep(0.05)",
    ],
    "shell": [
        "import os; os.system('echo sys')" + PICKED_UP, "!echo shell", "x = !echo captured\nx",
        "os.path.basename(os.getcwd())",
        "import subprocess; subprocess.run('echo sub; echo e >&2', shell=True)" + PICKED_UP,
        "os.write(1, b'raw')" + PICKED_UP,
        "import ctypes; ctypes.CDLL(None).puts(b'cputs'); ctypes.CDLL(None).fflush(None)" + PICKED_UP,
        "open('data/d.txt').read()",
        "from multiprocessing import get_context\np = get_context('fork').Process(target=print, args=('child',))\n"
        "p.start(); p.join()" + PICKED_UP,
        "from threading import Thread\nt = Thread(target=print, args=('thread',)); t.start(); t.join()",
        "os.environ.get('NBGRADER_EXECUTION')", "import helper; helper.h()",
        "sorted(set(os.listdir()) - {'__pycache__'})",
        "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); "
        "socket.create_connection(s.getsockname()).send(b'x')", "import __main__; __main__.y = 1; y",
        "import pickle\nclass P: pass\nisinstance(pickle.loads(pickle.dumps(P())), P)",
        "import inspect\ndef q(): pass\ninspect.getsource(q)",
        "from tqdm.auto import tqdm\nlist(tqdm([1], disable=True))", "'IPKernelApp' in get_ipython().config",
        "sys.path.index('') < [p[-13:] for p in sys.path].index('site-packages')",
    ],
    "magics": [
        "%who_ls int", "%%writefile f.txt\nhello", "%load_ext nosuch", "%nosuchmagic", "%%bash\necho hi; echo err >&2",
        "%%bash\nexit 3", "%run helper.py", "%history -n 1-2", "?print", "%autosave 10",
        "%store x", "%%capture said\nprint('hidden')", "said.stdout", "%precision 2", "3.14159", "%%javascript\n1",
        "%xmode Minimal", "1 / 0", "%reset -f", "%who",
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A submission's folder, with a file of data and a module of its own."""
    folder = tmp_path_factory.mktemp("submission") / "module"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "d.txt").write_text("data", encoding="utf-8")
    (folder / "helper.py").write_text("def h(): return 1\nprint('helper')\n", encoding="utf-8")
    return folder


def _executed(step: type[Execute], folder: Path, **more: Any) -> Any:
    cells = [new_code_cell(cell) for book in BOOKS.values() for cell in book]
    resources = {"metadata": {"path": str(folder)}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NBGRADER_EXECUTION", "autograde")
        patch.delenv("PYTEST_CURRENT_TEST")  # with it, ipykernel does not look after file descriptors
        # nbclient itself stumbles over Output widgets when their state is not stored.
        made, resources = step(timeout=60, store_widget_state=True, **more)(new_notebook(cells=cells), resources)
    close_session(resources)
    (folder / "f.txt").unlink(missing_ok=True)
    return made


def _once(shared: Path, name: str, make: Callable[[], Any]) -> Any:
    """A notebook that is made by whichever test process comes first."""
    kept = shared / f"books-{name}.ipynb"
    with FileLock(shared / f"books-{name}.lock"):
        if not kept.is_file():
            kept.write_text(nbformat.writes(make()), encoding="utf-8")
    return nbformat.reads(kept.read_text(encoding="utf-8"), as_version=4)


@pytest.fixture(scope="module")
def as_shipped(shared: Path, folder: Path) -> Any:
    """All books as nbgrader's own Execute runs them, in an ordinary kernel."""
    return _once(shared, "as_shipped", lambda: _executed(Execute, folder))


@pytest.fixture(scope="module", params=["warm", "normal"])
def jailed_run(request: pytest.FixtureRequest, shared: Path, folder: Path, as_shipped: Any) -> Any:
    """All books as they run in the jail."""
    warm = request.param == "warm"
    return _once(shared, request.param, lambda: _executed(JailedExecute, folder, warm=warm))


def _outputs(cell: Any) -> list[Any]:
    """A cell's outputs without what differs between any two runs: addresses, colours, ids, how text was cut up."""
    streams: dict[str, str] = {}
    found: list[Any] = []
    for output in cell.outputs:
        if output.output_type == "stream":
            streams[output.name] = streams.get(output.name, "") + output.text
        elif output.output_type == "error":
            found.append(["error", output.ename, output.evalue, "\n".join(output.traceback)])
        else:
            found.append([output.output_type, json.dumps(output.data, sort_keys=True)])
    text = json.dumps([sorted(streams.items()), found], ensure_ascii=False)
    for pattern in (
        r"0x[0-9a-f]+",
        r"ipykernel_\d+",
        r"(\\\\u001b|\\u001b)\[[0-9;]*m",
        r"[0-9a-f]{32}",
        r"(~|/root|/home/\w+)(?=/)",
    ):
        text = re.sub(pattern, "", text)
    return list(json.loads(text))


@pytest.mark.parametrize("book", BOOKS)
def test_the_jail_changes_no_output_and_no_mark(book: str, as_shipped: Any, jailed_run: Any) -> None:
    """Warm and normal, against nbgrader as shipped: cell by cell, then the points nbgrader's own rule gives for it."""
    before = sum(len(cells) for name, cells in list(BOOKS.items())[: list(BOOKS).index(book)])
    for place in range(before, before + len(BOOKS[book])):
        theirs, ours = as_shipped.cells[place], jailed_run.cells[place]
        assert _outputs(ours) == _outputs(theirs), theirs.source
        assert ours.execution_count == theirs.execution_count, theirs.source
        assert _points(ours) == _points(theirs), theirs.source


def _points(cell: Any) -> float | str | None:
    """What nbgrader gives the cell, were it a test worth 100 points."""
    cell.metadata["nbgrader"] = {"grade": True, "solution": False, "points": 100}
    try:
        return float(determine_grade(cell)[0])
    except (ValueError, KeyError) as error:
        return str(error)


@cache
def _parent() -> WarmParent:
    return WarmParent(view(), ["numpy"], Limits())


def _warm(folder: Path) -> Session:
    return _parent().open(folder, {}, Limits(memory=256 * MB))


def _normal(folder: Path) -> Session:
    return KernelSession("python3", folder, os.environ, Limits(memory=256 * MB), jail={})


# A normal kernel is made for each test; `make test` leaves that to the outputs above.
@pytest.fixture(params=[_warm, _normal] if ALL else [_warm], ids=["warm", "normal"] if ALL else ["warm"])
def session(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Session]:
    """A session of either kind with functions handed in, as submit hands them in."""
    opened: Callable[[Path], Session] = request.param
    kernel = opened(tmp_path)
    reply = kernel.execute(_HAND_IN, 60, lambda message: None)
    assert reply["status"] == "ok"
    yield kernel
    kernel.close()


_HAND_IN = f"""
import os, time
import leadgym.marking  # as submit has done before it leaves a function here
seen = []
def twice(question): return {{"twice": question * 2}}
def stateful(question):
    seen.append(question)
    return len(seen)
def slow(question): time.sleep(60)
def deaf(question):
    while True:
        try: time.sleep(60)
        except BaseException: pass
def raising(question): raise ValueError(f"no idea about {{question}}")
def printing(question):
    print("PRINTED" * 1000); os.system("echo PRINTED"); return question
def leaving(question): os._exit(0)
def malformed(question):
    import numpy
    return {{"nan": float("nan"), "object": object(), "set": {{1}}, "numpy": numpy.int64(3), "array": numpy.arange(2),
            "huge": "x" * 10**6, "deep": question, "keys": {{1: 2}}, "lambda": lambda: 1, "bytes": b"x",
            "half": "\\ud800"}}[question]
async def later(question): return 1
handed_in = dict(twice=twice, stateful=stateful, slow=slow, deaf=deaf, raising=raising, printing=printing,
                 leaving=leaving, malformed=malformed, later=later, no_function=5)
vars(get_ipython()).setdefault({FUNCTIONS!r}, {{}}).update(handed_in)
"""


def test_a_function_answers_a_batch(session: Session) -> None:
    assert session.ask("twice", [1, "ab", [0]], 20) == [{"value": {"twice": found}} for found in (2, "abab", [0, 0])]
    assert session.ask("twice", [], 20) == []
    assert len(session.ask("twice", list(range(2000)), 20)) == 2000


def test_what_a_function_remembers_it_remembers(session: Session) -> None:
    assert [found["value"] for found in session.ask("stateful", ["a", "b"], 20)] == [1, 2]
    assert session.ask("stateful", ["c"], 20) == [{"value": 3}]


def test_a_question_a_function_cannot_answer_costs_that_question(session: Session) -> None:
    assert session.ask("raising", [1, 2], 20) == [{"problem": f"ValueError: no idea about {n}"} for n in (1, 2)]
    questions = ["nan", "object", "set", "numpy", "array", "huge", "lambda", "bytes", "keys", "half"]
    found = dict(zip(questions, session.ask("malformed", questions, 20), strict=True))
    assert found["numpy"] == {"value": 3}
    assert found["array"] == {"value": [0, 1]}
    assert found["keys"] == {"value": {"1": 2}}
    for name in ("nan", "object", "set", "huge", "lambda", "bytes", "half"):
        assert "problem" in found[name], name
    assert "problem" in session.ask("later", [1], 20)[0], "a coroutine is no decision"


def test_what_a_function_prints_is_not_its_answer(session: Session) -> None:
    assert session.ask("printing", [1, 2], 20) == [{"value": 1}, {"value": 2}]
    out: list[Any] = []
    session.execute("print('next cell')", 20, out.append)
    assert "PRINTED" not in str(out)


def test_a_function_that_was_not_handed_in_is_named(session: Session) -> None:
    for name in ("nobody", "no_function"):
        with pytest.raises(AskProblem, match=name):
            session.ask(name, [1], 20)


def test_a_slow_function_costs_its_batch_and_not_the_next_question(session: Session) -> None:
    with pytest.raises(AskProblem, match=r"longer than 0\.5 s for 1 questions"):
        session.ask("slow", [1], 0.5)
    assert session.ask("twice", [2], 20) == [{"value": {"twice": 4}}]


@pytest.mark.parametrize("name", ["leaving", "deaf"])
def test_a_function_that_takes_the_kernel_down_is_told_so(session: Session, name: str) -> None:
    with pytest.raises(AskProblem):
        session.ask(name, [1], 0.5)
    if name == "leaving":
        with pytest.raises(AskProblem):
            session.ask("twice", [1], 20)
        with pytest.raises(SessionEnded):
            session.execute("1", 20, lambda message: None)


@pytest.mark.parametrize(
    "content",
    [None, 1, [], {}, {"decisions": 1}, {"decisions": []}, {"decisions": [{"value": 1}] * 2}, {"problem": "none"}],
)
def test_a_reply_that_is_no_batch_of_decisions_is_refused(content: object) -> None:
    with pytest.raises(AskProblem):
        decisions(content, 1, "f")


@pytest.mark.parametrize(
    "decision",
    [None, 1, "value", [], {}, {"problem": 5}, {"value": float("nan")}, {"value": json.loads("[" * 90 + "]" * 90)}],
)
def test_a_decision_that_is_none_costs_itself(decision: object) -> None:
    found = decisions({"decisions": [decision, {"value": 7}]}, 2, "f")
    assert "problem" in found[0]
    assert found[1] == {"value": 7}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    [
        "name",
        "text",
        "data",
        "metadata",
        "transient",
        "ename",
        "evalue",
        "traceback",
        "wait",
        "comm_id",
        "execution_count",
    ]
)
KINDS = st.sampled_from(
    [
        "stream",
        "error",
        "display_data",
        "update_display_data",
        "execute_result",
        "clear_output",
        "comm_open",
        "comm_msg",
    ]
)
NAMES = st.sampled_from(["stdout", "stderr", "stdin"])
BUNDLE = st.dictionaries(st.sampled_from(["text/plain", "text/html", "application/json", "image/png", "x"]), JSON)


@settings(max_examples=300, deadline=None)
@given(
    KINDS,
    JSON | st.dictionaries(FIELDS, JSON | BUNDLE | NAMES | st.lists(st.text(), max_size=3)),
    st.integers(0, 10**7),
)
def test_whatever_a_kernel_sends_the_notebook_can_be_written(kind: str, content: Any, size: int) -> None:
    kept = Meter(Limits()).passed(kind, content, size)
    if kept is None or kind in ("clear_output", "comm_open", "comm_msg", "update_display_data"):
        return
    output = output_from_msg(message(kind, kept, "x"))
    written = nbformat.writes(new_notebook(cells=[new_code_cell("x", outputs=[output])])).encode("utf-8")
    json.loads(written, parse_constant=pytest.fail)


def test_output_beyond_the_limits_is_not_kept() -> None:
    meter = Meter(Limits(stream=100, rich=10_000, notebook=21_000))
    kept = [meter.passed("stream", {"name": "stdout", "text": "x" * 60}, 60) for _ in range(5)]
    text = "".join(part["text"] for part in kept if part)
    assert 100 <= len(text) < 240
    assert "not kept" in text
    shown = [meter.passed("display_data", {"data": {"text/plain": "x"}}, 9000) for _ in range(9)]
    assert sum(part is not None for part in shown) == 2
    meter.next_cell()
    shown = [meter.passed("display_data", {"data": {"text/plain": "x"}}, 5000) for _ in range(9)]
    assert sum(part is not None for part in shown) == 0, "the whole notebook has a limit too"
    assert meter.passed("display_data", {"data": {ANSWER_TYPE: {}}}, 100), "an answer counts whatever was displayed"


def test_small_values_count_for_the_memory_they_take() -> None:
    """In JSON an empty list takes three bytes, here a hundred; widgets' messages count too."""
    many = {"application/json": [[]] * 1000}
    for kind, content in (("display_data", {"data": many}), ("comm_msg", {"comm_id": "1", "data": {"state": many}})):
        meter = Meter(Limits(rich=250_000, notebook=500_000))
        kept = [meter.passed(kind, content, 3000) for _ in range(20)]
        assert 1 <= sum(part is not None for part in kept) <= 5, kind


def _nested(depth: int) -> Any:
    return json.loads("[" * depth + "]" * depth)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (_nested(400), "nested deeper than 12 levels"),
        ({"a": [{"b": _nested(60)}]}, "nested deeper than 12 levels"),
        ("x" * 3_000_000, "larger than 256 kB"),
        ([0] * 1_000_000, "larger than 256 kB"),
        ({"q": float("nan")}, ""),
        ({"q": "\ud800"}, ""),
    ],
)
def test_an_answer_that_cannot_be_kept_whole_is_refused_with_the_reason(answer: Any, says: str) -> None:
    """Dropped, it would be told as an answer that never arrived, and an earlier one would count in its place."""
    meter = Meter(Limits())
    outputs = []
    for word in ("the first word", answer):
        bundle = {"leadgym": 1, "name": "plan", "answer": word}
        kept = meter.passed("display_data", {"data": {ANSWER_TYPE: bundle, "text/plain": "x"}}, 10**7)
        assert kept is not None
        outputs.append(output_from_msg(message("display_data", kept, "x")))
    if says:
        with pytest.raises(AnswerProblem, match=says):
            read_answer(outputs, "plan")
    else:
        assert read_answer(outputs, "plan") != "the first word"


def test_an_answer_counts_and_what_is_beside_it_is_counted() -> None:
    meter = Meter(Limits(rich=1000, notebook=2000, answers=100_000))
    bundle = {"leadgym": 1, "name": "plan", "answer": "x" * 10_000}
    kept = [meter.passed("display_data", {"data": {ANSWER_TYPE: bundle, "text/html": "x"}}, 10**6) for _ in range(20)]
    assert all(part is not None and set(part["data"]) == {ANSWER_TYPE} for part in kept)
    whole = [part for part in kept if part and "answer" in part["data"][ANSWER_TYPE]]
    assert 5 <= len(whole) <= 10, "beyond the limit each says that it is too large"


def test_an_answer_too_large_for_a_frame_arrives_as_such(tmp_path: Path) -> None:
    session, out = _warm(tmp_path), []
    bundle = f"{{{ANSWER_TYPE!r}: {{'leadgym': 1, 'name': 'plan', 'answer': 'x' * 9_000_000}}}}"
    session.execute(f"from IPython.display import display\ndisplay({bundle}, raw=True)", 60, out.append)
    session.close()
    with pytest.raises(AnswerProblem, match="larger than 256 kB"):
        read_answer([output_from_msg(found) for found in out], "plan")


def test_a_warm_kernel_shows_what_is_written_past_python_before_its_cell_ends(tmp_path: Path) -> None:
    session = _warm(tmp_path)
    for number in range(20):
        out: list[Any] = []
        session.execute(f"import os; os.write(1, b'raw {number}'); os.system('echo sub')", 60, out.append)
        said = "".join(part["content"]["text"] for part in out if part["msg_type"] == "stream")
        assert said == f"raw {number}sub\n"
    session.close()


def test_frames_arrive_whole_however_they_are_cut() -> None:
    frames = [{"a": 1}, {"b": "é" * 1000}, {}]
    sent = b"".join(wire.pack(frame) for frame in frames)
    for step in (1, 3, 7, len(sent)):
        unpacker = wire.Unpacker()
        parts = (sent[start : start + step] for start in range(0, len(sent), step))
        assert [frame for part in parts for _, frame in unpacker.feed(part)] == frames


@pytest.mark.parametrize("bad", [b"\xff\xff\xff\xffJ", b"\0\0\0\0", wire.pack_raw(b"x"), b"\0\0\0\x02Pk"])
def test_what_is_no_frame_is_refused(bad: bytes) -> None:
    with pytest.raises(wire.WireProblem):
        list(wire.Unpacker().feed(bad))


def test_a_frame_that_is_not_json_loses_itself_alone() -> None:
    bad = [b"{", b"[" * 100_000, b"NaN", b'{"x": NaN}', b"[]", b"\xff", b'"x"']
    sent = b"".join((len(part) + 1).to_bytes(4, "big") + b"J" + part for part in bad) + wire.pack({"next": 1})
    assert [frame for _, frame in wire.Unpacker().feed(sent)] == [{}] * len(bad) + [{"next": 1}]


def test_a_forked_kernel_shares_most_of_its_memory(tmp_path: Path) -> None:
    """What a worker costs beside the parent: under 60 MB private, with numpy and matplotlib loaded."""
    parent = WarmParent(view(), ["numpy", "matplotlib.pyplot", "ipywidgets", "leadgym.notebook"], Limits())
    session = parent.open(tmp_path, {}, Limits())
    out: list[Any] = []
    session.execute("import matplotlib.pyplot as plt; plt.plot([1]); plt.show()", 60, lambda message: None)
    session.execute("print(open('/proc/self/smaps_rollup').read())", 20, out.append)
    session.close()
    parent.close()
    private = sum(int(size) for size in re.findall(r"Private_\w+: +(\d+) kB", out[0]["content"]["text"]))
    assert 1 < private / 1024 < 60


def test_a_parent_that_is_killed_is_started_again(tmp_path: Path) -> None:
    parent = WarmParent(view(), [], Limits())
    session = parent.open(tmp_path, {}, Limits())
    parent._process.kill()
    with pytest.raises(JailGone):
        session.execute("1", 60, lambda message: None)
    session.close()
    session = parent.open(tmp_path, {}, Limits())
    assert session.execute("1", 60, lambda message: None)["status"] == "ok"
    session.close()
    parent.close()


@pytest.mark.parametrize("deaths", [1, 2])
def test_a_notebook_whose_jail_is_killed_runs_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deaths: int
) -> None:
    """Once is made good; if it happens again, every cell that did not run is an error, so that it earns nothing."""
    execute, killed = WarmSession.execute, []

    def dying(self: WarmSession, code: str, timeout: float | None, emit: Any) -> dict[str, Any]:
        if code == "2" and len(killed) < deaths:
            killed.append(code)
            self._wire.close()
            self._lifeline.close()
            raise JailGone("killed")
        return execute(self, code, timeout, emit)

    monkeypatch.setattr(WarmSession, "execute", dying)
    notebook = new_notebook(cells=[new_code_cell(code) for code in ("x = 1", "2", "x + 2")])
    made, resources = JailedExecute(imports=["numpy"], timeout=60)(notebook, {"metadata": {"path": str(tmp_path)}})
    close_session(resources)
    kinds = [[output.output_type for output in cell.outputs] for cell in made.cells]
    assert kinds == ([[], ["execute_result"], ["execute_result"]] if deaths == 1 else [[], ["error"], ["error"]])


class _Hooks:
    """Collects which of nbclient's hooks were called, with the cell's number and the reply's status."""

    def __init__(self) -> None:
        self.called: list[tuple[str, int, str]] = []

    def named(self, name: str) -> Callable[..., None]:
        def hook(cell_index: int, execute_reply: Any = None, **_: Any) -> None:
            self.called.append((name, cell_index, execute_reply["content"]["status"] if execute_reply else ""))

        return hook


def _run_cells(folder: Path, cells: list[Any], step: type[Execute] = JailedExecute, **settings: Any) -> Any:
    resources = {"metadata": {"path": str(folder)}}
    made, resources = step(**{"timeout": 60, **settings})(new_notebook(cells=cells), resources)
    close_session(resources)
    return made


@pytest.mark.parametrize("warm", [True, False])
def test_the_settings_nbgrader_s_users_know_hold(tmp_path: Path, warm: bool) -> None:
    """Tags, what a time-out writes, and the hooks: as with nbgrader's own step, which runs the same cells."""
    cells = [
        new_code_cell("'skipped'", metadata={"tags": ["skip-execution"]}),
        new_code_cell("1 / 0", metadata={"tags": ["raises-exception"]}),
        new_code_cell("import time\ntime.sleep(60)"),
        new_code_cell("'the last'"),
    ]
    found = []
    for step in (Execute, JailedExecute):
        hooks = _Hooks()
        settings: dict[str, Any] = {
            "timeout_func": lambda cell: 1 if "sleep" in cell.source else 60,
            "error_on_timeout": {"ename": "Late", "evalue": "too late", "traceback": ["Too late."]},
            **{name: hooks.named(name) for name in ("on_cell_execute", "on_cell_complete", "on_cell_error")},
        }
        more = {"warm": warm} if step is JailedExecute else {}
        made = _run_cells(tmp_path, [deepcopy(cell) for cell in cells], step, **settings, **more)
        kinds = [[(output.output_type, output.get("ename", "")) for output in cell.outputs] for cell in made.cells]
        found.append((kinds, hooks.called))
    theirs, ours = found
    assert ours == theirs
    assert ("error", "Late") in ours[0][2]


def test_errors_that_are_not_allowed_end_the_run(tmp_path: Path) -> None:
    failing = [new_code_cell("1 / 0"), new_code_cell("open('after', 'w')")]
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        _run_cells(tmp_path, failing, allow_errors=False)
    with pytest.raises(CellTimeoutError):
        _run_cells(tmp_path, [new_code_cell("import time; time.sleep(60)")], interrupt_on_timeout=False, timeout=1)


def test_another_kernel_than_python_s_own_runs_in_the_jail_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It cannot be forked, so it is started: by its own command, from its own kernelspec, jailed like any other."""
    spec = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Other", "language": "python", "env": {"OTHER": "its own"},
    }  # fmt: skip
    folder = tmp_path / "jupyter" / "kernels" / "other"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    (tmp_path / "work").mkdir()
    asked = new_code_cell("import os; os.environ['OTHER'], os.environ['HOME']")
    made = _run_cells(tmp_path / "work", [asked], kernel_name="other")
    assert made.cells[0].outputs[0].data["text/plain"] == "('its own', '/home/learner')"


def test_forked_workers_share_one_parent_and_leave_each_other_alone(tmp_path: Path) -> None:
    script = f"""
import os
from pathlib import Path
from leadgym.cohort.jail.limits import Limits
from leadgym.cohort.jail.mounts import view
from leadgym.cohort.jail.session import WarmParent
parent = WarmParent(view(), [], Limits())
folder = Path({str(tmp_path)!r})
first = parent.open(folder, {{}}, Limits())
first.execute("x = 1", 20, print)
workers = []
for number in range(3):
    pid = os.fork()
    if pid == 0:
        own = parent.open(folder, {{}}, Limits())
        reply = own.execute(f"assert 'x' not in globals(); x = {{number}}", 20, print)
        own.close()
        os._exit(0 if reply["status"] == "ok" else 1)
    workers.append(pid)
assert [os.waitpid(pid, 0)[1] for pid in workers] == [0, 0, 0]
first.execute("print('still', x)", 20, lambda message: print(message["content"]["text"]))
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert run.stdout == "still 1\n\n", run.stderr
