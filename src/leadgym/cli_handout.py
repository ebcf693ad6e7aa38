"""``leadgym handout``: one printed page for a lunch-and-learn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click


def add_handout(main: click.Group, sentences: Callable[..., Any], slug: Callable[..., Any]) -> None:
    """Hang ``leadgym handout`` up. ``slug`` finds a module."""

    @main.command()
    @click.argument("module", callback=slug)
    @click.option("--card", is_flag=True, help="The facilitator's card in place of the participants' handout.")
    @click.option(
        "--out",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Default: handout-MODULE.html or card-MODULE.html.",
    )
    @sentences
    def handout(module: str, card: bool, out: Path | None) -> None:
        """Write one page to print for a lunch-and-learn: for everybody in the room, or, with --card, for you.

        Open it in a browser and print it: one side of A4 or Letter.

        \b
        Example:  leadgym handout 02
                  leadgym handout 02 --card --out card.html
        """
        from leadgym.room.handout import card_html, handout_html

        path = out or Path(f"{'card' if card else 'handout'}-{module}.html")
        path.write_text(card_html(module) if card else handout_html(module), encoding="utf-8")
        click.echo(f"Wrote {path}. Open it in a browser and print it: it is one page, A4 or Letter.")
