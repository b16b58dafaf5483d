"""``probes/*.yaml``: what is looked at from outside. A file holds one, or a list under ``probes:``.

Faults come with file, line and column. A probe that could not work is refused here: one whose data
would be stale before the next of it comes, or whose SLO is not there.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from incidents.catalog.files import Document, Strict, contents, parse_bytes, read_as
from incidents.catalog.values import Duration, Found, Word, fault
from incidents.errors import Misconfigured, Problem
from incidents.model.episode import STALE
from incidents.model.objective import SLOName
from incidents.model.probing import DNS, HTTP, TCP, TLS, Probe, Target

FOLDER = "probes"
_SUFFIXES = {".yaml", ".yml"}
_SECOND, _MINUTE = timedelta(seconds=1), timedelta(minutes=1)
_SHORTEST, _LONGEST = 5 * _SECOND, STALE - _MINUTE
_LONGEST_TIMEOUT = 30 * _SECOND
_MILLISECONDS = re.compile(r"(\d{1,5})\s*ms")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?")
_STATUS = range(100, 600)


def _host(written: Any) -> Any:  # noqa: ANN401 (YAML holds anything)
    if isinstance(written, str) and (_HOST.fullmatch(written) or _is_address(written)):
        return written.lower()
    raise fault("this is not a host", "a name like db.example.com, or an address")


def _is_address(word: str) -> bool:
    try:
        return bool(ip_address(word))
    except ValueError:
        return False


def _url(written: Any) -> Any:  # noqa: ANN401 (YAML holds anything)
    expected = "one like https://status.example.com/health"
    if not isinstance(written, str) or re.search(r"[\s<>|]", written):
        raise fault("this is not an address", expected)
    try:
        parts = urlsplit(written)
        is_sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise fault("this is not an address", expected) from None
    if not is_sound:
        raise fault("this is not an address", expected)
    if parts.username or parts.password:
        raise fault("a name and a password in an address are not sent", expected)
    return written


def _milliseconds(written: Any) -> Any:  # noqa: ANN401 (YAML holds anything)
    """``800ms``, or a length as everywhere else."""
    found = _MILLISECONDS.fullmatch(written.strip()) if isinstance(written, str) else None
    return timedelta(milliseconds=int(found[1])) if found and int(found[1]) else written


def _statuses(written: Any) -> Any:  # noqa: ANN401 (YAML holds anything)
    listed = written if isinstance(written, list | tuple) else [written]
    if listed and all(type(one) is int and one in _STATUS for one in listed):
        return tuple(listed)
    raise fault("this is no status of HTTP", "one like 200, or a list like [200, 204]")


Host = Annotated[str, BeforeValidator(_host)]
Port = Annotated[int, Field(ge=1, le=65535, strict=True)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class _HTTP(Strict):
    url: Annotated[str, BeforeValidator(_url)]
    status: Annotated[tuple[int, ...], BeforeValidator(_statuses)] = ()
    contains: Annotated[str, StringConstraints(max_length=200)] = ""
    faster_than: Annotated[Duration | None, BeforeValidator(_milliseconds)] = None
    follow: tuple[Host, ...] = ()

    def target(self) -> Target:
        host = (urlsplit(self.url).hostname or "").lower()
        return HTTP(self.url, host, self.status, self.contains, self.faster_than, self.follow)


class _TCP(Strict):
    host: Host
    port: Port

    def target(self) -> Target:
        return TCP(self.host, self.port)


class _TLS(Strict):
    host: Host
    port: Port = 443
    days: Annotated[int, Field(ge=0, le=365, strict=True)] = 14

    def target(self) -> Target:
        return TLS(self.host, self.port, self.days)


class _DNS(Strict):
    name: Host
    type: Literal["A", "AAAA", "CNAME", "MX", "NS", "TXT", "SRV", "CAA", "SOA"] = "A"
    answers: tuple[Words, ...] = ()
    server: Annotated[str, BeforeValidator(_host)] = ""
    port: Port = 53

    def target(self) -> Target:
        return DNS(self.name, self.type, self.answers, self.server, self.port)


class _ProbeFile(Strict):
    name: Annotated[Word, StringConstraints(max_length=60)]
    slo: Annotated[str, StringConstraints(max_length=150)] = ""
    every: Duration = _MINUTE
    timeout: Annotated[Duration, BeforeValidator(_milliseconds)] = 5 * _SECOND
    http: _HTTP | None = None
    tcp: _TCP | None = None
    tls: _TLS | None = None
    dns: _DNS | None = None

    @model_validator(mode="after")
    def _can_work(self) -> "_ProbeFile":
        if len(self._looks) != 1:
            raise fault("a probe looks at one thing", "exactly one of http, tcp, tls and dns")
        return self

    @property
    def _looks(self) -> list[_HTTP | _TCP | _TLS | _DNS]:
        return [one for one in (self.http, self.tcp, self.tls, self.dns) if one is not None]

    @property
    def target(self) -> Target:
        return self._looks[0].target()


class _Lists(Strict):
    probes: tuple[_ProbeFile, ...]


def read_probes(
    folder: Path, slos: Collection[SLOName]
) -> tuple[tuple[Probe, ...], tuple[Problem, ...]]:
    """The probes in ``folder / "probes"`` by name, and everything that is wrong with them.

    ``slos`` are the names that their answers may belong to. No folder is no probes.
    """
    return read_documents(list(_documents(folder)), slos)


def _documents(folder: Path) -> Iterator[tuple[str, Document] | Problem]:
    within = folder / FOLDER
    paths = sorted(within.iterdir()) if within.is_dir() else []
    for path in paths:
        if path.suffix not in _SUFFIXES or not path.is_file():
            continue
        shown = f"{FOLDER}/{path.name}"
        try:
            yield from ((shown, document) for document in parse_bytes(contents(path), shown))
        except Misconfigured as error:
            yield from error.problems
        except OSError as error:
            yield Problem(shown, 1, 1, f"the file cannot be read: {error.strerror}")


def read_documents(
    documents: Sequence[tuple[str, Document] | Problem], slos: Collection[SLOName]
) -> tuple[tuple[Probe, ...], tuple[Problem, ...]]:
    """Like `read_probes`, from what was read already."""
    problems = [one for one in documents if isinstance(one, Problem)]
    found: dict[str, Probe] = {}
    for one in documents:
        if isinstance(one, Problem):
            continue
        try:
            written = _written(*one)
        except Misconfigured as error:
            problems += error.problems
            continue
        for each in written:
            problems += _faults(each, slos)
            if each.value.name in found:
                problems.append(each.problem(f"there is another probe {each.value.name}"))
            found.setdefault(each.value.name, _probe(each.value))
    return tuple(found[name] for name in sorted(found)), tuple(sorted(set(problems)))


def _written(file: str, document: Document) -> list[Found[_ProbeFile]]:
    """Raises `Misconfigured`."""
    if "probes" not in document:
        return [Found(read_as(document, file, _ProbeFile), document, file, ())]
    listed = read_as(document, file, _Lists).probes
    return [Found(one, document, file, ("probes", place)) for place, one in enumerate(listed)]


def _faults(found: Found[_ProbeFile], slos: Collection[SLOName]) -> Iterator[Problem]:
    """What can only be said of a probe as a whole."""
    one = found.value
    if not _SHORTEST <= one.every <= _LONGEST:
        what = "every: data that is older than 5 minutes freezes its SLO"
        yield found.problem(what, "5s to 4m", "every")
    if one.timeout > min(one.every, _LONGEST_TIMEOUT):
        yield found.problem("timeout: it is over before the next begins", "30s at most", "timeout")
    if one.slo and one.slo not in slos:
        yield found.problem(f"slo: there is no SLO called {one.slo}", "", "slo")


def _probe(written: _ProbeFile) -> Probe:
    return Probe(
        written.name,
        written.target,
        written.every,
        written.timeout,
        SLOName(written.slo) if written.slo else None,
    )
