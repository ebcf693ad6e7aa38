"""The participants' port: what may be connected at once, and how long half a request is waited for."""

from __future__ import annotations

import socket
from collections import Counter
from pathlib import Path
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream
from tornado.netutil import bind_sockets
from tornado.web import Application

from leadgym.room.doors import BY_FILE, MOST_BYTES

MOST_FROM_ONE, MOST = 1000, 2000
"""Connections in which a request is awaited or answered, from one address and from all: an office behind one address
has two or three for each of three hundred phones, and Jupyter, in the same process, has to have files left to open."""
HEADER_SECONDS, BODY_SECONDS = 15.0, 10.0
"""How long the head of a request, or nothing, is waited for; and its body."""


class Port(HTTPServer):
    """An HTTP server with bounds on who waits. ``held`` counts connections by address; websockets leave it."""

    def initialize(self, *arguments: Any, **more: Any) -> None:  # noqa: D102 - tornado's, as are the next two
        self.held: Counter[str] = Counter()
        super().initialize(*arguments, **more)

    def handle_stream(self, stream: IOStream, address: Any) -> None:  # noqa: D102
        host = _host(address)
        if self.held[host] >= MOST_FROM_ONE or self.held.total() >= MOST:
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
    server.add_socket(found)
    return server


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
