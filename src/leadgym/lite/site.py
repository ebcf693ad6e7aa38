"""``build(folder)``: the site, whole or not at all, from the registries and this installation's stories."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from leadgym.course import modules
from leadgym.lite.fetch import RUNTIME, fetch_pyodide, fetch_wheels
from leadgym.lite.pages import map_page, story_notebook
from leadgym.lite.problem import LiteProblem
from leadgym.lite.wheel import write_leadgym, write_wheel

_HERE = Path(__file__).parent
MADE_BY = "leadgym-lite.json"
_KERNEL = "@jupyterlite/pyodide-kernel-extension"
_WIDGETS = "@jupyter-widgets/jupyterlab-manager"
# Where each of the two lies in its distribution.
_EXTENSIONS = {"jupyterlite_pyodide_kernel": _KERNEL, "jupyterlab_widgets": _WIDGETS}
# Every choice is kept when it is made; a notebook kept beside it would hide a newer site's.
_SETTINGS = {
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/apputils-extension:themes": {"adaptive-theme": True},
}


def build(folder: Path, say: Callable[[str], object] = lambda _: None) -> Path:
    """Build the site in ``folder``, which is new, empty, or an older site; gives the folder.

    ``say`` is told what is going on, a sentence at a time. Raises LiteProblem, FileProblems, OSError; then the folder
    is as it was.
    """
    folder = folder.expanduser().resolve()
    _check(folder)
    extensions = [_extension(name, path) for name, path in _EXTENSIONS.items()]
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as made:
        work = Path(made)
        site = work / "site"
        runtime = work / "pyodide"
        runtime.mkdir()
        say("Fetching Pyodide from npm ...")
        fetch_pyodide(runtime)
        say("Fetching the packages that run in the browser ...")
        fetch_wheels(runtime)
        say("Building the site with JupyterLite ...")
        _jupyterlite(work, site, extensions)
        _lay_python(site, runtime)
        _configure(site, sorted(json.loads((runtime / "pyodide-lock.json").read_text(encoding="utf-8"))["packages"]))
        _lay_pages(site)
        _put(site, folder, work / "older")
    return folder


def _check(folder: Path) -> None:
    if Path.cwd().is_relative_to(folder):
        raise LiteProblem(f"You are in {folder}, which would be replaced under your feet. Name a folder in it.")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MADE_BY).is_file():
        raise LiteProblem(f"{folder} holds something that is not a leadgym site. It is left as it is; name another.")
    if folder.exists() and not folder.is_dir():
        raise LiteProblem(f"{folder} is a file. Name a folder.")


def _extension(distribution: str, name: str) -> Path:
    try:
        files = importlib.metadata.files(distribution) or []
    except importlib.metadata.PackageNotFoundError as missing:
        raise LiteProblem(
            f"The site needs '{distribution}', which is not installed. Run: pip install 'leadgym[lab,lite]'"
        ) from missing
    for file in files:
        if str(file).replace("\\", "/").endswith(f"labextensions/{name}/package.json"):
            return Path(str(file.locate())).resolve().parent
    raise LiteProblem(f"'{distribution}' is installed without its part for the browser. Install it again.")


def _jupyterlite(work: Path, site: Path, extensions: list[Path]) -> None:
    source = work / "source"
    contents = source / "contents"
    contents.mkdir(parents=True)
    for slug in modules.slugs():
        (contents / f"{slug}.ipynb").write_text(json.dumps(story_notebook(slug)), encoding="utf-8")
    (source / "overrides.json").write_text(json.dumps(_SETTINGS), encoding="utf-8")
    config = {
        "apps": ["notebooks"],
        "contents": [str(contents)],
        "federated_extensions": [str(path) for path in extensions],
        "ignore_sys_prefix": ["federated_extensions", "settings"],
        "no_sourcemaps": True,
        "no_unused_shared_packages": True,
    }
    (source / "jupyter_lite_config.json").write_text(json.dumps({"LiteBuildConfig": config}), encoding="utf-8")
    command = [sys.executable, "-m", "jupyterlite_core", "build", "--lite-dir", str(source), "--output-dir", str(site)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode or not (site / "notebooks" / "index.html").is_file():
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-8:])
        raise LiteProblem(f"JupyterLite did not build the site. It said:\n{said}")


def _lay_python(site: Path, runtime: Path) -> None:
    """Pyodide, the wheels and the list of them, which is all that Python in the browser finds and loads."""
    write_leadgym(runtime)
    # IPython names it; it completes what one types, and here nobody types.
    write_wheel(runtime, "jedi", "0", {})
    for wheel in (site / "extensions" / _KERNEL / "static" / "pypi").glob("*.whl"):
        if not wheel.name.startswith("widgetsnbextension-3"):
            shutil.copy(wheel, runtime)
    lock = json.loads((runtime / "pyodide-lock.json").read_text(encoding="utf-8"))
    lock["packages"] = {entry["name"]: entry for entry in map(_entry, sorted(runtime.glob("*.whl")))}
    (runtime / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")
    place = site / "static" / "pyodide"
    place.mkdir(parents=True)
    for path in [*(runtime / name for name in RUNTIME), *runtime.glob("*.whl")]:
        shutil.copy(path, place)


def _entry(wheel: Path) -> dict[str, Any]:
    name, version = wheel.name.split("-")[:2]
    with zipfile.ZipFile(wheel) as packed:
        names = [name for name in packed.namelist() if ".dist-info/" not in name and ".data/" not in name]
    return {
        "name": name.lower().replace("_", "-").replace(".", "-"),
        "version": version,
        "file_name": wheel.name,
        "install_dir": "site",
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "package_type": "package",
        "imports": sorted({name.split("/")[0].removesuffix(".py") for name in names}),
        "depends": [],
        "unvendored_tests": False,
    }


def _configure(site: Path, packages: list[str]) -> None:
    path = site / "jupyter-lite.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    data = config["jupyter-config-data"]
    data["appName"] = "leadgym"
    data["exposeAppInBrowser"] = True  # leadgym.js runs the story, so that nobody has to know what a cell is
    data.setdefault("litePluginSettings", {}).setdefault(f"{_KERNEL}:kernel", {}).update(
        pyodideUrl="./static/pyodide/pyodide.mjs",
        disablePyPIFallback=True,
        loadPyodideOptions={"packages": packages},
    )
    path.write_text(json.dumps(config), encoding="utf-8")


def _lay_pages(site: Path) -> None:
    (site / "index.html").write_text(map_page(), encoding="utf-8")
    for name in ("leadgym.js", "serve.py"):
        shutil.copy(_HERE / "in_site" / name, site)
    app = site / "notebooks" / "index.html"
    text = app.read_text(encoding="utf-8")
    if "<head>" not in text:
        raise LiteProblem("JupyterLite's notebook page is not as expected: this leadgym does not know its version.")
    app.write_text(text.replace("<head>", '<head>\n    <script src="../leadgym.js"></script>', 1), encoding="utf-8")
    (site / MADE_BY).write_text(json.dumps({"leadgym": 1, "stories": modules.slugs()}) + "\n", encoding="utf-8")


def _put(site: Path, folder: Path, older: Path) -> None:
    """The new site in place of whatever stood there, which goes with the scratch folder."""
    if folder.exists():
        folder.rename(older)
    try:
        site.rename(folder)
    except OSError:
        if older.exists():
            older.rename(folder)
        raise
