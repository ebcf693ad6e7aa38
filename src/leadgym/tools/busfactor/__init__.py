"""``leadgym bus-factor``: who could do what without whom, from a repository's own history."""
