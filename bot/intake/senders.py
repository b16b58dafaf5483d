"""Who sends a webhook: a bearer token, or a signature where a source can sign.

Nobody is let in without one of them, wherever we listen. GitHub signs in its own way; ``generic``
as *Standard Webhooks* 1.0 says: HMAC with SHA-256 over ``id.timestamp.body``, at most five minutes
off, and the same id counts once.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping

from starlette.responses import Response

from bot.clock import Clock
from bot.problems import problem
from bot.settings import BadSettings
from incidents.actions.access import denied
from incidents.actions.desk import Desk, Origin
from incidents.actions.tokens import use_token
from incidents.model.ids import PersonId
from incidents.store.tokens import Token

_SCOPE = "hooks:write"
_TOLERANCE = 300  # seconds that a signature's time may be off, as Standard Webhooks says
_SHORTEST_KEY = 24  # bytes, as Standard Webhooks says
_ID = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)
_TIME = re.compile(r"[0-9]{1,12}", re.ASCII)
_SIGNATURE = {"github": "x-hub-signature-256", "generic": "webhook-signature"}


def key_of(secret: str) -> bytes:
    """The key in ``WARROOM_HOOK_SECRET``; none for an empty one. Raises `BadSettings`."""
    try:
        key = secret.removeprefix("whsec_")
        found = base64.b64decode(key, validate=True) if key != secret else secret.encode()
    except binascii.Error:
        raise BadSettings("WARROOM_HOOK_SECRET: begins with whsec_ and is no base64") from None
    if secret and len(found) < _SHORTEST_KEY:
        raise BadSettings(f"WARROOM_HOOK_SECRET: is shorter than {_SHORTEST_KEY} bytes")
    return found


class Senders:
    """Tells who sends. ``keys`` are what sources sign with, by source; the others need a token."""

    def __init__(self, desk: Desk, clock: Clock, keys: Mapping[str, bytes]) -> None:
        self._desk = desk
        self._clock = clock
        self._keys = keys

    def holder(self, source: str, headers: Mapping[str, str]) -> Token | Response | None:
        """The token that is shown, or why it is none; None if a signature is shown instead."""
        signs = self._keys.get(source) and headers.get(_SIGNATURE[source])
        if signs and not headers.get("authorization"):
            return None
        kind, _, given = headers.get("authorization", "").partition(" ")
        if source == "gitlab" and not kind:  # its own header; not every version can send another
            kind, given = "bearer", headers.get("x-gitlab-token", "")
        token = None
        if kind.lower() == "bearer":
            token = use_token(self._desk, given.strip(), self._clock())
        if token is None:
            return problem(
                401,
                "A bearer token is needed in the Authorization header: warroom token create.",
                headers={"WWW-Authenticate": "Bearer"},
            )
        if _SCOPE not in token.scopes:
            return self.refuse(token, f"The token lacks the scope {_SCOPE}.")
        if token.source not in {None, source}:
            why = f"The token {token.name} is for webhooks of {token.source}, not of {source}."
            return self.refuse(token, why)
        return token

    def refuse(self, token: Token, why: str) -> Response:
        """The token is known, and may not do this. That is on record."""
        by = Origin(PersonId(f"api:{token.name[:59]}"), "api")
        denied(self._desk, _SCOPE, "hooks", by=by, now=self._clock())
        return problem(403, why)

    def verify(self, source: str, headers: Mapping[str, str], body: bytes) -> Response | None:
        """None if the signature is good."""
        check = self._is_github if source == "github" else self._is_standard
        if check(self._keys[source], headers, body):
            return None
        return problem(401, "The signature does not match, or its time is more than 5 min off.")

    def _is_github(self, key: bytes, headers: Mapping[str, str], body: bytes) -> bool:
        expected = "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()
        return _same(expected, headers.get("x-hub-signature-256", ""))

    def _is_standard(self, key: bytes, headers: Mapping[str, str], body: bytes) -> bool:
        name, moment = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if not _ID.fullmatch(name) or not _TIME.fullmatch(moment):
            return False
        if abs(int(moment) - self._clock().timestamp()) > _TOLERANCE:
            return False
        signed = hmac.new(key, f"{name}.{moment}.".encode() + body, hashlib.sha256).digest()
        expected = f"v1,{base64.b64encode(signed).decode()}"
        given = headers.get("webhook-signature", "").split(" ")  # several while a key is replaced
        return any(_same(expected, one) for one in given)


def _same(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))
