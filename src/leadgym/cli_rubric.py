"""The ``leadgym rubric`` commands: write a prose exercise, check it, try a text on it, measure it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click


def add_rubric(main: click.Group, sentences: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Hang the group under ``main``; ``sentences`` turns known problems into sentences."""
    for command in rubric.commands.values():
        command.callback = sentences(command.callback or command)
    main.add_command(rubric)


@click.group()
def rubric() -> None:
    """Write, check, try and measure prose exercises: a case, a rubric with rules, labelled answers.

    \b
    Example:  leadgym rubric try my_message draft.txt
    """


_FOLDER = click.Path(path_type=Path)


@rubric.command("new")
@click.argument("folder", type=_FOLDER)
def rubric_new(folder: Path) -> None:
    """Write a small prose exercise into FOLDER that works, with comments, to be made your own.

    \b
    Example:  leadgym rubric new my_message
    """
    from leadgym.marking.prose.template import new_exercise

    for path in new_exercise(folder):
        click.echo(f"Wrote {path}.")
    click.echo(f"Next: leadgym rubric check {folder}")


@rubric.command("check")
@click.argument("folder", type=_FOLDER)
def rubric_check(folder: Path) -> None:
    """Say what is wrong in an exercise, with file and line, and whether its own examples do what they should.

    \b
    Example:  leadgym rubric check my_message
    """
    from leadgym.marking.prose.exercise import load_exercise
    from leadgym.marking.prose.look import example_findings

    exercise = load_exercise(folder)
    findings = list(example_findings(exercise))
    for finding in findings:
        click.echo(f"{folder / 'criteria.yaml'}: {finding}")
    count = len(exercise.criteria.criteria)
    caps, facts = len(exercise.criteria.caps), len(exercise.case.facts)
    click.echo(f"{count} criteria, {caps} caps, {facts} facts; {len(findings)} warnings.")


@rubric.command("try")
@click.argument("folder", type=_FOLDER)
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
def rubric_try(folder: Path, file: Path) -> None:
    """Mark the text in FILE (- for what you type) and say, sentence by sentence, what fires.

    \b
    Example:  leadgym rubric try my_message draft.txt
    """
    from leadgym.marking.prose import semantic
    from leadgym.marking.prose.engine import mark_text
    from leadgym.marking.prose.exercise import load_exercise, read_text
    from leadgym.marking.prose.look import told

    text = sys.stdin.read() if str(file) == "-" else read_text(file)
    exercise = load_exercise(folder)
    click.echo(told(exercise, text))
    click.echo(semantic.told(exercise, mark_text(exercise, text)))


@rubric.command("evaluate")
@click.argument("folders", nargs=-1, required=True, type=_FOLDER)
@click.option("--set", "which", default="work", show_default=True, help="work or final: which files of the folder.")
@click.option("--relations", is_flag=True, help="List every edit that did not do to the mark what it had to.")
def rubric_evaluate(folders: tuple[Path, ...], which: str, relations: bool) -> None:
    """Measure the rules on labelled answers: the table, with intervals, and baselines beside it.

    FOLDER holds answers_SET.yaml and gaming_SET.yaml, and the exercise or a labelled.yaml that says where it is.
    Several folders are measured one by one and together. A cell is "hits of all = share [95 % interval]". Where a
    second reader's labels lie there as well (second_SET.yaml), it says how far the two agree. At the end it says what
    the second opinion of leadgym[semantic] would change, or that it is not installed.

    \b
    Example:  leadgym rubric evaluate tests/fixtures/prose/review_comment --set work
    """
    from leadgym.marking.prose import evaluate
    from leadgym.marking.prose.opinion_table import compared
    from leadgym.marking.prose.readers import agreement, second_reader

    sets = [evaluate.read_set(folder, which) for folder in folders]
    for folder, made in zip(folders, sets, strict=True):
        click.echo(evaluate.as_markdown(f"{made.name} ({which})", evaluate.table([made])))
        if said := agreement([one.about for one in made.genuine], second_reader(folder, which)):
            click.echo(f"{said}\n")
        for line in (*evaluate.misses(made), *(evaluate.broken(made) if relations else ())):
            click.echo(f"- miss: {line}")
        click.echo()
    if len(sets) > 1:
        click.echo(evaluate.as_markdown(f"together ({which})", evaluate.table(sets)))
    click.echo(compared(sets))
    sys.stdout.flush()
