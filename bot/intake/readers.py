"""From a body to what it tells: each source's own reader, at the door and for what was kept."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError
from starlette.responses import Response

from bot.body import parse_object
from bot.intake.alertmanager import read_alertmanager, read_grafana
from bot.intake.generic import read_generic
from bot.intake.github import read_github
from bot.intake.gitlab import read_gitlab
from bot.problems import invalid
from incidents.actions.deliveries import Handler, Malformed
from incidents.actions.desk import Work
from incidents.actions.hooks import News, take_news_in
from incidents.store.deliveries import Delivery

READERS: Mapping[str, Callable[[dict[str, Any], Mapping[str, str]], News]] = {
    "alertmanager": read_alertmanager,
    "grafana": read_grafana,
    "github": read_github,
    "gitlab": read_gitlab,
    "generic": read_generic,
}
_KEPT = ("content-type", "x-github-event")  # what readers go by; never what proves the sender
_NAME = "webhook-id"  # the sender's own name for a delivery, the same when it is repeated


def headers_to_keep(headers: Mapping[str, str], *, signed: bool) -> dict[str, str]:
    """What a reader needs. The token is not kept, and a name only if it was ``signed``."""
    names = (*_KEPT, _NAME) if signed else _KEPT
    return {name: headers[name] for name in names if name in headers}


def read(source: str, headers: Mapping[str, str], body: bytes) -> News | Response:
    """What the body tells, or the 400 that says what is wrong with it."""
    parsed = parse_object(body)
    if isinstance(parsed, Response):
        return parsed
    try:
        return replace(READERS[source](parsed, headers), key=headers.get(_NAME, ""))
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        return invalid(list(found))


def _work_on(work: Work, kept: Delivery) -> None:
    """Later, what is done at the door. What is ignored there is ignored here."""
    news = read(kept.source, kept.headers, kept.body.encode())
    if isinstance(news, Response):
        raise Malformed(bytes(news.body).decode())
    take_news_in(work, [news])


HANDLERS: Mapping[str, Handler] = dict.fromkeys(READERS, _work_on)
"""By source: how to work on what was kept of it."""
