"""The workspace over HTTP: the Web API, hooks, Socket Mode, acts, and the page with its live feed.

The workspace's own calls run in threads, acts in a pool of their own: an act waits for the app,
the app waits for the Web API, so the two must never compete for the same threads.
"""

import asyncio
import base64
import json
import mimetypes
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path

import anyio
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.emulator import transport
from bot.emulator.acting import act
from bot.emulator.boot import boot
from bot.emulator.core import Answer
from bot.emulator.entities import AnyJson, File
from bot.emulator.errors import SlackError
from bot.emulator.faults import parse_fault
from bot.emulator.socket import CONNECTION_SECONDS, Connection
from bot.emulator.workspace import Workspace, snapshot

PAGE = Path(__file__).parent / "page"
MOST_THREADS = 64
HEARTBEAT_SECONDS = 15.0
MOST_WAITING = 2000
WARNING_SECONDS = 10
DEBUG_CONNECTION_SECONDS = 360
POLICY = (
    "default-src 'self'; img-src 'self' https: data:; style-src 'self'; object-src 'none';"
    " base-uri 'none'; frame-ancestors 'none'"
)


_ON_THE_PAGE = frozenset({"same-origin", "none"})

LARGEST_BODY = 8 * 1024 * 1024  # bytes; files that the demo moves are far smaller
TOO_LARGE = PlainTextResponse("request_too_large", status_code=413)


def build_routes(workspace: Workspace) -> list[BaseRoute]:
    """Everything under ``/workspace``, to be mounted at the application's root."""
    served = Served(workspace)
    return [
        Route("/workspace", served.page),
        Route("/workspace/archives/{channel}/{stamp}", served.archives),
        Route("/workspace/boot", served.boot),
        Route("/workspace/live", served.live),
        Route("/workspace/log", served.log, methods=["GET", "DELETE"]),
        Route("/workspace/faults", served.faults, methods=["GET", "POST", "DELETE"]),
        Route("/workspace/act/{kind}", served.act, methods=["POST"]),
        Route("/workspace/api/{method}", Answering(served.web_api)),
        Route("/workspace/hooks/{token:path}", Answering(served.hook)),
        Route("/workspace/upload/{token}", Answering(served.upload)),
        Route("/workspace/files/{file_id}/{name}", served.file),
        WebSocketRoute("/workspace/socket", served.socket),
        Mount("/workspace/static", StaticFiles(directory=PAGE)),
    ]


def is_too_large(request: Request) -> bool:
    """Whether a body is announced that no client of Slack's would send."""
    announced = request.headers.get("content-length", "")
    return announced.isdigit() and int(announced) > LARGEST_BODY


class Answering:
    """An endpoint that answers, or that cuts the line where a fault says so."""

    def __init__(self, answer: Callable[[Request], Awaitable[Response | None]]) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = TOO_LARGE if is_too_large(request) else await self._answer(request)
        if response is not None:
            await response(scope, receive, send)
            return
        connection = getattr(getattr(receive, "__self__", None), "transport", None)
        if connection is None:  # not uvicorn: an answer that never ends is as good as none
            raise ConnectionAbortedError("the line is cut on purpose")
        connection.abort()
        await asyncio.sleep(0.01)  # the server notices the cut before we return


