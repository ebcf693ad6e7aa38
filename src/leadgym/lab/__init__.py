"""The learner's workspace and the JupyterLab that opens on it."""
