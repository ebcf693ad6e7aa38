"""The edition for the browser alone, as far as it goes without one: its stories, its stand-ins, and what it carries.

The site itself is built, and played in Chromium, in tests/browser/test_lite_played.py.
"""

from __future__ import annotations

import http.client
import importlib.util
import json
import os
import re
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from thorough import ALL

from leadgym import notebook as full_edition
from leadgym.cli import main
from leadgym.course import modules
from leadgym.lite import fetch, site
from leadgym.lite.in_browser import nh3 as stand_in
from leadgym.lite.in_browser import notebook as light
from leadgym.lite.pages import map_page, story_notebook
from leadgym.lite.problem import LiteProblem
from leadgym.lite.wheel import OWN, leadgym_files, story, write_leadgym
from leadgym.scenario.engine import replay
from leadgym.scenario.model import Scenario
from leadgym.scenario.places import prose
from leadgym.scenario.transcript import transcript
from leadgym.widgets import prose as rendered

PLAYED = """
import json, sys
for name in ("numpy", "matplotlib", "nbgrader"):
    sys.modules[name] = None
import leadgym.notebook
import leadgym.widgets.player, leadgym.widgets.screen, filelock, nh3
from pathlib import Path
where = sys.argv[1]
for module in (leadgym.notebook, leadgym.widgets.screen, filelock, nh3):
    assert module.__file__.startswith(where), module.__file__
from leadgym.course import modules
for slug, ways in json.load(sys.stdin).items():
    for way in ways:
        game = leadgym.notebook.play(slug, Path(sys.argv[2])).again(seed=way["seed"])
        if way["variant"]:
            game.variant(way["variant"])
        if way["weights"]:
            game.weights(**way["weights"])
        game._ipython_display_()
        for step in way["path"]:
            game.choose(step)
        assert "not saved" not in game.notice, game.notice
        print(json.dumps([slug, game.state.ending, game.transcript()]))
    assert leadgym.notebook.play(slug, Path(sys.argv[2])).state.ending == game.state.ending, slug
"""


@pytest.fixture(scope="module")
def in_lite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site's leadgym, unpacked as the browser has it."""
    folder = tmp_path_factory.mktemp("lite")
    with zipfile.ZipFile(write_leadgym(folder)) as wheel:
        wheel.extractall(folder / "site")
    return folder / "site"


@pytest.mark.parametrize("slug", modules.slugs())
def test_a_story_in_the_site_is_the_courses_own_without_its_walkthroughs(slug: str) -> None:
    full = modules.scenario(slug)
    laid = Scenario.model_validate_json(story(slug))
    assert full.walkthroughs
    assert laid == full.model_copy(update={"walkthroughs": laid.walkthroughs})
    assert not laid.walkthroughs
    for way in full.walkthroughs:
        seed = full.seed if way.seed is None else way.seed
        ends = [replay(one, way.path, seed, way.variant, way.weights) for one in (laid, full)]
        assert ends[0].ending == ends[1].ending == way.ending
        assert ends[0].values == ends[1].values


