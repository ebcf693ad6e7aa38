"""``leadgym slides``: the parts of a lunch-and-learn that are talked over a slide, from the module's own lesson."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click


def add_to(
    main: click.Group, sentences: Callable[..., Any], slug: Callable[..., Any], workspace: Callable[..., Path]
) -> None:
    """Hang ``leadgym slides`` up. ``slug`` and ``workspace`` find a module and the facilitator's folder."""

    @main.command()
    @click.argument("module", callback=slug)
    @click.option(
        "--workspace", "given", type=click.Path(path_type=Path), help="Your folder for the course. Default: ~/leadgym"
    )
    @click.option("--port", type=click.IntRange(1, 65535), help="The port for JupyterLab. Default: the next free one.")
    @click.option("--no-browser", is_flag=True, help="Print the address and open no browser.")
    @sentences
    def slides(module: str, given: Path | None, port: int | None, no_browser: bool) -> None:
        """Show a module's lesson as slides, in JupyterLab: its figures are drawn, its widgets can be pressed.

        Arrow keys, Page Up and Page Down or a presenter turn them, F fills the screen, Escape shows the notebook.
        Which cells are slides is said in JupyterLab's property inspector (the cogs on the right), under Slide Type.
        In a room (leadgym room) follow This part's slide on your prompts instead: one tab beside the projector page.

        \b
        Example:  leadgym slides 02
        """
        from leadgym.lab.server import open_lab
        from leadgym.lab.slides import address
        from leadgym.lab.workspace import LabProblem, lay

        at = f"/{address(module)}"
        try:
            laid = lay(workspace(given))
            code = open_lab(laid.workspace, port=port, browser=not no_browser, at=at, there=lambda _url, _token: at)
        except (LabProblem, OSError) as problem:
            raise click.ClickException(str(problem)) from problem
        sys.exit(code)
