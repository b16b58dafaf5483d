"""The console: what is going on, without Slack. Read-only; and the public status page."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Never

import anyio.to_thread
import structlog
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Match, Mount, NoMatchFound, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from bot import pictures
from bot.web import budgets, pages
from bot.web.documents import as_html
from bot.web.host import Host
from bot.web.live import news
from incidents import assets
from incidents.errors import NotFound, Refused
from incidents.model import ids
from incidents.model.commands import outside, shown

log = structlog.get_logger(__name__)

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
"""Of every answer: nothing is loaded from elsewhere, nothing runs that we did not write."""

FILE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, max-age=3600",
}
"""Of what people put on a record: it is shown or saved, and nothing in it ever runs."""

Reader = Callable[[Request], Mapping[str, Any]]
Endpoint = Callable[[Request], Any]


def console_routes(host: Host) -> list[BaseRoute]:
    """Every page."""
    show = _Pages(host)

    def now(read: Callable[..., Mapping[str, Any]]) -> Reader:
        return lambda _: read(host.desk, host.clock())

    def one(request: Request) -> Mapping[str, Any]:
        everything = request.query_params.get("show") == "all"
        return pages.incident(host.desk, _number(request), host.clock(), everything=everything)

    def slo(request: Request) -> Mapping[str, Any]:
        over = request.query_params.get("over", "")
        return budgets.slo(host.desk, _slo(request), over, host.clock())

    return [
        Route("/", show.page("home.html", now(pages.home))),
        Route("/slos", show.page("slos.html", now(pages.slos))),
        Route("/slos/{service}/{name}", show.page("slo.html", slo)),
        Route("/slos/{service}/{name}/{picture}.{kind}", show.in_words(show.picture)),
        Route("/actions", show.page("actions.html", now(pages.actions))),
        Route("/status", show.page("status.html", now(pages.status))),
        Route("/help", show.page("help.html", lambda _: pages.help_index())),
        Route("/help/{page}", show.page("page.html", show.help)),
        Route("/incidents/{key}", show.page("incident.html", one)),
        Route("/incidents/{key}/live", show.in_words(show.live)),
        Route("/incidents/{key}/files/{name}", show.in_words(show.file)),
        Route("/incidents/{key}/budgets/{service}/{name}.svg", show.in_words(show.cost)),
        Route("/incidents/{key}/postmortem", show.page("page.html", show.postmortem)),
        Route("/incidents/{key}/postmortem.md", show.in_words(show.markdown)),
        Mount("/static", _Static(directory=assets.folder("templates") / "web" / "static")),
        _Elsewhere(show.in_words(_nothing_here)),
    ]


class _Pages:
    """Renders templates in a thread, because the record is read synchronously."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._templates = Environment(
            loader=FileSystemLoader(assets.folder("templates") / "web"),
            autoescape=select_autoescape(default=True, default_for_string=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals["command"] = host.command
        self._say = outside({"list": "the overview at /"}, host.command)

    def page(self, template: str, read: Reader) -> Endpoint:
        """An endpoint that fills ``template`` with what ``read`` finds."""

        def answer(request: Request) -> Response:
            return HTMLResponse(self._filled(template, request, read(request)), headers=HEADERS)

        async def endpoint(request: Request) -> Response:
            return await anyio.to_thread.run_sync(answer, request)

        return self.in_words(endpoint)

    def in_words(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint, with what goes wrong as a small page for a person."""

        async def guarded(request: Request) -> Response:
            try:
                return await endpoint(request)  # type: ignore[no-any-return]  # Endpoint is loose
            except NotFound as error:
                return self._error(request, 404, error.why, shown(error.instead, self._say))
            except Refused as error:
                return self._error(request, 409, error.why, shown(error.instead, self._say))
            except HTTPException:
                raise
            except Exception:  # the request's loop: shown in words, and in the log
                log.exception("page_broke", path=request.url.path)
                return self._error(
                    request,
                    500,
                    "This page could not be made.",
                    "The reason is in the log. Slack and the command line may still work.",
                )

        return guarded

    def help(self, request: Request) -> Mapping[str, Any]:
        """One of the operators' pages."""
        title, text = pages.help_page(request.path_params["page"], self._host.command)
        return {"title": title, "body": as_html(text), "back": ("/help", "Help"), "download": None}

    def postmortem(self, request: Request) -> Mapping[str, Any]:
        """A postmortem as a page."""
        number = _number(request)
        value = pages.postmortem_of(self._host.desk, number, self._host.clock())
        name, text = pages.as_file(self._host.desk, value)
        key = ids.key(number)
        return {
            "title": f"Postmortem of {key}",
            "body": as_html(text, budgets.drawn_for(value)),
            "back": (f"/incidents/{key}", key),
            "download": (f"/incidents/{key}/postmortem.md", name),
        }

    async def markdown(self, request: Request) -> Response:
        """A postmortem as the file it is."""
        number, desk, now = _number(request), self._host.desk, self._host.clock()
        name, text = await anyio.to_thread.run_sync(pages.postmortem, desk, number, now)
        disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
        return PlainTextResponse(
            text, headers={**HEADERS, **disposition}, media_type="text/markdown; charset=utf-8"
        )

    async def cost(self, request: Request) -> Response:
        """What an incident took from a budget, drawn."""
        number, now = _number(request), self._host.clock()
        content = await anyio.to_thread.run_sync(
            budgets.cost, self._host.desk, number, _slo(request), now
        )
        return pictures.answer(content, pictures.Format.SVG, request.headers)

    async def picture(self, request: Request) -> Response:
        """A picture of an error budget."""
        over = request.query_params.get("over", "")
        content, kind = await anyio.to_thread.run_sync(
            budgets.picture, self._host.desk, _slo(request), request.path_params, over,
            self._host.clock(),
        )  # fmt: skip
        return pictures.answer(content, kind, request.headers)

    async def file(self, request: Request) -> Response:
        """A file of the record. Pictures are shown; whatever else there is, is only saved."""
        number, name = _number(request), request.path_params["name"]
        content, kind = await anyio.to_thread.run_sync(
            pages.kept_file, self._host.desk, number, name
        )
        way = "inline" if kind.is_picture else "attachment"
        return Response(
            content,
            headers={**HEADERS, **FILE_HEADERS, "Content-Disposition": f'{way}; filename="{name}"'},
            media_type=kind.media,
        )

    async def live(self, request: Request) -> Response:
        """Server-sent events: the number of entries, whenever it has changed."""
        look = partial(pages.entry_count, self._host.desk, _number(request))
        count = partial(anyio.to_thread.run_sync, look)
        if not await count():
            raise NotFound("There is no such incident.", instead="See all of them at /.")
        return StreamingResponse(
            news(count, request.is_disconnected), media_type="text/event-stream", headers=HEADERS
        )

    def _error(self, request: Request, status: int, why: str, instead: str) -> Response:
        text = self._filled("error.html", request, {"why": why, "instead": instead})
        return HTMLResponse(text, status_code=status, headers=HEADERS)

    def _filled(self, template: str, request: Request, context: Mapping[str, Any]) -> str:
        return self._templates.get_template(template).render(path=request.url.path, **context)


class _Static(StaticFiles):
    """Style, script and icon, with the same headers as the pages."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(HEADERS)
        return response


class _Elsewhere(BaseRoute):
    """Whatever a browser asks for that is nowhere: a page that says so.

    Programs, which do not ask for HTML, go on to get a problem as JSON. A slash too much at the end
    is left to the router, which takes it away.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        is_page = scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}
        asks = dict(scope["headers"]).get(b"accept", b"") if is_page else b""
        if b"text/html" in asks and not scope["path"].endswith("/"):
            return Match.FULL, {}
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._endpoint(Request(scope, receive, send))
        await response(scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: object) -> Never:
        raise NoMatchFound(name, path_params)


async def _nothing_here(_: Request) -> Response:
    raise NotFound("There is no such page.", instead="All incidents are at /.")


def _slo(request: Request) -> str:
    return f"{request.path_params['service']}/{request.path_params['name']}"


def _number(request: Request) -> ids.IncidentNumber:
    number = ids.parse_key(request.path_params["key"])
    if number is None:
        raise NotFound("That is not an incident's key.", instead="It looks like INC-42.")
    return number
