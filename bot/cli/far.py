"""A running server, asked over HTTP: for those who have a token and no database."""

import os
from pathlib import Path
from threading import Event
from typing import Any

import httpx

from incidents.errors import NotFound, Refused, Unavailable

_PATIENCE = httpx.Timeout(10.0, connect=5.0)
_PAUSES = (1.0, 3.0)  # seconds before each further attempt
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_LARGEST = 1024 * 1024  # bytes of an answer


class Far:
    """``server`` is where warroom is reached, with or without a slash at its end.

    The token is in ``WARROOM_TOKEN``, or in the file that ``WARROOM_TOKEN_FILE`` names.
    """

    def __init__(self, server: str) -> None:
        self._server = server.rstrip("/")
        if not self._server.startswith(("http://", "https://")):
            raise Refused(f"{server[:80]} is no address.", instead="Begin it with https://.")
        self._token = _token()

    def get(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        """What ``/api/v1`` answers there. Raises `Unavailable` if it does not; `Refused`."""
        return self._call("GET", path, params=query)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Like `get`, with something to say."""
        return self._call("POST", path, json=body)

    def _call(self, method: str, path: str, **how: Any) -> dict[str, Any]:  # noqa: ANN401
        why = ""
        for pause in (0.0, *_PAUSES):
            Event().wait(pause)
            try:
                answer = httpx.request(
                    method,
                    f"{self._server}/api/v1{path}",
                    headers={"authorization": f"Bearer {self._token}"},
                    timeout=_PATIENCE,
                    **how,
                )
            except httpx.HTTPError as error:
                why = type(error).__name__
                continue
            if answer.status_code in _AGAIN:
                why = f"it answers {answer.status_code}"
                continue
            return _read(self._server, answer)
        raise Unavailable(f"{self._server} cannot be reached ({why}), so nobody can tell.")


def _read(server: str, answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json() if len(answer.content) <= _LARGEST else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Unavailable(f"{server} does not answer like warroom.")
    if answer.is_success:
        return found
    why, instead = str(found.get("detail", answer.status_code)), str(found.get("instead", ""))
    raise (NotFound if answer.status_code == httpx.codes.NOT_FOUND else Refused)(
        f"{server} says: {why}", instead=instead
    )


def _token() -> str:
    named = os.environ.get("WARROOM_TOKEN_FILE")
    given = os.environ.get("WARROOM_TOKEN", "")
    if not given and named:
        try:
            given = Path(named).read_text(encoding="utf-8")
        except OSError as error:
            raise Refused(f"WARROOM_TOKEN_FILE: {error.strerror}.") from None
    if not given.strip():
        raise Refused(
            "A token is needed to ask a server.",
            instead="Make one with warroom token create ci --scope read, and set WARROOM_TOKEN.",
        )
    return given.strip()
