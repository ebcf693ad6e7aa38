"""The ``leadgym cohort`` commands: a course root of its own, where it stands, and how a person is removed from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click


def add_to(main: click.Group, sentences: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Hang the group under ``main``; ``sentences`` turns known problems into sentences.

    Commands that other files hang onto ``cohort`` have to be there by then.
    """
    for command in cohort.commands.values():
        command.callback = sentences(command.callback or command)
    main.add_command(cohort)


@click.group()
def cohort() -> None:
    """Run the course for a group: make it, see what is to be done today, remove a person.

    \b
    Example:  leadgym cohort status
    """
