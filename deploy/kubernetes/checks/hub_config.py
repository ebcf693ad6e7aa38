"""The hub of the checks: sign-in, roles, groups and services as values.yaml and sign-in/lti13.yaml have them.

In the cluster's place: servers are processes of this machine, and nothing stands before hub and servers as a proxy.
"""

import os
import sys
from pathlib import Path

import yaml
from jupyterhub.proxy import Proxy
from jupyterhub.spawner import SimpleLocalProcessSpawner

HERE = Path(__file__).resolve().parents[1]
FOLDER = Path(os.environ["CHECK_FOLDER"])
HUB, NGSHARE, LMS = (int(os.environ[name]) for name in ("CHECK_HUB", "CHECK_NGSHARE", "CHECK_LMS"))
values = yaml.safe_load((HERE / "values.yaml").read_text())
lti = yaml.safe_load((HERE / "sign-in" / "lti13.yaml").read_text())


class NoProxy(Proxy):
    """Nothing before the hub: its pages and the servers are asked at their own ports."""

    should_start = False
    routes: dict = {}

    async def add_route(self, routespec, target, data):
        """Remembered, so that the hub finds what it expects."""
        self.routes[routespec] = {"routespec": routespec, "target": target, "data": data}

    async def delete_route(self, routespec):
        """Forgotten."""
        self.routes.pop(routespec, None)

    async def get_all_routes(self):
        """All that were added."""
        return dict(self.routes)


class InTheImage(SimpleLocalProcessSpawner):
    """A server out of the environment that the image of that person's group has."""

    async def start(self):
        """Start it with what values.yaml would run."""
        instructor = any(group.name == "leadgym-instructors" for group in self.user.groups)
        python = os.environ["CHECK_INSTRUCTOR" if instructor else "CHECK_LEARNER"]
        home = FOLDER / "home" / self.user.name
        home.mkdir(parents=True, exist_ok=True)
        command = values["singleuser"]["cmd"][0]
        self.cmd = [sys.executable, str(HERE / "checks/pod.py"), python, str(HERE / "images/singleuser" / command)]
        self.environment = {
            **values["singleuser"]["extraEnv"],
            "NGSHARE_URL": f"http://127.0.0.1:{NGSHARE}/services/ngshare",
            "LEADGYM_WORKSPACE": str(home / "leadgym"),
            # As in the image: the path of a socket has at most 107 characters.
            "JUPYTER_RUNTIME_DIR": str(FOLDER / f"run{self.user.id}"),
            "CHECK_FOLDER": str(FOLDER),
            "PATH": f"{Path(python).parent}:/usr/bin:/bin",
            **({"LEADGYM_ROOT": str(home / "grader")} if instructor else {}),
        }
        self.args = ["--allow-root"]
        return await super().start()


c = get_config()  # noqa: F821 - traitlets puts it here
for file in (values, lti):
    for section, settings in file["hub"]["config"].items():
        if section != "KubeSpawner":
            c[section].update(settings)
c.JupyterHub.load_groups = {"leadgym-instructors": {"users": ["ana@example.org"]}}
c.LTI13Authenticator.update(
    {"issuer": f"http://127.0.0.1:{LMS}", "authorize_url": f"http://127.0.0.1:{LMS}/authorize",
     "jwks_endpoint": f"http://127.0.0.1:{LMS}/keys"}
)  # fmt: skip
c.JupyterHub.load_roles = [{"name": name, **role} for name, role in values["hub"]["loadRoles"].items()]
c.JupyterHub.load_roles.append(
    {"name": "checks", "scopes": ["admin:users", "admin:servers", "tokens"], "services": ["checks"]}
)
c.JupyterHub.services = [
    {"name": "ngshare", **values["hub"]["services"]["ngshare"], "url": f"http://127.0.0.1:{NGSHARE}",
     "api_token": os.environ["CHECK_NGSHARE_TOKEN"]},
    {"name": "checks", "api_token": os.environ["CHECK_TOKEN"]},
]  # fmt: skip
c.JupyterHub.proxy_class = NoProxy
c.JupyterHub.bind_url = f"http://127.0.0.1:{HUB + 1}"
c.JupyterHub.hub_ip, c.JupyterHub.hub_port = "127.0.0.1", HUB
c.JupyterHub.db_url = f"sqlite:///{FOLDER}/hub.sqlite"
c.JupyterHub.cookie_secret_file = f"{FOLDER}/cookie"
c.JupyterHub.spawner_class = InTheImage
c.InTheImage.home_dir_template = f"{FOLDER}/home/{{username}}"
c.Spawner.http_timeout = c.Spawner.start_timeout = 180
c.JupyterHub.cleanup_servers = True
c.ConfigurableHTTPProxy.auth_token = "unused"  # noqa: S105 - nothing listens
