"""The participants' port or socket file: who may be connected, how many, and how long half a request is waited for."""

from __future__ import annotations

import socket
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream
from tornado.netutil import bind_sockets
from tornado.web import Application

from leadgym.room.entrance import BY_FILE, MOST_BYTES

MOST_FROM_ONE, MOST = 1000, 2000
"""Connections in which a request is awaited or answered, from one address and from all: an office behind one address
has two or three for each of three hundred phones, and Jupyter, in the same process, has to have files left to open."""
MOST_BY_PROXY = 6000
"""The same where all come by a proxy, which is behind the bounds on each address: what it may have under way."""
LISTED = Path("/proc/net/tcp")
HEADER_SECONDS, BODY_SECONDS = 15.0, 10.0
"""How long the head of a request, or nothing, is waited for; and its body."""


class Port(HTTPServer):
    """An HTTP server with bounds on who waits. ``held`` counts connections by address; websockets leave it.

    ``only``: the account of this machine whose programs alone are listened to.
    """

    def initialize(self, *arguments: Any, **more: Any) -> None:  # noqa: D102 - tornado's, as are the next two
        self.held: Counter[str] = Counter()
        self.from_one, self.from_all = MOST_FROM_ONE, MOST
        self.only: int | None = None
        super().initialize(*arguments, **more)

    def handle_stream(self, stream: IOStream, address: Any) -> None:  # noqa: D102
        host = _host(address)
        stranger = self.only is not None and account_behind(address, stream.socket.getsockname()) != self.only
        if stranger or self.held[host] >= self.from_one or self.held.total() >= self.from_all:
            stream.close()
            return
        self.held[host] += 1
        super().handle_stream(stream, address)

    def on_close(self, server_conn: Any) -> None:  # noqa: D102
        super().on_close(server_conn)
        host = _host(server_conn.context.address)
        self.held[host] -= 1
        self.held += Counter()  # forgets those at none


def listen(served: Application, port: int, kept: int = 0) -> tuple[Port, int]:
    """A server for ``served`` on every interface of this machine, and its port.

    ``port``, or where that is 0 the one kept from before, or where that is taken any free one. Raises OSError.
    """
    try:
        sockets = _bound(port or kept)
    except OSError as error:
        if port:
            raise OSError(f"Phones cannot have port {port} ({error.strerror}). Name another, or none.") from error
        if not kept:
            raise
        sockets = _bound(0)
    server = _server(served)
    server.add_sockets(sockets)
    return server, int(sockets[0].getsockname()[1])


def listen_at(served: Application, path: Path) -> Port:
    """A server for ``served`` on the socket file ``path``, for its owner and the folder's group.

    What somebody that was killed left there is taken away. Raises OSError, also where somebody listens there.
    """
    from tornado.netutil import bind_unix_socket  # Windows has none

    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        if probe.connect_ex(str(path)) == 0:
            raise OSError(f"{path} is taken: somebody listens there already.")
    try:
        found = bind_unix_socket(str(path), 0o660, backlog=512)
    except ValueError as error:
        raise OSError(str(error)) from error
    server = _server(served)
    server.from_one = MOST
    server.add_socket(found)
    return server


def listen_for(served: Application, port: int, account: int) -> Port:
    """A server for ``served`` on ``port``, for programs of one account of this machine: a proxy's. Raises OSError.

    Anybody else on this machine could say that they speak for whom they like.
    """
    server = _server(served)
    server.only, server.from_one, server.from_all = account, MOST_BY_PROXY, MOST_BY_PROXY
    server.add_sockets(bind_sockets(port, "127.0.0.1", backlog=512))
    return server


def account_behind(there: tuple[str, int], here: tuple[str, int]) -> int | None:
    """The account that holds the other end of a connection over loopback, by Linux; None where nobody holds it.

    One whose program has closed it has no inode, and most kernels list it as root's until all is sent.
    """
    ends = [_hexadecimal(there), _hexadecimal(here)]
    for line in LISTED.read_text(encoding="ascii").splitlines()[1:]:
        parts = line.split()
        if parts[1:3] == ends and parts[9] != "0":
            return int(parts[7])
    return None


def _hexadecimal(end: tuple[str, int]) -> str:
    return f"{int.from_bytes(socket.inet_aton(end[0]), sys.byteorder):08X}:{end[1]:04X}"


def _server(served: Application) -> Port:
    return Port(
        served,
        max_body_size=MOST_BYTES,
        max_header_size=8192,
        max_buffer_size=65536,
        idle_connection_timeout=HEADER_SECONDS,
        body_timeout=BODY_SECONDS,
    )


def _host(address: Any) -> str:
    """Who a connection comes from. All that come by a socket file are one: its far end bounds who is behind it."""
    return str(address[0]) if address else BY_FILE


def _bound(port: int) -> list[socket.socket]:
    return bind_sockets(port, "0.0.0.0", backlog=512)  # noqa: S104 - phones have to reach it; nothing of Jupyter is there
