"""What can keep a site from being built, as a sentence for a person."""


class LiteProblem(Exception):
    """Why there is no site, and what to do about it."""
