"""Every setting of the hub in values.yaml and sign-in/ is one that the hub's own classes know, and takes its value.

Run by check.py in the hub's environment, which has the releases that the chart's image has.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import kubespawner.spawner
import yaml
from jupyterhub.app import JupyterHub
from jupyterhub.auth import Authenticator
from kubespawner import KubeSpawner
from ltiauthenticator.lti13.auth import LTI13Authenticator
from oauthenticator.generic import GenericOAuthenticator
from oauthenticator.github import GitHubOAuthenticator
from traitlets.config import Config

HERE = Path(__file__).resolve().parents[1]
KNOWN: tuple[Any, ...] = (
    JupyterHub, Authenticator, KubeSpawner, LTI13Authenticator, GitHubOAuthenticator, GenericOAuthenticator,
)  # fmt: skip
CLASSES = {one.__name__: one for one in KNOWN}


def problems(name: str, config: dict[str, Any]) -> list[str]:
    """What of a file's ``hub.config`` the hub would not take."""
    found = []
    for section, settings in config.items():
        for key in settings:
            if key not in CLASSES[section].class_traits(config=True):
                found.append(f"{name}: {section} has no setting '{key}'")
    for section in set(config) & {"LTI13Authenticator", "GitHubOAuthenticator", "GenericOAuthenticator"}:
        made = CLASSES[section](config=Config({section: config[section]}))
        found += [
            f"{name}: {section}.{key} is {getattr(made, key)!r}"
            for key, value in config[section].items()
            if isinstance(value, (str, bool)) and getattr(made, key) != value
        ]
        chosen = config["JupyterHub"]["authenticator_class"]
        hub = JupyterHub(config=Config({"JupyterHub": {"authenticator_class": chosen}}))
        if hub.authenticator_class is not CLASSES[section]:
            found.append(f"{name}: authenticator_class {chosen} is {hub.authenticator_class}")
    return found


async def overrides(values: dict[str, Any], groups: list[str]) -> KubeSpawner:
    """A spawner as values.yaml sets it, for somebody in ``groups``."""
    # It looks for a cluster as soon as it is made; nothing here asks one.
    kubespawner.spawner.load_config = lambda **_: None
    spawner = KubeSpawner(config=Config({"KubeSpawner": values["hub"]["config"]["KubeSpawner"]}), _mock=True)
    spawner.user = SimpleNamespace(name="ana", groups=[SimpleNamespace(name=name) for name in groups])
    spawner.image = "the learner's"
    await spawner.apply_group_overrides()
    return spawner


def main() -> int:
    """All files; exit code 1 when a setting is not known."""
    values = yaml.safe_load((HERE / "values.yaml").read_text())
    found = problems("values.yaml", values["hub"]["config"])
    for path in sorted((HERE / "sign-in").glob("*.yaml")):
        found += problems(path.name, yaml.safe_load(path.read_text())["hub"]["config"])
    ana, lena = (asyncio.run(overrides(values, groups)) for groups in (["leadgym-instructors"], ["others"]))
    if (ana.image, ana.mem_limit, lena.image) != (
        "registry.example.org/leadgym-instructor:1",
        4 << 30,
        "the learner's",
    ):
        found.append(f"group_overrides give an instructor {ana.image} and a learner {lena.image}")
    print(*(f"FAIL {one}" for one in found), sep="\n", end="\n" if found else "")
    if not found:
        print("ok   every setting of the hub is known, and only instructors get the instructor's image")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
