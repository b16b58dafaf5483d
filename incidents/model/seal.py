"""Seals on a chain of entries: whoever lacks the key can break the chain, and not mend it.

Without a key an entry's hash is SHA-256, which anybody can compute: it shows accidents. With one it
is HMAC-SHA256 (RFC 2104), and the key is not kept where the entries are. Keys change; an entry says
by a fingerprint which one sealed it.
"""

import hashlib
import hmac
from dataclasses import dataclass, field

SHORTEST_KEY = 32  # characters: the fingerprint must not help anybody to guess the key


def fingerprint(key: bytes) -> str:
    """What a key is called: 16 hexadecimal digits that do not give it away."""
    return hashlib.sha256(b"warroom audit key\n" + key).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Seal:
    """The key that seals from now on, if there is one, and those that sealed before."""

    key: bytes = field(default=b"", repr=False)
    old_keys: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def name(self) -> str | None:
        """The fingerprint of the present key."""
        return fingerprint(self.key) if self.key else None

    def keys(self) -> dict[str, bytes]:
        """Every key by its fingerprint."""
        return {fingerprint(key): key for key in (self.key, *self.old_keys) if key}


UNSEALED = Seal()


def sealed(key: bytes, content: bytes) -> str:
    """HMAC-SHA256 in hexadecimal; SHA-256 if the key is empty."""
    if not key:
        return hashlib.sha256(content).hexdigest()
    return hmac.digest(key, content, "sha256").hex()
