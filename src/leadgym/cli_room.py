"""``leadgym room``: the lunch-and-learn, with everybody's phone."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

LAST = "last"
"""What ``--again`` without a file stands for."""


def _file(_context: click.Context, _option: click.Parameter, given: str | None) -> Path | str | None:
    if given is None or given == LAST:
        return given
    return click.Path(exists=True, dir_okay=False, path_type=Path)(given)


def add_room(
    main: click.Group, sentences: Callable[..., Any], slug: Callable[..., Any], workspace: Callable[..., Path]
) -> None:
    """Hang ``leadgym room`` up. ``slug`` and ``workspace`` find a module and the facilitator's folder."""

    @main.command()
    @click.argument("module", callback=slug)
    @click.option(
        "--again",
        is_flag=False,
        flag_value=LAST,
        callback=_file,
        metavar="[FILE]",
        help="Open a room again, after a stop: this session file, or without one the last in which anybody was.",
    )
    @click.option("--variant", default="", metavar="NAME", help="The organisation, in 10: under, apart or hybrid.")
    @click.option("--phones", type=click.IntRange(1024, 65535), help="The port for phones. Default: a free one.")
    @click.option(
        "--address", default="", metavar="URL", help="What phones reach where a tunnel or proxy stands before it."
    )
    @click.option(
        "--workspace", "given", type=click.Path(path_type=Path), help="Your folder for the course. Default: ~/leadgym"
    )
    @click.option("--port", type=click.IntRange(1, 65535), help="The port for JupyterLab. Default: the next free one.")
    @click.option("--no-browser", is_flag=True, help="Print the address and open no browser.")
    @sentences
    def room(
        module: str,
        again: Path | str | None,
        variant: str,
        phones: int | None,
        address: str,
        given: Path | None,
        port: int | None,
        no_browser: bool,
    ) -> None:
        """Play a module's story with a room: a projector, and everybody's phone.

        The page that opens goes onto the projector; its prompts, in a second window, are for you:
        .../leadgym/room/prompts. People join with the QR code or the address and four letters. They need no account.
        On a hub, in a terminal of an instructor's server, the room opens in that server, and nothing is opened for you.
        Nothing but the vote can be reached from a phone. What the room voted is kept in your folder, for your eyes
        alone: with the names that people gave, which no screen shows. The page to send round names nobody.

        \b
        Example:  leadgym room 02
                  leadgym room 10 --variant apart
                  leadgym room 02 --again
                  leadgym room 02 --again ~/leadgym/.leadgym/rooms/2027-01-11-120000-02_delegation.jsonl
        """
        from leadgym.course.modules import scenario
        from leadgym.lab.server import open_lab
        from leadgym.lab.workspace import LabProblem, lay
        from leadgym.room.client import PAGE, hubs_server, open_on
        from leadgym.room.kept import SessionProblem
        from leadgym.room.organisations import check_variant

        elsewhere = False

        def there(url: str, token: str) -> str:
            nonlocal elsewhere
            elsewhere = True
            if again or phones or address:
                raise SessionProblem(
                    "The course is open in another terminal, which --again, --phones and --address cannot reach. Stop "
                    "it there with Ctrl-C, and run this again."
                )
            open_on(url, token, module, variant)
            return PAGE

        extra = [f"--RoomExtension.module={module}"]
        extra += [f"--RoomExtension.variant={variant}"] if variant else []
        extra += [f"--RoomExtension.port={phones}"] if phones else []
        extra += [f"--RoomExtension.address={address}"] if address else []
        try:
            if address and not address.startswith(("http://", "https://")):
                raise SessionProblem(
                    f"{address} is no address that a phone can open: it begins with https:// or http://"
                )
            check_variant(scenario(module), module, variant)
            if again and variant:
                raise SessionProblem(
                    "A room opened again goes on in the organisation it was in. Leave --variant out; another "
                    "organisation is a button on the prompts."
                )
            # Who says an address has a way of their own for phones, on a hub too.
            hub = None if address else hubs_server()
            if hub and (phones or port or given):
                raise SessionProblem(
                    "On a hub the room opens in your running server: leave out --phones, --port and --workspace."
                )
            if hub:
                on_the_hub(*hub, module, variant, again)
                return
            laid = lay(workspace(given))
            if again:
                path = _session(again, laid.workspace, module)
                extra.append(f"--RoomExtension.session={path.absolute()}")
            code = open_lab(laid.workspace, port=port, browser=not no_browser, extra=extra, at=PAGE, there=there)
        except (LabProblem, SessionProblem, OSError) as problem:
            raise click.ClickException(str(problem)) from problem
        if not elsewhere:
            also = f" --workspace {given}" if given else ""
            click.echo(f"The room is kept. To open it again: leadgym room {module[:2]} --again{also}")
        sys.exit(code)


def _session(again: Path | str, root: Path, module: str) -> Path:
    """The session file that ``--again`` means, of a server that shows ``root``. Raises SessionProblem."""
    from leadgym.room.kept import fits, last, sessions

    path = last(sessions(root), module) if again == LAST else Path(again)
    fits(path, module)
    return path


def on_the_hub(url: str, token: str, module: str, variant: str, again: Path | str | None) -> None:
    """Open the room on the hub's server at ``url``, and say where it is. Raises SessionProblem."""
    from leadgym.room.client import hubs_page, open_on

    # The server shows the course root, and keeps its rooms there.
    path = _session(again, Path(os.environ["LEADGYM_ROOT"]), module) if again else None
    found = open_on(url, token, module, variant, path)
    where = found["address"] or "no address that phones could reach (the projector says why)"
    click.echo(f"The room for {module} is open: {where}, code {found['code']}.")
    click.echo(f"Projector: {hubs_page()}\nPrompts:   {hubs_page()}prompts")
    click.echo("It goes on when this terminal is closed. Close it on the prompts.")
