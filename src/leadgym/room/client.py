"""A room opened on a Jupyter server that runs already: from another terminal, or from a notebook or terminal on it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from leadgym.room.kept import SessionProblem

PAGE = "/leadgym/room/"


def open_on(url: str, token: str, slug: str, variant: str = "", again: Path | None = None) -> dict[str, Any]:
    """Open a room for a module on the server at ``url``: its code, address and module. Raises SessionProblem.

    ``again``: the session file of a room to go on with.
    """
    headers = {"Authorization": f"token {token}", "Content-Type": "application/json"}
    asked = Request(  # noqa: S310 - this machine's own server, as it said itself
        f"{url.rstrip('/')}{PAGE}open",
        json.dumps({"module": slug, "variant": variant, "again": str(again.absolute()) if again else ""}).encode(),
        headers,
        method="POST",
    )
    try:
        with urlopen(asked, timeout=30) as answer:  # noqa: S310
            found: dict[str, Any] = json.load(answer)
            return found
    except HTTPError as error:
        said = error.read(4096)
        try:
            problem = str(json.loads(said)["problem"])
        except (ValueError, KeyError, TypeError):
            problem = f"The Jupyter server at {url} has no rooms ({error.code}). "
            problem += "Ask whoever runs the hub." if hubs_server() else f"Stop it, and run: leadgym room {slug}"
        raise SessionProblem(problem) from error
    except (URLError, OSError) as error:
        raise SessionProblem(f"The Jupyter server at {url} does not answer ({error}). Start it again.") from error


def hubs_server() -> tuple[str, str] | None:
    """Address and token of the hub's server to which this terminal or notebook belongs; None where there is no hub.

    Raises SessionProblem on a hub, or for an account of it, that has no rooms.
    """
    url, token = os.environ.get("JUPYTERHUB_SERVICE_URL"), os.environ.get("JUPYTERHUB_API_TOKEN")
    if not url or not token:
        return None
    if "LEADGYM_ROOMS" not in os.environ:
        raise SessionProblem(
            "On this hub you cannot open a room: phones would have no way to it. Where a hub has rooms, instructors "
            "open them. On your own machine run: leadgym room 02"
        )
    return url, token


def hubs_page() -> str:
    """Where the room's pages of this hub's server are: a whole address where the hub knows its own, or a path."""
    prefix = os.environ.get("JUPYTERHUB_SERVICE_PREFIX", "/").rstrip("/")
    return f"{os.environ.get('LEADGYM_PUBLIC', '')}{prefix}{PAGE}"


def own_server(folder: Path) -> tuple[str, str]:
    """Address and token of the Jupyter server that shows ``folder``. Raises SessionProblem when there is none."""
    if "LEADGYM_ROOMS" in os.environ and (found := hubs_server()) is not None:
        return found
    from jupyter_server.serverapp import list_running_servers

    here = folder.resolve()
    for server in list_running_servers():
        if here.is_relative_to(Path(server["root_dir"]).resolve()):
            return str(server["url"]), str(server["token"])
    raise SessionProblem("No Jupyter server shows this folder. In a terminal run: leadgym room 02")


class RoomLinks:
    """What ``room("02")`` shows in a notebook: the code, and links to the projector and the prompts."""

    def __init__(self, found: dict[str, Any], url: str) -> None:
        self._found = found
        # The path alone: the browser may know the server by another address.
        self._base = "/" + url.split("://", 1)[-1].partition("/")[2].strip("/")
        self._base = self._base.rstrip("/") + PAGE

    def __repr__(self) -> str:
        address = self._found["address"] or "no address that phones could reach"
        return f"The room for {self._found['module']} is open: {address}, code {self._found['code']}."

    def _repr_html_(self) -> str:
        from html import escape

        return (
            f"<p>{escape(repr(self))}</p><ul>"
            f'<li><a href="{escape(self._base)}" target="_blank">Projector</a></li>'
            f'<li><a href="{escape(self._base)}prompts" target="_blank">Your prompts</a></li>'
            f'<li><a href="{escape(self._base)}after" target="_blank">The page to send round</a></li></ul>'
        )
