"""Answers, rubrics and keys become marks with evidence. Pure: no screen, no kernel, no network."""
