"""The workspace without sockets: an ``httpx`` transport for fast tests."""

import json
import math
from base64 import b64decode
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import httpx

from bot.emulator import hooks
from bot.emulator.core import Answer
from bot.emulator.entities import File
from bot.emulator.errors import SlackError
from bot.emulator.methods.files import private_content, receive_upload
from bot.emulator.workspace import Workspace

API = "/workspace/api/"
HOOKS = "/workspace/hooks/"
UPLOAD = "/workspace/upload/"
FILES = "/workspace/files/"


class InProcessTransport(httpx.BaseTransport):
    """Serves the Web API, ``response_url`` and uploads of ``workspace``, whatever the host is.

    A lost answer is ``httpx.ReadError``; a delay beyond the client's patience ``ReadTimeout``.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path, ws = request.url.path, self._workspace
        body, kind = request.read(), request.headers.get("content-type", "")
        self._wait(request, path)
        if path.startswith(API):
            args = read_args(request.url.params.multi_items(), kind, body)
            token = bearer(request.headers.get("authorization", ""))
            answer = ws.web_api(path.removeprefix(API), args, token)
            return _response(request, answer)
        if path.startswith(HOOKS):
            return _response(request, respond(ws, path.removeprefix(HOOKS), body), plain="ok")
        if path.startswith(UPLOAD):
            return _response(request, upload(ws, path.removeprefix(UPLOAD), body), plain="OK")
        if path.startswith(FILES):
            token = bearer(request.headers.get("authorization", ""))
            return _file(request, ws, path.removeprefix(FILES).partition("/")[0], token)
        return httpx.Response(404, request=request)

    def _wait(self, request: httpx.Request, path: str) -> None:
        """Time out at once where a delay would outlast the client's patience."""
        patience = (request.extensions.get("timeout") or {}).get("read") or math.inf
        name = path.removeprefix(API) if path.startswith(API) else "response_url"
        for fault in self._workspace.faults:
            is_meant = fault.method in ("*", name) and fault.skip == 0 and fault.probability >= 1
            if fault.kind == "delay" and fault.seconds > patience and is_meant:
                fault.strikes(name)
                raise httpx.ReadTimeout("the workspace is too slow", request=request)


def _response(request: httpx.Request, answer: Answer, plain: str = "") -> httpx.Response:
    if answer.is_lost:
        raise httpx.ReadError("the line was cut before the answer", request=request)
    if plain and answer.ok:
        return httpx.Response(200, text=plain, request=request)
    return httpx.Response(
        answer.status, headers=dict(answer.headers), json=answer.body, request=request
    )


def _file(
    request: httpx.Request, workspace: Workspace, file_id: str, token: str | None
) -> httpx.Response:
    try:
        file = download(workspace, file_id, token)
    except SlackError as refusal:
        return httpx.Response(refusal.status, json=refusal.body(), request=request)
    return httpx.Response(200, content=b64decode(file.content), request=request)


def download(workspace: Workspace, file_id: str, token: str | None) -> File:
    """A file for an app. Raises ``SlackError`` with the status of the answer."""
    with workspace.core.lock:
        return private_content(workspace.core, file_id, token)


def bearer(header: str) -> str | None:
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def read_args(query: list[tuple[str, str]], content_type: str, body: bytes) -> dict[str, Any]:
    """The arguments of a call from its query and its form or JSON body."""
    args: dict[str, Any] = dict(query)
    if "json" in content_type and body:
        try:
            parsed = json.loads(body)
        except (ValueError, RecursionError):
            parsed = None
        if isinstance(parsed, Mapping):
            args |= parsed
    elif "multipart" in content_type:
        args |= _multipart(content_type, body)
    else:
        args |= dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return args


def _multipart(content_type: str, body: bytes) -> dict[str, Any]:
    """The plain fields of a multipart form."""
    boundary = content_type.partition("boundary=")[2].strip('"').encode()
    fields: dict[str, Any] = {}
    for part in body.split(b"--" + boundary)[1:-1]:
        head, _, value = part.strip(b"\r\n").partition(b"\r\n\r\n")
        name = head.partition(b'name="')[2].partition(b'"')[0].decode()
        fields[name] = value.decode("utf-8", "replace")
    return fields


def respond(workspace: Workspace, token: str, body: bytes) -> Answer:
    """One POST to a response_url."""

    def run() -> Answer:
        try:
            hooks.respond(workspace.core, token, json.loads(body))
        except SlackError as refusal:
            return Answer(refusal.status, {}, refusal.body())
        except (ValueError, RecursionError):
            return Answer(400, {}, {"ok": False, "error": "invalid_payload"})
        return Answer(200, {}, {"ok": True})

    return workspace.with_faults("response_url", {"token": token}, run)


def upload(workspace: Workspace, token: str, body: bytes) -> Answer:
    """The bytes of a file that was announced."""

    def run() -> Answer:
        try:
            receive_upload(workspace.core, token, body)
        except SlackError as refusal:
            return Answer(refusal.status, {}, refusal.body())
        return Answer(200, {}, {"ok": True})

    return workspace.with_faults("upload", {}, run)