def test_the_sites_own_leadgym_plays_every_story_to_its_ending_and_keeps_it(in_lite: Path, tmp_path: Path) -> None:
    """With the stand-ins in place of what is compiled: the same endings and the same words, and a run read again."""
    ways = {
        slug: [
            {
                "seed": full.seed if way.seed is None else way.seed,
                "variant": way.variant,
                "weights": dict(way.weights),
                "path": list(way.path),
            }
            for way in full.walkthroughs[: None if ALL else 2]
        ]
        for slug in modules.slugs()
        for full in [modules.scenario(slug)]
    }
    done = subprocess.run(
        [sys.executable, "-c", PLAYED, str(in_lite), str(tmp_path)],
        input=json.dumps(ways),
        env={**os.environ, "PYTHONPATH": str(in_lite)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
    expected = []
    for slug in modules.slugs():
        full = modules.scenario(slug)
        for way in ways[slug]:
            end = replay(full, way["path"], way["seed"], way["variant"], way["weights"])
            expected.append([slug, end.ending, transcript(end)])
    assert lines == expected


def test_the_debrief_says_that_the_simulation_is_in_the_full_edition_and_shows_the_numbers(in_lite: Path) -> None:
    full = modules.scenario("02_delegation")
    way = full.walkthroughs[0]
    code = (
        "import sys, json; from leadgym.course import modules; from leadgym.scenario.engine import begin, advance\n"
        "from leadgym.widgets import debrief\n"
        "story = modules.scenario('02_delegation')\n"
        f"states = [begin(story, {way.seed or full.seed}, {way.variant!r}, {dict(way.weights)!r})]\n"
        f"for step in {list(way.path)!r}: states.append(advance(states[-1], step))\n"
        "print(debrief.authors(states)); print(debrief.compared(states[-1])); print(debrief.reach(states[-1]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(in_lite)}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "is in the full edition" in done.stdout
    assert done.stdout.count('<th scope="col">') >= 5
    assert "Your choice" in done.stdout
    assert "Your run" in done.stdout


def test_what_only_the_full_edition_has_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert set(light.FULL_EDITION) | {"play"} == set(full_edition.__all__)
    for name in light.FULL_EDITION:
        getattr(light, name)("something", more=1)
        assert capsys.readouterr().out.startswith(f"{name} needs the full edition")
    with pytest.raises(AttributeError):
        light.sumbit  # noqa: B018


NASTY = [
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html,hi)",
    "[x](//elsewhere.example)",
    "[x](https://example.org/?a=1&b=2)",
    "![x](https://example.org/x.png)",
    "<img src=x onerror=alert(1)>",
    "a < b & c > d, &amp; &lt;b&gt;",
    "`<b>` and **bold** and ~~gone~~",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "- a\n- b\n\n1. c\n\n> quoted\n\n---\n\n    code\n",
]


def test_the_stand_in_for_the_sanitiser_gives_what_the_real_one_gives() -> None:
    """Over all prose of all stories, and over what should not survive."""
    texts = [place.text for slug in modules.slugs() for place in prose(modules.scenario(slug))]
    assert len(texts) > 500
    for text in [*texts, *NASTY]:
        raw = re.sub(r"(</?)h[1-4]\b", r"\1h5", str(rendered._render(text)))
        allowed = {"tags": rendered._TAGS, "attributes": {"a": {"href"}}, "url_schemes": {"http", "https"}}
        assert stand_in.clean(raw, **allowed) == rendered.block(text), text


@pytest.mark.parametrize(
    "raw",
    [
        "<script>alert(1)</script>",
        "<a href='javascript:alert(1)' onclick='x()'>y</a>",
        "<svg onload=alert(1)>",
        "<p style='x' onclick=alert(1)>t</p>",
        "<iframe src=x>",
        "<a href='java\tscript:alert(1)'>y</a>",
        "<a href=' javascript:alert(1)'>y</a>",
        "<a href='java&#10;script:alert(1)'>y</a>",
    ],
)
def test_nothing_that_runs_gets_through_the_stand_in(raw: str) -> None:
    said = stand_in.clean(raw, tags={"p", "a"}, attributes={"a": {"href"}}, url_schemes={"http", "https"})
    assert not re.search(r"<(script|svg|iframe)|on\w+=|javascript:|style=", said)


def test_the_site_carries_no_key_no_solution_and_nothing_of_the_marker() -> None:
    files = leadgym_files()
    own = {f"leadgym/{name}" for name in OWN}
    stories = {f"leadgym/stories/{slug}.json" for slug in modules.slugs()}
    rest = set(files) - own - stories
    assert len(rest) == 8
    assert not any(word in name for name in files for word in ("marking", "cohort", "grader", "solution", "sim/"))
    everything = "\n".join([*files.values(), map_page(), *(json.dumps(story_notebook(s)) for s in modules.slugs())])
    plain = re.sub(r"\s+", " ", everything.replace("\\n", " "))
    root = modules.content_root()
    secrets = [text for path in (root / "grader" / "keys").glob("*.yaml") for text in _lines(path)]
    public = re.sub(r"\s+", " ", "".join(path.read_text(encoding="utf-8") for path in root.glob("course/*/*")))
    secrets = [text for text in secrets if text not in public]
    assert len(secrets) > 100
    assert [text for text in secrets if text in plain] == []


def _lines(path: Path) -> list[str]:
    """Every line of a YAML file that says something, without its key or dash, its white space made one."""
    lines = (re.sub(r"^[\s-]*(\w+:)?\s*", "", line) for line in path.read_text(encoding="utf-8").splitlines())
    return [re.sub(r"\s+", " ", line).strip(" \"'>|") for line in lines if len(line) > 24]


def test_the_first_page_leads_to_every_story_and_says_what_needs_the_full_edition() -> None:
    page = map_page()
    for slug in modules.slugs():
        assert f'href="notebooks/index.html?path={slug}.ipynb"' in page
        assert f'play("{slug}")' in "".join(story_notebook(slug)["cells"][1]["source"])
    for word in ("marked", "simulation", "race", "serve.py", "file:"):
        assert word in page
    assert 'id="jupyter-config-data"' in page  # JupyterLite's pages stop without it
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)


def test_a_folder_with_something_else_in_it_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear", encoding="utf-8")
    done = CliRunner().invoke(main, ["lite", str(tmp_path / "mine")])
    assert done.exit_code == 1
    assert "not a leadgym site" in done.output
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]


