"""The console: what is going on, without Slack. Read-only; and the public status page."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import anyio.to_thread
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markdown_it import MarkdownIt
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.web import pages
from bot.web.host import Host
from incidents import assets
from incidents.errors import NotFound
from incidents.model import ids

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_LOOK_EVERY = 1.0  # seconds between looks for something new
_KEEP_ALIVE = 15  # looks without news until a comment is sent, so that proxies keep the line


def console_routes(host: Host) -> list[BaseRoute]:
    """Every page."""
    show = _Pages(host)
    return [
        Route("/", show.page("home.html", lambda _: pages.home(host.desk, host.clock()))),
        Route("/slos", show.page("slos.html", lambda _: pages.slos(host.desk, host.clock()))),
        Route(
            "/actions", show.page("actions.html", lambda _: pages.actions(host.desk, host.clock()))
        ),
        Route("/status", show.page("status.html", lambda _: pages.status(host.desk, host.clock()))),
        Route("/help", show.page("help.html", lambda _: pages.help_index())),
        Route("/help/{page}", show.page("page.html", show.help_page)),
        Route(
            "/incidents/{key}",
            show.page(
                "incident.html",
                lambda request: pages.incident(host.desk, _number(request), host.clock()),
            ),
        ),
        Route("/incidents/{key}/live", show.live),
        Route("/incidents/{key}/postmortem", show.page("page.html", show.postmortem)),
        Route("/incidents/{key}/postmortem.md", show.markdown),
        Mount("/static", StaticFiles(directory=assets.folder("templates") / "web" / "static")),
    ]


class _Pages:
    """Renders templates in a thread, because the record is read synchronously."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
        self._templates = Environment(
            loader=FileSystemLoader(assets.folder("templates") / "web"),
            autoescape=select_autoescape(default=True, default_for_string=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def page(
        self, template: str, read: Callable[[Request], dict[str, Any]]
    ) -> Callable[[Request], Any]:
        """An endpoint that fills ``template`` with what ``read`` finds."""

        def answer(request: Request) -> Response:
            try:
                context = read(request)
            except NotFound as error:
                text = self._templates.get_template("error.html").render(
                    why=error.why, instead=error.instead
                )
                return HTMLResponse(text, status_code=404, headers=_HEADERS)
            text = self._templates.get_template(template).render(**context)
            return HTMLResponse(text, headers=_HEADERS)

        async def endpoint(request: Request) -> Response:
            return await anyio.to_thread.run_sync(answer, request)

        return endpoint

    def postmortem(self, request: Request) -> dict[str, Any]:
        """A postmortem as a page."""
        number = _number(request)
        name, text = pages.postmortem(self._host.desk, number, self._host.clock())
        key = ids.key(number)
        return {
            "title": f"Postmortem of {key}",
            "body": self._html(_without_front_matter(text)),
            "links": [(f"/incidents/{key}", key), (f"/incidents/{key}/postmortem.md", name)],
        }

    async def markdown(self, request: Request) -> Response:
        """A postmortem as the file it is."""
        number, desk, now = _number(request), self._host.desk, self._host.clock()
        name, text = await anyio.to_thread.run_sync(pages.postmortem, desk, number, now)
        disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
        return PlainTextResponse(
            text, headers={**_HEADERS, **disposition}, media_type="text/markdown; charset=utf-8"
        )

    def help_page(self, request: Request) -> dict[str, Any]:
        """One of the operators' pages."""
        title, text = pages.help_page(request.path_params["page"])
        return {"title": title, "body": self._html(text), "links": [("/help", "Help")]}

    async def live(self, request: Request) -> Response:
        """Server-sent events: the number of entries, whenever it has changed."""
        number = _number(request)
        return StreamingResponse(
            self._news(request, number), media_type="text/event-stream", headers=_HEADERS
        )

    async def _news(self, request: Request, number: ids.IncidentNumber) -> AsyncIterator[str]:
        seen, quiet = -1, 0
        while not await request.is_disconnected():
            count = await anyio.to_thread.run_sync(pages.entry_count, self._host.desk, number)
            quiet += 1
            if count != seen:
                seen, quiet = count, 0
                yield f"data: {count}\n\n"
            elif quiet >= _KEEP_ALIVE:
                quiet = 0
                yield ": still here\n\n"
            await asyncio.sleep(_LOOK_EVERY)

    def _html(self, text: str) -> str:
        return str(self._markdown.render(text))


def _number(request: Request) -> ids.IncidentNumber:
    number = ids.parse_key(request.path_params["key"])
    if number is None:
        raise NotFound("That is not an incident's key.", instead="It looks like INC-42.")
    return number


def _without_front_matter(text: str) -> str:
    parts = text.split("\n---\n", 1)
    return parts[1] if text.startswith("---\n") and len(parts) > 1 else text
