"""GitHub's ``deployment_status``: what went out, where to, and who sent it.

A deployment counts from the moment it begins; what GitHub says about it later changes nothing. Only
production counts, by GitHub's own mark or by the name of the environment.
"""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, Field, TypeAdapter

from bot.intake.news import Moment, line, link, words
from incidents.actions.changes import Report
from incidents.actions.hooks import News

_BEGUN = frozenset({"in_progress", "success", "failure", "error"})
_PRODUCTION = ("production", "prod", "live")
_BIG = 2**63


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


class _EventIn(BaseModel):
    action: Literal["created"] | str = "created"  # noqa: PYI051 (the one that GitHub sends today)
    deployment_status: _StatusIn
    deployment: _DeploymentIn
    repository: _RepositoryIn


_EVENT = TypeAdapter(_EventIn)


def read_github(body: dict[str, Any], headers: Mapping[str, str]) -> News:
    """Raises pydantic's ValidationError."""
    kind = headers.get("x-github-event", "")
    if kind != "deployment_status":
        return News(ignored=f"events of type {line(kind, limit=40) or 'unknown'} are not used")
    event = _EVENT.validate_python(body)
    state, deployment = event.deployment_status.state, event.deployment
    if state not in _BEGUN:
        return News(ignored=f"the deployment is {line(state, limit=40)}, so nothing changed yet")
    where = line(deployment.environment or event.deployment_status.environment, limit=80)
    if not _is_production(deployment.production_environment, where):
        return News(ignored=f"{where or 'the environment'} is not production")
    return News(changes=(_change(event, where),))


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


def _is_production(marked: bool | None, where: str) -> bool:  # noqa: FBT001 (GitHub's own mark)
    named = where.lower().startswith(_PRODUCTION)
    return bool(marked) or named or (marked is None and not where)
