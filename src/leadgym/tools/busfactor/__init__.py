"""``leadgym bus-factor``: who could do what without whom, from a repository's own history.

``authorship`` has the numbers, ``history`` reads git, ``rules`` and ``people`` say what and who counts, ``page`` writes
the report.
"""
