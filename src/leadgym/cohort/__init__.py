"""Glue to nbgrader: release, marking, feedback. The only room that knows nbgrader."""
