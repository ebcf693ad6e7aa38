"""``leadgym scenario model``: what the team simulation makes of a story's options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click


def add_to(scenario: click.Group, sentences: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Make ``model`` a command of ``scenario``; ``sentences`` keeps tracebacks from people."""
    command = click.option("--check", is_flag=True, help="Change nothing; exit 1 when the file has drifted.")(
        sentences(scenario_model)
    )
    scenario.command("model")(click.argument("module")(command))


def scenario_model(module: str, check: bool) -> None:
    """Play the options of a module's story in the team simulation, and write the result into model_key.yaml.

    How each option is played, and what that leaves out, is written by hand in that file. Prints what the model says
    beside what the authors say. Takes half a minute at most.

    \b
    Example:  leadgym scenario model 02_delegation --check
    """
    from leadgym.course import model_key
    from leadgym.course.model_played import computed, problems, written
    from leadgym.course.modules import content_root, find_slug, scenario
    from leadgym.yamlfile import load

    try:
        slug = find_slug(module)
    except KeyError as error:
        raise click.BadParameter(str(error.args[0])) from error
    path, story = content_root() / "course" / slug / model_key.FILE, scenario(slug)
    if not path.is_file():
        raise click.ClickException(f"{path} is not there: {story.title} has no model key. Write its upper part first.")
    key = load(path, model_key.ModelKey)
    if found := problems(key, story):
        raise click.ClickException("\n".join(f"{path}: {problem}" for problem in found))
    now = computed(key)
    if check and now != key.computed:
        raise click.ClickException(f"{path} has drifted from the simulation. Run: leadgym scenario model {slug}")
    ratings = {scene.id: {option.id: option.key for option in scene.options} for scene in story.scenes}
    click.echo("\n".join(model_key.lines(key.model_copy(update={"computed": now}), ratings)))
    if check:
        click.echo(f"\n{path.name} says what the simulation says.")
    else:
        click.echo(f"\n{path}: {'written anew' if written(path, now) else 'nothing has changed'}.")
