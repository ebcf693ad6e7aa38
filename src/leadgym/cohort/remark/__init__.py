"""Marking anew after a key or a rubric has changed: looked at first, then written exactly as it was looked at.

`preview` marks anew everybody whose marks were made by other rules than today's, beside the gradebook, and `plan` keeps
what came of it. `apply` puts just that in place, through nbgrader's own steps. `log` is who changed what, when and why,
and tells it on the learners' pages; `words` says in words how two states of the rules differ.
"""
