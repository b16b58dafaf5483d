"""GitLab's deployment events: what went out, where to, and who sent it.

A deployment counts from the moment it runs; what GitLab says about it later changes nothing. Only
production counts, by GitLab's own tier or by the name of the environment.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, TypeAdapter

from bot.intake.news import Moment, is_production, line, link, words
from incidents.actions.changes import Report
from incidents.actions.hooks import News

_BEGUN = frozenset({"running", "success", "failed"})
_BIG = 2**63
_SPACED = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?) (UTC|[+-]\d\d:?\d\d)")


def _iso(written: object) -> object:
    """GitLab writes ``2021-04-28 21:50:00 +0200``."""
    found = _SPACED.fullmatch(written) if isinstance(written, str) else None
    if found is None:
        return written
    day, clock, offset = found.groups()
    return f"{day}T{clock}{'Z' if offset == 'UTC' else offset}"


class _ProjectIn(BaseModel):
    name: str = Field(min_length=1)
    path_with_namespace: str = ""


class _UserIn(BaseModel):
    username: str = ""


class _DeploymentIn(BaseModel):
    status: str
    status_changed_at: Annotated[Moment, BeforeValidator(_iso)]
    deployment_id: int = Field(ge=0, lt=_BIG)
    deployable_url: str | None = None
    environment: str = ""
    environment_tier: str | None = None
    project: _ProjectIn
    short_sha: str = ""
    ref: str = ""
    commit_url: str | None = None
    user: _UserIn | None = None


_EVENT = TypeAdapter(_DeploymentIn)


def read_gitlab(body: dict[str, Any], _headers: Mapping[str, str]) -> News:
    """Raises pydantic's ValidationError."""
    kind = body.get("object_kind")
    if kind != "deployment":
        named = line(kind, limit=40) if isinstance(kind, str) else ""
        return News(ignored=f"events of type {named or 'unknown'} are not used")
    event = _EVENT.validate_python(body)
    if event.status not in _BEGUN:
        status = line(event.status, limit=40)
        return News(ignored=f"the deployment is {status}, so nothing changed yet")
    where = line(event.environment, limit=80)
    tier = event.environment_tier
    if not is_production(None if tier is None else tier == "production", where):
        return News(ignored=f"{where or 'the environment'} is not production")
    return News(changes=(_change(event, where),))


def _change(event: _DeploymentIn, where: str) -> Report:
    project = line(event.project.name, limit=80)
    path = line(event.project.path_with_namespace, limit=160)
    name = path.rpartition("/")[2] or project  # "Checkout Service" is checkout-service there
    what = line(event.ref, limit=80) or line(event.short_sha, limit=12) or "a deployment"
    return Report(
        source="gitlab",
        key=f"deployment/{event.deployment_id}",
        service=line(name, limit=80) or "unknown",
        title=words(f"{name} {what} to {where or 'production'}"),
        made_at=event.status_changed_at,
        url=link(event.deployable_url or "", event.commit_url or ""),
        made_by=line(event.user.username if event.user else "", limit=120),
    )
