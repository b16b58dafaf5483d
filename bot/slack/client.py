"""Slack's Web API over one pooled, keep-alive client that never retries by itself.

slack_sdk's own client opens a TLS connection for every call and repeats a POST after a lost answer,
which doubles messages; only the engine may repeat anything.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import structlog

from bot.slack import errors, wording
from bot.slack.pace import Pace
from incidents.actions.deliver import Ambiguous, Declined, LockedOut, NotSent, Throttled
from incidents.model.commands import slash
from incidents.store.engine import transactions_open

log = structlog.get_logger(__name__)

_TIMEOUT = httpx.Timeout(10.0, connect=4.0)
_LIMITS = httpx.Limits(max_connections=32, max_keepalive_connections=16)
_HOOKS = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})
_FILE_HOSTS = (".slack.com", ".slack-gov.com")
_JSON = {"Content-Type": "application/json; charset=utf-8"}  # in ASCII: even half a character
_OK, _TOO_MANY, _SERVER = 200, 429, 500


class SlackSays(Declined):
    """Slack answered ``ok: false`` with a code that trying again will not change."""

    def __init__(self, code: str, answer: Mapping[str, Any]) -> None:
        super().__init__(errors.in_words(code))
        self.code = code
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Introduced:
    """What ``auth.test`` says: ``granted`` are the scopes, ``at`` is what time it is there."""

    who: Mapping[str, Any]
    granted: frozenset[str]
    at: datetime | None


class SlackClient:
    """Calls methods of the Web API. ``base_url`` ends in a slash.

    ``pace`` keeps all processes together below Slack's rates; without one, only Slack says no.
    ``command`` is the name of the slash command: whatever is said here tells people to type that.
    """

    def __init__(
        self,
        token: str,
        base_url: str,
        *,
        transport: httpx.BaseTransport | None = None,
        pace: Pace | None = None,
        command: str = "",
    ) -> None:
        self._base_url = base_url
        self._say = slash(command)
        self._pace = pace
        self._client = httpx.Client(
            timeout=_TIMEOUT,
            limits=_LIMITS,
            transport=transport,
            headers={"Authorization": f"Bearer {token}", "User-Agent": "warroom"},
            follow_redirects=False,
        )

    def call(self, method: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401
        """What Slack answered, if it says ok.

        Raises `SlackSays` for a refusal, `Throttled`, `LockedOut` if the token is no good,
        `NotSent` if Slack has certainly not seen it, and `Ambiguous` if nobody knows.
        """
        given = {name: value for name, value in arguments.items() if value is not None}
        given = wording.shown_in(given, self._say)
        return self._ask(
            method,
            given,
            content=json.dumps(given),
            headers=_JSON,
        )

    def identify(self) -> Introduced:
        """Who the token belongs to. Raises what `call` raises."""
        response = self._post(self._base_url + "auth.test")
        scopes = response.headers.get("x-oauth-scopes", "").split(",")
        granted = frozenset(scope.strip() for scope in scopes if scope.strip())
        return Introduced(_read(response), granted, _date(response.headers.get("date", "")))

    def read(self, method: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401
        """Like `call`, for methods that take a query instead of a JSON body."""
        given = {
            name: json.dumps(value) if isinstance(value, bool) else str(value)
            for name, value in arguments.items()
            if value is not None
        }
        return self._ask(method, given, data=given)

    def answer(self, response_url: str, message: dict[str, Any]) -> None:
        """Post to a response_url: an answer only the asking person may need to see.

        Raises `SlackSays` for a refusal, and for an address that is not Slack's: nothing is sent
        there.
        """
        if not _is_slacks(response_url, self._base_url):
            raise SlackSays("response_url_not_slacks", {})
        worded = wording.shown_in(message, self._say)
        response = self._post(response_url, content=json.dumps(worded), headers=_JSON)
        if code := _refusal(response):
            raise SlackSays(code, {"status": response.status_code})

    def upload(self, url: str, content: bytes) -> None:
        """Put a file where `files.getUploadURLExternal` said."""
        response = self._post(url, content=content)
        if response.status_code != _OK:
            raise Ambiguous(f"the upload answered {response.status_code}")

    def download(self, url: str, most: int) -> bytes:
        """The first ``most`` bytes of a file in Slack, with our token.

        Raises `SlackSays` for an address that is not Slack's, which gets no token, and for a file
        that Slack does not give us: then it sends one to its login page.
        """
        if not _has_files(url, self._base_url):
            raise SlackSays("file_not_slacks", {})
        if transactions_open():
            raise RuntimeError("No network inside a transaction.")
        content = bytearray()
        try:
            with self._client.stream("GET", url) as response:
                _check_file(response)
                for piece in response.iter_bytes():
                    content += piece
                    if len(content) >= most:
                        break
        except httpx.HTTPError as error:  # reading it again does no harm
            raise NotSent(f"Slack cannot be reached ({type(error).__name__})") from error
        return bytes(content[:most])

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _ask(self, method: str, given: Mapping[str, Any], **how: Any) -> dict[str, Any]:  # noqa: ANN401
        if self._pace is not None:
            wait = self._pace.wait(method, given).total_seconds()
            if wait > 0:
                raise Throttled(wait)
        response = self._post(self._base_url + method, **how)
        try:
            return _read(response)
        except Throttled as refusal:
            if self._pace is not None:
                self._pace.blocked(method, given, refusal.seconds)
            raise

    def _post(self, url: str, **how: Any) -> httpx.Response:  # noqa: ANN401
        if transactions_open():
            raise RuntimeError("No network inside a transaction.")
        try:
            return self._client.post(url, **how)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotSent(f"Slack cannot be reached ({type(error).__name__})") from error
        except httpx.HTTPError as error:
            raise Ambiguous(f"no answer from Slack ({type(error).__name__})") from error


def _is_slacks(response_url: str, base_url: str) -> bool:
    """Whether an answer may go there: Slack's hooks, or the workspace that we were told to use."""
    try:
        url = httpx.URL(response_url)
    except (httpx.InvalidURL, UnicodeError):
        return False
    ours = httpx.URL(base_url)
    if url.userinfo or not url.host:
        return False
    if url.scheme == "https" and url.host in _HOOKS and url.port is None:
        return True
    return (url.scheme, url.host, url.port) == (ours.scheme, ours.host, ours.port)


