"""Show this folder in your browser: python3 serve.py (on Windows: py serve.py). It needs Python and nothing else.

Nothing leaves this machine, and no other machine reaches it. What you chose is kept by your browser for this address,
so the port is always the same one where it is free.
"""

import functools
import http.server
import sys
import threading
import webbrowser
from pathlib import Path

PORT = 8754


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files of this folder, with the types that browsers insist on, whatever this machine's registry says."""

    extensions_map = {
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".json": "application/json",
        ".wasm": "application/wasm",
    }

    def end_headers(self) -> None:
        """Ask again whether a file is still the same: a newer site on the same address is seen at once."""
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing: a line per file says nothing to a person."""


def server(folder: Path, port: int) -> http.server.ThreadingHTTPServer:
    """A server of ``folder`` on this machine alone, on ``port`` or, where that is taken, on a free one."""
    handler = functools.partial(Handler, directory=str(folder))
    try:
        return http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError:
        return http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)


def main() -> None:
    """Serve until Ctrl-C."""
    made = server(Path(__file__).resolve().parent, PORT)
    url = f"http://127.0.0.1:{made.server_port}/"
    print(f"leadgym is at {url}   Stop it here with Ctrl-C.", flush=True)
    if made.server_port != PORT:
        print(f"Port {PORT} is taken, so choices from earlier, which belong to it, are not shown.", flush=True)
    if "--no-browser" not in sys.argv:
        threading.Timer(0.5, webbrowser.open, [url]).start()
    try:
        made.serve_forever()
    except KeyboardInterrupt:
        print("Stopped.")


if __name__ == "__main__":
    main()
