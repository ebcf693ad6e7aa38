"""Running a learner's notebook where it can do no harm: a bubblewrap jail, warm where forking works.

The modules read from the outside in: `execute` (nbgrader's step) opens a `session` or a `kernel`; those start what
`bubble` shuts in, seeing only what `mounts` allows; `warm`, `shell`, `launch`, `confine` and `decide` run inside.
Nothing is imported here: half of these modules run inside the jail, and each has to stay light.
"""
