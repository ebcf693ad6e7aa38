"""``leadgym lite``: the stories as a site that needs no server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click


def add_to(main: click.Group, sentences: Callable[..., Any]) -> None:
    """Hang ``leadgym lite`` up."""

    @main.command()
    @click.argument("folder", type=click.Path(path_type=Path), default=Path("leadgym-lite"))
    @sentences
    def lite(folder: Path) -> None:
        """Build a static site with all stories in FOLDER (default: leadgym-lite), to play in a browser alone.

        Put it on any web space, or hand it round on a stick: serve.py in it shows it on a machine that has Python.
        Who plays needs no install and no network, and nothing they choose leaves their browser. Lessons, marking and
        the simulation are not in it, and it says so.

        Building needs the [lite] extra, npm and the network. An older site in FOLDER is replaced when the new one is
        whole; a folder with anything else in it is left as it is.

        \b
        Example:  leadgym lite
                  leadgym lite ~/public_html/leadgym
        """
        from leadgym.lite.problem import LiteProblem
        from leadgym.lite.site import build

        try:
            made = build(folder, lambda sentence: click.echo(sentence, err=True))
        except LiteProblem as problem:
            raise click.ClickException(str(problem)) from problem
        megabytes = sum(path.stat().st_size for path in made.rglob("*") if path.is_file()) / 1e6
        click.echo(f"The site is in {made}, {megabytes:.0f} MB. Put it on any web space as it is, or try it here:")
        click.echo(f"  python3 {made / 'serve.py'}")