class Served:
    """The endpoints of one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._ws = workspace
        self._calls = anyio.CapacityLimiter(MOST_THREADS)
        self._acts = anyio.CapacityLimiter(MOST_THREADS)

    async def web_api(self, request: Request) -> Response | None:
        body, kind = await request.body(), request.headers.get("content-type", "")
        args = transport.read_args(request.query_params.multi_items(), kind, body)
        token = transport.bearer(request.headers.get("authorization", ""))
        method = request.path_params["method"]
        answer = await self._call(lambda: self._ws.web_api(method, args, token))
        return _json(answer)

    async def hook(self, request: Request) -> Response | None:
        token, body = request.path_params["token"], await request.body()
        answer = await self._call(lambda: transport.respond(self._ws, token, body))
        if answer.ok and not answer.is_lost:
            return PlainTextResponse("ok")
        return _json(answer)

    async def upload(self, request: Request) -> Response | None:
        token, content = request.path_params["token"], await request.body()
        if "multipart" in request.headers.get("content-type", ""):
            form = await request.form()
            part = next(iter(form.values()), "")
            content = part.encode() if isinstance(part, str) else await part.read()
        answer = await self._call(lambda: transport.upload(self._ws, token, content))
        if answer.ok and not answer.is_lost:
            return PlainTextResponse(f"OK - {len(content)}")
        return _json(answer)

    async def _call(self, run: Callable[[], Answer]) -> Answer:
        return await run_sync(run, limiter=self._calls)

    async def act(self, request: Request) -> Response:
        if is_too_large(request):
            return TOO_LARGE
        given, kind = await _body(request), request.path_params["kind"]
        try:
            result = await run_sync(lambda: act(self._ws.act, kind, given), limiter=self._acts)
        except SlackError as refusal:
            return JSONResponse({"status": 0, "response": "", **refusal.body()})
        return JSONResponse(result.as_json())

    async def page(self, request: Request) -> Response:
        del request
        return FileResponse(PAGE / "index.html", headers={"content-security-policy": POLICY})

    async def archives(self, request: Request) -> Response:
        """A message's permalink leads to it on the page, for one of the channel's people."""
        stamp = request.path_params["stamp"].removeprefix("p")
        with self._ws.core.lock:
            state = self._ws.core.state
            chan = state.channels.get(request.path_params["channel"])
            there = [state.members.get(one) for one in chan.members] if chan else []
        person = next((one for one in there if one and not one.is_bot), None)
        if chan is None or person is None or not stamp.isdecimal():
            return PlainTextResponse("no such message", status_code=404)
        at = f"{stamp[:-6]}.{stamp[-6:]}"
        return RedirectResponse(f"/workspace#/{person.id}/{chan.id}/m/{at}")

    async def boot(self, request: Request) -> Response:
        user = request.query_params.get("user", "")
        try:
            return JSONResponse(await run_sync(lambda: boot(self._ws.core, user)))
        except SlackError as refusal:
            return JSONResponse(refusal.body(), status_code=404)

    async def live(self, request: Request) -> Response:
        user = request.query_params.get("user", "")
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(
            self._stream(user), media_type="text/event-stream", headers=headers
        )

    async def _stream(self, user: str) -> AsyncIterator[str]:
        """Events as they happen; a screen that falls too far behind has to start again."""
        loop, waiting = asyncio.get_running_loop(), asyncio.Queue[str](MOST_WAITING)

        def put(data: str) -> None:
            if not waiting.full():
                waiting.put_nowait(data)

        def hear(data: str) -> None:
            with suppress(RuntimeError):  # the loop has just closed, and the screen with it
                loop.call_soon_threadsafe(put, data)

        leave = self._ws.core.live.listen(user, hear)
        try:
            yield ": hello\n\n"
            while not waiting.full():
                try:
                    data = await asyncio.wait_for(waiting.get(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                yield f"data: {data}\n\n"
        finally:
            leave()

    async def log(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._ws.log.clear()
        return JSONResponse(snapshot(self._ws))

    async def faults(self, request: Request) -> Response:
        faults = self._ws.faults
        if request.method == "DELETE":
            faults.clear()
        if request.method == "POST":
            given = await _body(request)
            try:
                faults.add(parse_fault(given if isinstance(given, dict) else {"kind": given}))
            except (TypeError, ValueError) as problem:
                return JSONResponse({"ok": False, "error": str(problem)}, status_code=400)
        shown = [{"method": f.method, "kind": f.kind, "times": f.times} for f in faults]
        return JSONResponse({"ok": True, "faults": shown})

    async def file(self, request: Request) -> Response:
        file_id, given = request.path_params["file_id"], request.headers
        is_person = "authorization" not in given and given.get("sec-fetch-site") in _ON_THE_PAGE
        try:
            file = self._file(file_id, "" if is_person else given.get("authorization", "none"))
        except SlackError as refusal:
            if refusal.status == HTTPStatus.FOUND:
                return RedirectResponse("/workspace", status_code=HTTPStatus.FOUND)
            return JSONResponse(refusal.body(), status_code=refusal.status)
        kind = mimetypes.guess_type(file.name)[0] or "text/plain"
        headers = {"content-security-policy": "sandbox", "x-content-type-options": "nosniff"}
        content = base64.b64decode(file.content)
        if kind.startswith("text/"):
            kind = "text/plain; charset=utf-8"
        return Response(content, media_type=kind, headers=headers)

    def _file(self, file_id: str, authorization: str) -> File:
        """For a person on the page, who has a session there; or for an app with a token."""
        if authorization:
            return transport.download(self._ws, file_id, transport.bearer(authorization))
        with self._ws.core.lock:
            file = self._ws.core.state.files.get(file_id)
        if file is None or not file.content:
            raise SlackError("file_not_found", status=404)
        return file

    async def socket(self, websocket: WebSocket) -> None:
        """One Socket Mode connection, from its ticket to its end."""
        hub = self._ws.sockets
        refusal = hub.admit(websocket.query_params.get("ticket", ""))
        if refusal == "invalid_ticket":
            await websocket.close()
            return
        await websocket.accept()
        if refusal:
            await websocket.send_text(json.dumps({"type": "disconnect", "reason": refusal}))
            await websocket.close()
            return
        loop = asyncio.get_running_loop()
        connection = Connection(websocket.send_text, loop, websocket.close)
        debug = websocket.query_params.get("debug_reconnects") == "true"
        age = asyncio.create_task(self._age(connection, debug=debug))
        await websocket.send_text(json.dumps(hub.join(connection)))
        try:
            while True:
                hub.hear(connection, await websocket.receive_text())
        except (WebSocketDisconnect, RuntimeError):
            return  # the app has gone, or we have closed the connection
        finally:
            age.cancel()
            hub.part(connection)

    async def _age(self, connection: Connection, *, debug: bool) -> None:
        """Connections do not last: a warning, then the request to reconnect."""
        lifetime = DEBUG_CONNECTION_SECONDS if debug else CONNECTION_SECONDS
        await asyncio.sleep(lifetime - WARNING_SECONDS)
        self._ws.sockets.retire(connection, "warning")
        await asyncio.sleep(WARNING_SECONDS)
        self._ws.sockets.retire(connection, "refresh_requested")


def _json(answer: Answer) -> Response | None:
    """The answer as JSON, or None where it gets lost on its way."""
    if answer.is_lost:
        return None
    return JSONResponse(answer.body, answer.status, headers=dict(answer.headers))


async def _body(request: Request) -> AnyJson:
    try:
        return json.loads(await request.body())
    except (ValueError, RecursionError):
        return None
