"""In the browser alone nothing is handed in, so nobody ever marks what runs here."""


def headless() -> bool:
    """Whether nobody is looking. Somebody is."""
    return False
