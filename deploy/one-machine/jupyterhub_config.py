"""JupyterHub for one cohort on one machine. `hub` starts it; what is yours to change is in hub.json and sign_in.py."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import layout
from accounts import INSTRUCTOR, ROOM
from jupyterhub.utils import subdomain_hook_idna
from spawner import NotOnTheRoster, RosterSpawner, find, is_instructor

from leadgym.cohort.course import load_course
from leadgym.yamlfile import FileProblems

c = get_config()  # noqa: F821 - JupyterHub puts it here
state = Path(os.environ["LEADGYM_HUB"])
settings = layout.Settings.read(state)
course = Path(settings.course)
about = load_course(course)
private = state / "hub"

# Who may in: the roster and the instructors, as the files say at that moment.
MATCH = {"column": "id"}
"""In sign_in.py: MATCH["column"] = "email" where the sign-in knows people by their address."""


def on_the_roster(authenticator, handler, person):
    """Let in whom the course knows, under the name the roster has; the others get the sign-in page again."""
    if is_instructor(settings, person["name"]):
        return person
    try:
        return person | {"name": find(course, person["name"], MATCH["column"]).id.lower(), "admin": False}
    except (NotOnTheRoster, FileProblems) as problem:
        authenticator.log.warning("Not let in: %s", problem)
        return None


c.Authenticator.allow_all = True
c.Authenticator.post_auth_hook = on_the_roster
if settings.trial:
    if settings.address != "127.0.0.1":
        raise ValueError("A trial lets anybody be anybody: it listens on 127.0.0.1 only.")
    c.JupyterHub.authenticator_class = "dummy"
else:
    exec((state / "sign_in.py").read_text(encoding="utf-8"))  # noqa: S102 - root's own file, of the kind this one is

# Each server runs as its own system account.
RosterSpawner.state, RosterSpawner.course, RosterSpawner.settings = state, course, settings
RosterSpawner.cohort = about.cohort
c.JupyterHub.spawner_class = RosterSpawner
c.Spawner.env_keep = ["TZ"]
c.Spawner.start_timeout = 120
c.Spawner.http_timeout = 120
c.JupyterHub.allow_named_servers = False
c.JupyterHub.concurrent_spawn_limit = 2 * (os.cpu_count() or 1)

# What the hub keeps, nobody else reads.
os.umask(0o077)
c.JupyterHub.db_url = f"sqlite:///{private / 'jupyterhub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(private / "cookie_secret")
c.ConfigurableHTTPProxy.pid_file = str(private / "proxy.pid")
c.ConfigurableHTTPProxy.command = [str(state / "node" / "node_modules" / ".bin" / "configurable-http-proxy")]
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{settings.port + 1}"
c.JupyterHub.hub_ip = "127.0.0.1"
c.JupyterHub.hub_port = settings.port + 2
tls = "ssl_cert" in c.JupyterHub
if not tls and settings.address not in ("127.0.0.1", "::1", "localhost"):
    raise ValueError(f"{settings.address} is open to others, without TLS. Set ssl_cert and ssl_key in sign_in.py.")
c.JupyterHub.bind_url = f"http{'s' if tls else ''}://{settings.address}:{settings.port}"
c.JupyterHub.subdomain_host = settings.host
c.JupyterHub.template_vars = {"announcement_login": about.title}


def room_address():
    """Where phones find rooms: the service's own name where everybody has one; empty where nobody has said."""
    if not settings.host:
        return f"{settings.public}/services/room/" if settings.public else ""
    scheme, _, name = settings.host.rpartition("://")
    domain, colon, port = name.strip("/").partition(":")
    return f"{scheme or 'https'}://{subdomain_hook_idna('room', domain, kind='service')}{colon}{port}/services/room/"


RosterSpawner.room_address = room_address()

# Instructors start and stop servers, and see who is there; they do not enter a learner's server.
c.JupyterHub.load_roles = [
    {
        "name": "instructor",
        "scopes": ["admin-ui", "list:users", "read:users", "servers", "read:servers"],
        "users": [name.lower() for name in settings.instructors],
    },
    {
        "name": "idle",
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
        "services": ["idle"],
    },
    {"name": "command", "scopes": ["list:users", "admin:users", "servers", "read:servers"], "services": ["command"]},
]
c.JupyterHub.services = [
    {
        "name": "idle",
        "command": [
            sys.executable, "-m", "jupyterhub_idle_culler", f"--timeout={60 * settings.idle_minutes}",
            f"--cull-every={max(30, min(300, 15 * settings.idle_minutes))}",
        ],
    },
    # What phones reach of a room. It is asked by the proxy alone, holds no right on the hub, and cannot read its files.
    {
        "name": "room",
        "url": f"http://127.0.0.1:{settings.port + 3}",
        "user": ROOM,
        "display": False,
        "cwd": "/",
        "timeout": 120,
        "command": [
            str(state / "learners" / "bin" / "python"), "-m", "leadgym.room.service",
            f"--rooms={layout.ROOMS}", f"--owner={INSTRUCTOR}", f"--port={settings.port + 3}",
            f"--proxy={os.geteuid()}", f"--proxies={settings.proxies}", f"--address={RosterSpawner.room_address}",
        ],
    },
    # `hub prespawn` and `hub status` speak with the hub by this one.
    {"name": "command", "api_token": (private / "command_token").read_text(encoding="ascii").strip()},
]  # fmt: skip
