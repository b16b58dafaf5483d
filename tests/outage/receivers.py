"""Who is reached when Slack is not: a real mail server and a real receiver of webhooks."""

import base64
import hashlib
import hmac
import json
import ssl
import threading
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

SECRET = "a secret of the webhook"
OPS = "ops@example.com"
USER, PASSWORD = "warroom", "p@ss/word"


class MailServer:
    """Insists on STARTTLS and on a password, and keeps what it is given: ``letters`` and
    ``to_ops``.

    ``answers`` are what it says to the next texts; None hangs up after taking one.
    """

    def __init__(self, folder: Path) -> None:
        self.letters: list[EmailMessage] = []
        self.to_ops: list[EmailMessage] = []
        self.answers: list[str | None] = []
        self.refuses: dict[str, str] = {}
        authority = trustme.CA()
        self.trust = folder / "mail-ca.pem"
        authority.cert_pem.write_to_path(str(self.trust))
        served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(served)
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=_free_port(),
            tls_context=served,
            require_starttls=True,
            auth_required=True,
            authenticator=_login,
        )
        self._controller.start()

    @property
    def url(self) -> str:
        return f"smtp://{USER}:p%40ss%2Fword@127.0.0.1:{self._controller.port}"

    def trusted(self) -> ssl.SSLContext:
        """What trusts this server's certificate."""
        return ssl.create_default_context(cafile=str(self.trust))

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.answers.pop(0) if self.answers else "250 OK"
        content = envelope.content
        assert isinstance(content, bytes)
        if answer is None or answer.startswith("250"):
            letter = message_from_bytes(content, policy=policy.default)
            (self.to_ops if letter["To"] == OPS else self.letters).append(letter)  # type: ignore[arg-type]
        if answer is None:
            server.transport.close()
        return answer or "250 OK"

    def stop(self) -> None:
        self._controller.stop()


@dataclass
class Hook:
    """A receiver that checks signatures and remembers; ``answers`` are its next statuses."""

    got: list[dict[str, Any]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                name, stamp = self.headers["webhook-id"], self.headers["webhook-timestamp"]
                content = f"{name}.{stamp}.".encode() + body
                made = base64.b64encode(hmac.digest(SECRET.encode(), content, hashlib.sha256))
                is_ours = self.headers["webhook-signature"] == f"v1,{made.decode()}"
                status = (hook.answers.pop(0) if hook.answers else 204) if is_ours else 401
                if is_ours:
                    hook.names.append(name)
                    hook.got.append(json.loads(body))
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/page"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _login(*given: Any) -> AuthResult:
    data = given[-1]
    return AuthResult(success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()))


def _free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
