"""The course in the browser alone: a static site of JupyterLite with every story in it."""
