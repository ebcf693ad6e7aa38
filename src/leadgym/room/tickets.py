"""Who may do what, and how often: signed tickets in the place of accounts and cookies, and bounds for each sender."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field


def new_person() -> str:
    """A participant's id that nobody can guess: 128 bits."""
    return secrets.token_urlsafe(16)


def ticket(secret: bytes, who: str) -> str:
    """What a participant's page keeps and shows: the id, and a signature that only this room's server can make."""
    return f"{who}.{_signature(secret, who)}"


def who_holds(secret: bytes, given: object) -> str | None:
    """The participant of a ticket of this room; None for anything else."""
    if not isinstance(given, str) or len(given) > 200:
        return None
    who, _, signature = given.rpartition(".")
    # A lone surrogate is text in JSON, and no text that can be encoded.
    genuine = hmac.compare_digest(signature.encode("utf-8", "replace"), _signature(secret, who).encode())
    return who if who and genuine else None


def _signature(secret: bytes, who: str) -> str:
    return hmac.new(secret, who.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:32]


@dataclass
class Bucket:
    """A token bucket: ``burst`` at once, ``rate`` a second from then on."""

    rate: float
    burst: float
    left: float = field(init=False)
    at: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self.left = self.burst

    def filled(self, now: float) -> float:
        """What is left at ``now`` (seconds)."""
        self.left = min(self.burst, self.left + max(0.0, now - self.at) * self.rate)
        self.at = now
        return self.left

    def take(self, now: float) -> bool:
        """Whether one more is within bounds at ``now`` (seconds); it is counted when it is."""
        if self.filled(now) < 1:
            return False
        self.left -= 1
        return True


class Bounds:
    """A bucket for each sender. Those at rest for long are forgotten, and never more than ``most`` are held."""

    def __init__(self, rate: float, burst: float, most: int = 5000) -> None:
        self._rate, self._burst, self._most = rate, burst, most
        self._buckets: dict[str, Bucket] = {}

    def left(self, sender: str, now: float) -> float:
        """How much ``sender`` may still do at once; nothing is counted."""
        bucket = self._buckets.get(sender)
        return self._burst if bucket is None else bucket.filled(now)

    def take(self, sender: str, now: float) -> bool:
        """Whether ``sender`` may do one more thing at ``now``."""
        bucket = self._buckets.pop(sender, None) or Bucket(self._rate, self._burst)
        # The most recent stand last, so that the first is the one to forget.
        self._buckets[sender] = bucket
        if len(self._buckets) > self._most:
            del self._buckets[next(iter(self._buckets))]
        return bucket.take(now)