def _has_files(address: str, base_url: str) -> bool:
    """Whether our token may go there: Slack's own hosts, or the workspace that we were told of."""
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, UnicodeError):
        return False
    ours = httpx.URL(base_url)
    if url.userinfo or not url.host:
        return False
    if url.scheme == "https" and url.host.endswith(_FILE_HOSTS) and url.port is None:
        return True
    return (url.scheme, url.host, url.port) == (ours.scheme, ours.host, ours.port)


def _check_file(response: httpx.Response) -> None:
    if response.status_code == _TOO_MANY:
        raise Throttled(_seconds(response.headers.get("retry-after", "")))
    if response.status_code >= _SERVER:
        raise NotSent(f"Slack answered {response.status_code}")
    if response.status_code != _OK:
        raise SlackSays("file_not_given", {"status": response.status_code})


def _read(response: httpx.Response) -> dict[str, Any]:
    if response.status_code == _TOO_MANY:
        raise Throttled(_seconds(response.headers.get("retry-after", "")))
    if response.status_code >= _SERVER:
        raise Ambiguous(f"Slack answered {response.status_code}")
    try:
        answer = response.json()
    except ValueError as error:
        raise Ambiguous("Slack's answer is not JSON") from error
    if answer.get("ok"):
        return dict(answer)
    code = str(answer.get("error", "unknown"))
    if code in errors.AMBIGUOUS:
        raise Ambiguous(errors.in_words(code))
    if code in errors.NEVER_HAPPENED:
        raise Throttled(30.0)
    if code in errors.AUTHENTICATION:
        raise LockedOut(errors.in_words(code))
    raise SlackSays(code, answer)


def _refusal(response: httpx.Response) -> str:
    """Why a response_url did not take an answer: as JSON, as one word, or with its status alone."""
    try:
        answer = response.json()
    except ValueError:
        answer = response.text.strip()
    if isinstance(answer, dict):
        is_refused = not answer.get("ok", True)
        said = str(answer.get("error", "")) if is_refused else ""
    else:
        is_refused, said = False, str(answer)
    if said in errors.INVALID_BLOCKS:
        return said
    return "response_url_refused" if is_refused or response.status_code != _OK else ""


def _date(header: str) -> datetime | None:
    """The time in an HTTP Date header."""
    try:
        return parsedate_to_datetime(header).astimezone(UTC)
    except ValueError:
        return None


def _seconds(header: str) -> float:
    return min(float(header), 3600.0) if header.isdigit() else 30.0
