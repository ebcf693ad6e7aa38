"""ngshare 0.6.0, started with what it leaves open shut.

- A token has to be meant for ngshare. ngshare takes any token of the hub's; the one that somebody's server gets when an
  instructor opens it would do, and that server's owner could collect as the instructor.
- A token comes in the header, not in a cookie: learners' servers have the same origin as ngshare, and a page there
  could send the cookie of whoever looks at it.
- Administrators are the hub's group, so there is one list of instructors.
- An upload has a largest size, and a request from nobody gets 403 where ngshare gives 500.
- SQLAlchemy 2 is refused: with it ngshare reports success and stores nothing.
"""

from __future__ import annotations

import os
import sys
from collections import namedtuple
from typing import Any
from urllib.parse import urlparse

import sqlalchemy
from jupyterhub.services.auth import HubAuth, check_scopes
from ngshare import dbutil
from ngshare import ngshare as service
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop

DATABASE = os.environ.get("NGSHARE_DATABASE", "sqlite:////srv/ngshare/ngshare.db")
FILES = os.environ.get("NGSHARE_FILES", "/srv/ngshare/files/")
INSTRUCTORS = os.environ.get("NGSHARE_INSTRUCTORS", "leadgym-instructors")
LARGEST = 1024 * 1024 * int(os.environ.get("NGSHARE_LARGEST_MB", "32"))
NEEDED = {"access:services!service=" + os.environ.get("JUPYTERHUB_SERVICE_NAME", "ngshare")}

hub = HubAuth(api_url=os.environ["JUPYTERHUB_API_URL"], api_token=os.environ["JUPYTERHUB_API_TOKEN"], cache_max_age=30)
ask_first = service.MyRequestHandler.prepare


def prepare(self: Any) -> None:
    """Whoever is not known stops here."""
    ask_first(self)
    if self.user is None:
        self.json_error(403, "Permission denied: this needs a token of the hub's that is meant for ngshare")


def get_current_token(self: Any) -> str | None:
    """The token in the header."""
    kind, _, token = self.request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() in ("token", "bearer") else None


def user_for_token(self: Any, token: str) -> dict[str, Any] | None:
    """The hub's user whose token this is, if it is one for ngshare."""
    model = hub.user_for_token(token)
    if not model or model.get("kind") != "user" or not check_scopes(NEEDED, set(model.get("scopes", ()))):
        return None
    self.hub_groups = set(model.get("groups", ()))
    return model


def is_admin(self: Any) -> bool:
    """Whether the hub counts the user among the instructors."""
    return INSTRUCTORS in self.hub_groups


def main() -> None:
    """Bring the database up to date and serve until stopped."""
    if not sqlalchemy.__version__.startswith("1.4."):
        sys.exit(f"ngshare 0.6.0 stores nothing with SQLAlchemy {sqlalchemy.__version__}. Install SQLAlchemy 1.4.54.")
    for name, ours in (("prepare", prepare), ("get_current_token", get_current_token),
                       ("user_for_token", user_for_token), ("is_admin", is_admin)):  # fmt: skip
        setattr(service.MyRequestHandler, name, ours)
    dbutil.upgrade(DATABASE, cmd_opts=namedtuple("Options", ["x"])(["data=true", f"storage={FILES}"]))
    application = service.MyApplication(os.environ["JUPYTERHUB_SERVICE_PREFIX"], DATABASE, FILES, autoreload=False)
    address = urlparse(os.environ["JUPYTERHUB_SERVICE_URL"])
    server = HTTPServer(application, max_body_size=LARGEST, max_buffer_size=LARGEST)
    server.listen(address.port, address.hostname)
    IOLoop.current().start()


if __name__ == "__main__":
    main()
