"""Bearer tokens for machines: made once, shown once, kept as a hash, revoked at once.

``wrt_``, 256 random bits, and a checksum that secret scanners can verify without asking us.
"""

import hashlib
import hmac
import re
import secrets
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from incidents.actions.desk import CLOCK, Desk, Origin
from incidents.errors import NotFound, Refused
from incidents.model.alerts import SOURCES
from incidents.model.ids import uuid7
from incidents.model.text import clean_line
from incidents.store import audit, tokens
from incidents.store.tokens import Token

SCOPES = (
    "sli:write",
    "hooks:write",
    "incidents:write",
    "oncall:write",
    "windows:write",
    "read",
    "private",
)
_PREFIX = "wrt_"
_CHECKSUM = 8  # characters at the end
_LONGEST_NAME = 80
_NOTED_EVERY = timedelta(minutes=1)
_SHAPE = re.compile(r"wrt_[A-Za-z0-9_-]{43}[0-9a-f]{8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Limits:
    """The only webhook that a token may deliver to, and the only services it may speak for.

    None and empty mean any.
    """

    source: str | None = None
    services: tuple[str, ...] = ()


ANY = Limits()


def create_token(
    desk: Desk,
    name: str,
    scopes: Sequence[str],
    now: datetime,
    *,
    by: Origin = CLOCK,
    limits: Limits = ANY,
) -> str:
    """The secret of a new token. It cannot be shown again."""
    _check_limits(scopes, limits)
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        what = f"{', '.join(unknown)} is not a scope." if unknown else "A token needs a scope."
        raise Refused(what, instead=f"Scopes are {', '.join(SCOPES)}.")
    if not name or clean_line(name, limit=_LONGEST_NAME).raw != name:
        raise Refused(
            f"A token needs a name of at most {_LONGEST_NAME} characters on one line.",
            instead="Name it after who uses it, like alertmanager-eu.",
        )
    body = _PREFIX + secrets.token_urlsafe(32)
    secret = body + _checksum(body)
    with desk.store.write() as connection:
        if tokens.named(connection, name) is not None:
            raise Refused(
                f"There is a token called {name} already.", instead="Choose another name."
            )
        tokens.add(
            connection,
            Token(
                uuid7(now),
                name,
                _digest(secret),
                tuple(scopes),
                now,
                source=limits.source,
                services=limits.services or None,
            ),
        )
        detail = {"scopes": list(scopes)}
        if limits != ANY:
            detail |= {"source": [limits.source or "any"], "services": list(limits.services)}
        audit.append(
            connection, at=now, actor=by.actor, action="token.create", thing=name, detail=detail
        )
    return secret


def holder_of(desk: Desk, secret: str) -> Token | None:
    """The token that ``secret`` is, unless it is none or is revoked.

    What cannot be a secret of ours is refused by its checksum, without a look into the database.
    """
    body = secret[:-_CHECKSUM]
    if not _SHAPE.fullmatch(secret) or secret != body + _checksum(body):
        return None
    digest = _digest(secret)
    with desk.look() as connection:
        found = tokens.with_hash(connection, digest)
    if found is None or not hmac.compare_digest(found.hash.encode(), digest.encode()):
        return None
    return found


def use_token(desk: Desk, secret: str, now: datetime) -> Token | None:
    """Like `holder_of`, and that it was used is noted, once a minute."""
    found = holder_of(desk, secret)
    if found is None:
        return None
    known = now - _NOTED_EVERY
    if found.used_at is None or found.used_at <= known:
        with desk.store.write() as connection:
            tokens.use(connection, found.id, now, unless_since=known)
    return found


def check_token(desk: Desk, secret: str, scope: str) -> str | None:
    """The name of the token that ``secret`` is, if it may do what ``scope`` says."""
    found = holder_of(desk, secret)
    return found.name if found is not None and scope in found.scopes else None


def revoke_token(desk: Desk, name: str, now: datetime, *, by: Origin = CLOCK) -> None:
    """From now on it opens nothing. Raises `NotFound`."""
    with desk.store.write() as connection:
        found = tokens.named(connection, name)
        if found is None:
            raise NotFound(f"There is no token called {name}.", instead="See them: token list")
        tokens.revoke(connection, found.id, now)
        audit.append(connection, at=now, actor=by.actor, action="token.revoke", thing=name)


def list_tokens(desk: Desk) -> tuple[Token, ...]:
    """Every token, without its secret."""
    with desk.look() as connection:
        return tokens.every(connection)


def _check_limits(scopes: Sequence[str], limits: Limits) -> None:
    if limits == ANY:
        return
    if set(scopes) != {"hooks:write"}:
        raise Refused(
            "Only webhooks can be limited to a source or to services.",
            instead="Give such a token the scope hooks:write alone.",
        )
    if limits.source not in {None, *SOURCES}:
        raise Refused(
            f"{limits.source} is not a source of webhooks.",
            instead=f"Sources are {', '.join(SOURCES)}.",
        )


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
