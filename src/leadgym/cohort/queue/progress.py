"""How far a cohort's marking is: who was marked last, how fast it goes, how long it will take."""

from __future__ import annotations

import sys
import time

from tqdm import tqdm

_EVERY = 30.0  # seconds between lines where there is no terminal


class Progress:
    """A bar on a terminal; elsewhere a line now and then on standard error, or with ``quiet`` nothing."""

    def __init__(self, slug: str, total: int, *, quiet: bool) -> None:
        self._lines = not quiet and not sys.stderr.isatty()
        self._bar = tqdm(
            total=total, desc=f"Marking {slug}", unit="learner", file=sys.stderr, leave=False,
            disable=not sys.stderr.isatty(), dynamic_ncols=True,
        )  # fmt: skip
        self._slug, self._total, self._count = slug, total, 0
        self._begun = self._said = time.monotonic()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def done(self, learner: str) -> None:
        """``learner`` is through."""
        self._count += 1
        self._bar.set_postfix_str(learner, refresh=False)
        self._bar.update()
        now = time.monotonic()
        if self._lines and now - self._said >= _EVERY and self._count < self._total:
            self._said = now
            rate = self._count / (now - self._begun)
            left = tqdm.format_interval((self._total - self._count) / rate)
            text = (
                f"{self._slug}: {self._count} of {self._total} marked, {learner} last; {rate:.2g} a second, {left} left"
            )
            print(text, file=sys.stderr, flush=True)
