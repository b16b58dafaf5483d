"""Hosts to look at: real servers on this machine, under names of their own."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import trustme

LOOPBACK = "127.0.0.1"


@dataclass
class Web:
    """Answers each path with ``pages[path]``: a status, a body, and where to go on."""

    port: int = 0
    pages: dict[str, tuple[int, bytes, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@contextlib.contextmanager
def web() -> Iterator[Web]:
    made = Web()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(f"{self.headers['Host'].partition(':')[0]}{self.path}")
            status, body, onward = made.pages.get(self.path, (404, b"", ""))
            self.send_response(status)
            if onward:
                self.send_header("Location", onward)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


@contextlib.contextmanager
def listening(*, secure: ssl.SSLContext | None = None) -> Iterator[int]:
    """The port of a server that takes connections, and shakes hands if it has a certificate."""
    with socket.create_server((LOOPBACK, 0)) as server:
        stopping = threading.Event()

        def serve() -> None:
            while not stopping.is_set():
                with contextlib.suppress(OSError):
                    taken, _ = server.accept()
                    with taken:
                        if secure is not None:
                            secure.wrap_socket(taken, server_side=True).close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        stopping.set()
        with contextlib.suppress(OSError):
            socket.create_connection((LOOPBACK, server.getsockname()[1]), 1).close()
        thread.join()


def certified(authority: trustme.CA, name: str) -> ssl.SSLContext:
    """What a server of that name shows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


@contextlib.contextmanager
def name_server(records: Mapping[str, tuple[str, Sequence[str]]]) -> Iterator[int]:
    """Knows ``records`` by name, each of a kind; of ``broken.test`` it knows that it is broken."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((LOOPBACK, 0))

        def serve() -> None:
            while True:
                wire, asker = server.recvfrom(4096)
                if not wire:
                    return
                asked = dns.message.from_wire(wire)
                answer = dns.message.make_response(asked)
                name = asked.question[0].name
                kind, held = records.get(str(name).removesuffix("."), ("A", ()))
                if str(name) == "broken.test.":
                    answer.set_rcode(dns.rcode.SERVFAIL)
                elif not held:
                    answer.set_rcode(dns.rcode.NXDOMAIN)
                else:
                    answer.answer.append(dns.rrset.from_text_list(name, 60, "IN", kind, held))
                server.sendto(answer.to_wire(), asker)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.sendto(b"", server.getsockname())
        thread.join()


def closed_port() -> int:
    """A port at which nobody listens."""
    with socket.create_server((LOOPBACK, 0)) as server:
        port: int = server.getsockname()[1]
    return port
