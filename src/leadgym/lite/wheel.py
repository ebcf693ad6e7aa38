"""The site's own leadgym: the product's player as it is, stand-ins for what is compiled, the stories as data."""

from __future__ import annotations

import zipfile
from pathlib import Path

from leadgym import __version__
from leadgym.course import modules

_PACKAGE = Path(__file__).resolve().parents[1]
_STAND_INS = Path(__file__).with_name("in_browser")

# What is the product's own, byte by byte.
OWN = (
    "__init__.py",
    "keptfile.py",
    "yamlfile.py",
    "course/__init__.py",
    "scenario/__init__.py",
    "scenario/engine.py",
    "scenario/expression.py",
    "scenario/graph.py",
    "scenario/loader.py",
    "scenario/model.py",
    "scenario/outcome.py",
    "scenario/places.py",
    "scenario/transcript.py",
    "widgets/__init__.py",
    "widgets/debrief.py",
    "widgets/pages.py",
    "widgets/player.css",
    "widgets/player.js",
    "widgets/player.py",
    "widgets/prose.py",
    "widgets/screen.py",
    "widgets/store.py",
)
# Stand-in -> the place in the wheel where the product looks for the module it stands in for.
STAND_INS = {
    "figure.py": "leadgym/widgets/figure.py",
    "filelock.py": "filelock.py",
    "model_key.py": "leadgym/course/model_key.py",
    "model_said.py": "leadgym/widgets/model_said.py",
    "modules.py": "leadgym/course/modules.py",
    "nh3.py": "nh3.py",
    "notebook.py": "leadgym/notebook.py",
    "submit.py": "leadgym/widgets/submit.py",
}


def story(slug: str) -> str:
    """A module's story as JSON, without the walkthroughs, which only check it. Raises FileProblems."""
    return modules.scenario(slug).model_dump_json(by_alias=True, exclude={"walkthroughs"}, exclude_defaults=True)


def leadgym_files() -> dict[str, str]:
    """Path in the wheel -> text, for the leadgym of the site. Raises FileProblems when a story is broken."""
    files = {f"leadgym/{name}": (_PACKAGE / name).read_text(encoding="utf-8") for name in OWN}
    for name, place in STAND_INS.items():
        files[place] = (_STAND_INS / name).read_text(encoding="utf-8")
    for slug in modules.slugs():
        files[f"leadgym/stories/{slug}.json"] = story(slug)
    return files


def write_leadgym(folder: Path) -> Path:
    """The wheel of the site's leadgym, in ``folder``."""
    return write_wheel(folder, "leadgym", __version__, leadgym_files())


def write_wheel(folder: Path, name: str, version: str, files: dict[str, str]) -> Path:
    """A pure wheel with ``files``, the same bytes for the same files."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    about = f"{name}-{version}.dist-info"
    described = {
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: leadgym\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{about}/RECORD": "",
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for place, text in (files | described).items():
            wheel.writestr(zipfile.ZipInfo(place), text, zipfile.ZIP_DEFLATED)
    return path