def test_what_fails_half_way_leaves_the_older_site_and_no_scrap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = tmp_path / "site"
    older.mkdir()
    (older / site.MADE_BY).write_text("{}", encoding="utf-8")
    monkeypatch.setattr(site, "_EXTENSIONS", {})

    def fails(folder: Path) -> None:
        (folder / "half").touch()
        raise LiteProblem("npm could not fetch it.")

    monkeypatch.setattr(site, "fetch_pyodide", fails)
    done = CliRunner().invoke(main, ["lite", str(older)])
    assert (done.exit_code, "npm could not fetch it." in done.output) == (1, True)
    assert [path.name for path in tmp_path.iterdir()] == ["site"]
    assert [path.name for path in older.iterdir()] == [site.MADE_BY]


def test_one_is_not_left_standing_in_a_folder_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["lite", "."])
    assert done.exit_code == 1
    assert "Name a folder in it" in done.output


def test_without_the_extra_or_npm_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "_EXTENSIONS", {"no_such_distribution": "x"})
    done = CliRunner().invoke(main, ["lite", str(tmp_path / "new")])
    assert (done.exit_code, "leadgym[lab,lite]" in done.output) == (1, True)
    monkeypatch.setattr(site, "_EXTENSIONS", {})
    monkeypatch.setenv("PATH", str(tmp_path))
    done = CliRunner().invoke(main, ["lite", str(tmp_path / "new")])
    assert (done.exit_code, "no npm on your PATH" in done.output) == (1, True)
    assert not (tmp_path / "new").exists()


def test_what_npm_brings_is_used_only_when_it_is_what_was_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm = tmp_path / "npm"
    npm.write_text(f"#!/bin/sh\necho forged > pyodide-{fetch.PYODIDE}.tgz\n", encoding="utf-8")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "work").mkdir()
    with pytest.raises(LiteProblem, match="not what was published"):
        fetch.fetch_pyodide(tmp_path / "work")
    npm.write_text("#!/bin/sh\necho 'ENOTFOUND registry' >&2; exit 1\n", encoding="utf-8")
    with pytest.raises(LiteProblem, match=r"(?s)ENOTFOUND registry.*Check your network"):
        fetch.fetch_pyodide(tmp_path / "work")


def test_every_wheel_is_pinned_by_version_and_content() -> None:
    lines = [line for line in fetch._WHEELS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9._-]+==[\w.]+ --hash=sha256:[0-9a-f]{64}", line, re.I) for line in lines)
    names = {line.partition("==")[0].lower() for line in lines}
    assert {"pydantic", "pydantic-core", "ipywidgets", "mistune", "ruamel-yaml"} <= names


def test_the_sticks_server_serves_what_browsers_insist_on_and_to_this_machine_alone(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("serve", Path(site.__file__).with_name("in_site") / "serve.py")
    assert spec is not None
    assert spec.loader is not None
    serve = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(serve)
    (tmp_path / "site").mkdir()
    (tmp_path / "letter.txt").write_text("dear", encoding="utf-8")
    for name in ("a.mjs", "a.wasm", "a.js", "index.html"):
        (tmp_path / "site" / name).write_text("x", encoding="utf-8")
    made = serve.server(tmp_path / "site", 0)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    try:
        assert made.server_address[0] == "127.0.0.1"
        types = {name: _get(made.server_port, f"/{name}")[1] for name in ("a.mjs", "a.wasm", "a.js", "")}
        assert types == {
            "a.mjs": "text/javascript",
            "a.wasm": "application/wasm",
            "a.js": "text/javascript",
            "": "text/html",
        }
        assert _get(made.server_port, "/../letter.txt")[0] == 404
        other = serve.server(tmp_path / "site", made.server_port)
        other.server_close()
        assert other.server_port != made.server_port
    finally:
        made.shutdown()
        made.server_close()


def _get(port: int, path: str) -> tuple[int, str | None]:
    there = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    there.request("GET", path)
    answer = there.getresponse()
    answer.read()
    there.close()
    return answer.status, answer.getheader("Content-Type")
