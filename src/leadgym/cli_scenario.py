"""``leadgym scenario``: write, check, draw and play scenario files."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from leadgym import cli_model
from leadgym.course.modules import CourseNotFound, content_root, find_slug


def _scenario_path(_context: click.Context, _parameter: click.Parameter, given: str) -> Path:
    """A path to a scenario file, or the name of a module."""
    path = Path(given)
    if path.is_dir():
        path = path / "scenario.yaml"
    if path.suffix in {".yaml", ".yml"} or path.exists():
        return path
    try:
        return content_root() / "course" / find_slug(given) / "scenario.yaml"
    except KeyError as error:
        raise click.BadParameter(f"{error.args[0]} Or give a path to a scenario.yaml.") from error
    except CourseNotFound as problem:
        raise click.ClickException(str(problem)) from problem


def add_to(main: click.Group, sentences: Callable[..., Any], bar: Callable[..., Any]) -> None:
    """Hang ``leadgym scenario`` up, with its commands."""

    @main.group()
    def scenario() -> None:
        """Write, check, draw and play scenario files.

        \b
        Example:  leadgym scenario check course/02_delegation/scenario.yaml
        """

    @scenario.command("new")
    @click.argument("path", type=click.Path(path_type=Path))
    @click.option("--title", default="A title for the story", show_default=True)
    @sentences
    def scenario_new(path: Path, title: str) -> None:
        """Write a small scenario at PATH that works, with comments, to be made your own.

        \b
        Example:  leadgym scenario new my_story.yaml --title "The Friday release"
        """
        from leadgym.scenario.template import new_scenario

        if path.exists():
            raise click.ClickException(f"{path} exists and is left as it is. Choose another name.")
        name = "".join(c if c.isascii() and c.isalnum() else "_" for c in path.stem.lower()).strip("_") or "story"
        try:
            path.write_text(new_scenario(name if name[0].isalpha() else f"story_{name}", title), encoding="utf-8")
        except OSError as error:
            raise click.ClickException(
                f"{path} cannot be written ({error.strerror}). Choose another folder."
            ) from error
        click.echo(f"Wrote {path}. Next: leadgym scenario check {path}")

    @scenario.command("check")
    @click.argument("path", callback=_scenario_path)
    @sentences
    def scenario_check(path: Path) -> None:
        """Criticise a scenario: dead ends, unreachable scenes, options that give themselves away, and more.

        Errors exit with 1, warnings do not.

        \b
        Example:  leadgym scenario check 02_delegation
        """
        from leadgym.scenario.checker import check_file

        findings = check_file(path, bar)
        for finding in findings:
            click.echo(finding.line)
        errors = sum(finding.severity == "error" for finding in findings)
        click.echo(f"{errors} errors, {len(findings) - errors} warnings in {path.name}.")
        sys.exit(1 if errors else 0)

    @scenario.command("draw")
    @click.argument("path", callback=_scenario_path)
    @sentences
    def scenario_draw(path: Path) -> None:
        """Print the scenario as a Mermaid flowchart.

        \b
        Example:  leadgym scenario draw 02_delegation > ledger.mmd
        """
        from leadgym.scenario.drawing import mermaid
        from leadgym.scenario.loader import load_scenario

        click.echo(mermaid(load_scenario(path)))

    @scenario.command("play")
    @click.argument("path", callback=_scenario_path)
    @click.option("--seed", type=int, help="Another seed, another luck. Default: the scenario's own.")
    @sentences
    def scenario_play(path: Path, seed: int | None) -> None:
        """Play a scenario here in the terminal, as plain text.

        \b
        Example:  leadgym scenario play 02_delegation
        """
        from leadgym.scenario.loader import load_scenario
        from leadgym.scenario.terminal import play

        play(load_scenario(path), read=input, write=click.echo, seed=seed)

    cli_model.add_to(scenario, sentences)
