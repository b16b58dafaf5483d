"""GitHub's events: what went out, where to, and who sent it.

A deployment counts from the moment its status says that it began; what GitHub says about it later
changes nothing. Only production counts, by GitHub's own mark or by the name of the environment. A
release counts once it is published, a push once it is on the default branch: for those who deploy
from there, and have no deployments on GitHub.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field, TypeAdapter

from bot.intake.news import Moment, is_production, line, link, words
from incidents.actions.changes import Report
from incidents.actions.hooks import News

_BEGUN = frozenset({"in_progress", "success", "failure", "error"})
_BIG = 2**63
_LAST_SECOND = 7_258_118_400  # the year 2200
_NO_COMMIT = "0" * 40


class _LoginIn(BaseModel):
    login: str = ""


class _StatusIn(BaseModel):
    state: str
    created_at: Moment
    target_url: str | None = None
    log_url: str | None = None
    environment: str = ""


class _DeploymentIn(BaseModel):
    id: int = Field(ge=0, lt=_BIG)
    sha: str = ""
    ref: str = ""
    environment: str = ""
    production_environment: bool | None = None
    payload: dict[str, Any] | str | None = None
    creator: _LoginIn | None = None


class _RepositoryIn(BaseModel):
    name: str = Field(min_length=1)
    full_name: str = ""
    default_branch: str = ""
    pushed_at: int | str | None = None  # of a push in seconds since 1970


class _EventIn(BaseModel):
    action: Literal["created"] | str = "created"  # noqa: PYI051 (the one that GitHub sends today)
    deployment_status: _StatusIn
    deployment: _DeploymentIn
    repository: _RepositoryIn


class _ReleaseIn(BaseModel):
    id: int = Field(ge=0, lt=_BIG)
    tag_name: str = ""
    html_url: str = ""
    prerelease: bool = False
    published_at: Moment | None = None
    author: _LoginIn | None = None


class _ReleasedIn(BaseModel):
    action: str
    release: _ReleaseIn
    repository: _RepositoryIn


class _CommitIn(BaseModel):
    message: str = ""


class _PusherIn(BaseModel):
    name: str = ""


class _PushIn(BaseModel):
    ref: str
    after: str = Field(pattern=r"^[0-9a-f]{40,64}$")
    compare: str = ""
    commits: list[Any] = Field(default_factory=list)
    head_commit: _CommitIn | None = None
    pusher: _PusherIn | None = None
    repository: _RepositoryIn


_EVENT = TypeAdapter(_EventIn)
_RELEASED = TypeAdapter(_ReleasedIn)
_PUSH = TypeAdapter(_PushIn)


def read_github(body: dict[str, Any], headers: Mapping[str, str]) -> News:
    """Raises pydantic's ValidationError."""
    kind = headers.get("x-github-event", "")
    read = _READERS.get(kind)
    if read is None:
        return News(ignored=f"events of type {line(kind, limit=40) or 'unknown'} are not used")
    return read(body)


def _deployed(body: dict[str, Any]) -> News:
    event = _EVENT.validate_python(body)
    state, deployment = event.deployment_status.state, event.deployment
    if state not in _BEGUN:
        return News(ignored=f"the deployment is {line(state, limit=40)}, so nothing changed yet")
    where = line(deployment.environment or event.deployment_status.environment, limit=80)
    if not is_production(deployment.production_environment, where):
        return News(ignored=f"{where or 'the environment'} is not production")
    return News(changes=(_change(event, where),))


def _released(body: dict[str, Any]) -> News:
    event = _RELEASED.validate_python(body)
    release, name = event.release, line(event.repository.name, limit=80)
    if event.action != "published" or release.prerelease:
        what = "a prerelease" if release.prerelease else line(event.action, limit=40)
        return News(ignored=f"the release is {what}, so nothing changed")
    report = Report(
        source="github",
        key=f"release/{release.id}",
        service=name or "unknown",
        title=words(f"{name} {line(release.tag_name, limit=80)} released"),
        made_at=release.published_at,
        url=link(release.html_url),
        made_by=line(release.author.login if release.author else "", limit=120),
    )
    return News(changes=(report,))


def _pushed(body: dict[str, Any]) -> News:
    event = _PUSH.validate_python(body)
    branch = event.repository.default_branch
    if not branch or event.ref != f"refs/heads/{branch}" or event.after == _NO_COMMIT:
        return News(ignored=f"{line(event.ref, limit=80)} is not the default branch")
    name = line(event.repository.name, limit=80)
    first = event.head_commit.message.partition("\n")[0] if event.head_commit else ""
    number = len(event.commits)
    many = "" if number <= 1 else f" ({number} commits)"
    report = Report(
        source="github",
        key=f"push/{event.after}",
        service=name or "unknown",
        title=words(f"{name} {line(branch, limit=80)}{many}: {line(first)}".rstrip(": ")),
        made_at=_pushed_at(event.repository.pushed_at),
        url=link(event.compare),
        made_by=line(event.pusher.name if event.pusher else "", limit=120),
    )
    return News(changes=(report,))


def _pushed_at(seconds: int | str | None) -> datetime | None:
    if not isinstance(seconds, int) or not 0 < seconds < _LAST_SECOND:
        return None
    return datetime.fromtimestamp(seconds, UTC)


_READERS: Mapping[str, Callable[[dict[str, Any]], News]] = {
    "deployment_status": _deployed,
    "release": _released,
    "push": _pushed,
}


def _change(event: _EventIn, where: str) -> Report:
    deployment, status = event.deployment, event.deployment_status
    what = line(deployment.ref, limit=80) or line(deployment.sha, limit=80)[:12] or "a deployment"
    payload = deployment.payload if isinstance(deployment.payload, dict) else {}
    service = payload.get("service")
    return Report(
        source="github",
        key=f"deployment/{deployment.id}",
        service=line(service if isinstance(service, str) else "", limit=80)
        or line(event.repository.name, limit=80)
        or "unknown",
        title=words(f"{line(event.repository.name, limit=80)} {what} to {where or 'production'}"),
        made_at=status.created_at,
        url=link(status.target_url or "", status.log_url or ""),
        made_by=line(deployment.creator.login if deployment.creator else "", limit=120),
    )
