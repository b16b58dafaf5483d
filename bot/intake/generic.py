"""Plain JSON, for everything that has no format of its own: a script, a cron job, a pipeline.

``{"alerts": [{"name": "DiskFull", "service": "orders-db", "severity": "page"}]}`` opens a room;
the same with ``"status": "resolved"`` tells it that the alert is over. Without ``starts_at`` an
alert means the time that is going on. ``{"changes": [{"service": "checkout", "title": "v42"}]}``
records a change. Both may come together. Unknown fields are refused: they are spelling mistakes.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

from bot.intake.news import Labels, MaybeMoment, line, link, words
from incidents.actions.changes import Report
from incidents.actions.hooks import News
from incidents.model.alerts import Alert, fingerprint_of

_MOST = 1000
_NAMELESS = "An alert without a name"

_Name = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
_Key = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]
_Service = Annotated[str, StringConstraints(max_length=80, strip_whitespace=True)]
_Text = Annotated[str, StringConstraints(max_length=2000)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AlertIn(_Strict):
    """An alert. ``key`` tells alerts apart; without one, name and service do."""

    name: _Name
    status: Literal["firing", "resolved"] = "firing"
    service: _Service = ""
    severity: Annotated[str, StringConstraints(max_length=40)] = ""
    summary: _Text = ""
    url: _Text = ""
    key: _Key | None = None
    starts_at: MaybeMoment = None
    ends_at: MaybeMoment = None
    labels: Labels = Field(default_factory=dict)


class ChangeIn(_Strict):
    """A change of a service. ``key`` names it; without one, everything it says does."""

    service: Annotated[str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True)]
    title: Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True)]
    key: _Key | None = None
    url: _Text = ""
    made_by: Annotated[str, StringConstraints(max_length=120)] = ""
    made_at: MaybeMoment = None


class NewsIn(BaseModel):
    """What a sender may tell."""

    alerts: list[AlertIn] = Field(default_factory=list, max_length=_MOST)
    changes: list[ChangeIn] = Field(default_factory=list, max_length=_MOST)


_NEWS = TypeAdapter(NewsIn)


def read_generic(body: dict[str, Any], _headers: Mapping[str, str]) -> News:
    """Raises pydantic's ValidationError."""
    if not body.keys() & {"alerts", "changes"}:
        return News(ignored="it holds neither alerts nor changes")
    news = _NEWS.validate_python(body)
    return News(tuple(map(_alert, news.alerts)), tuple(map(_change, news.changes)))


def _alert(one: AlertIn) -> Alert:
    name = line(one.name) or _NAMELESS  # of a name that cannot be seen, nothing is left
    own = {"alertname": name, "service": line(one.service), "severity": one.severity}
    labels = {**one.labels, **{label: value for label, value in own.items() if value}}
    named = {"alertname": name, "service": labels.get("service", "")}
    return Alert(
        source="generic",
        fingerprint=line(one.key or "") or fingerprint_of(named),
        name=name,
        is_firing=one.status == "firing",
        starts_at=one.starts_at,
        ends_at=one.ends_at if one.status == "resolved" else None,
        labels=labels,
        summary=words(one.summary),
        url=link(one.url),
    )


def _change(one: ChangeIn) -> Report:
    told = {
        "service": one.service,
        "title": one.title,
        "at": str(one.made_at or ""),
        "url": one.url,
    }
    return Report(
        source="generic",
        key=line(one.key or "") or fingerprint_of(told),
        service=line(one.service, limit=80) or "unknown",
        title=words(one.title, "A change without words"),
        made_at=one.made_at,
        url=link(one.url),
        made_by=line(one.made_by, limit=120),
    )
