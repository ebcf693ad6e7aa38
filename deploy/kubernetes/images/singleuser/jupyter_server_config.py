"""JupyterLab in a pod: as `leadgym lab` opens it, without requests to anywhere but the hub."""

import os
from pathlib import Path

c = get_config()  # noqa: F821 - traitlets puts it here
home = Path.home()
# An instructor's files are more than the course; a learner's is the course.
folder = home if "LEADGYM_ROOT" in os.environ else Path(os.environ["LEADGYM_WORKSPACE"])
folder.mkdir(parents=True, exist_ok=True)
c.ServerApp.root_dir = str(folder)
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.handlers.announcements.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"
# Ports picked for kernels can be taken before the kernel binds them; names of sockets cannot.
c.KernelManager.transport = "ipc"
