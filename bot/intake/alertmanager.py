"""Alertmanager's webhook, version 4, and Grafana's, which is the same with more in it.

Sloth's, Pyrra's and our own rules' alerts come this way. A firing alert's ``endsAt`` is when it
would time out, or the year 1, so it means nothing until the alert is resolved.
"""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, Field, TypeAdapter

from bot.intake.news import Labels, MaybeMoment, Moment, line, link, words
from incidents.actions.hooks import News
from incidents.model.alerts import Alert, fingerprint_of

_LONGEST_FINGERPRINT = 100
_MOST = 10_000
_PAGES = ("pyrra_url", "dashboard_url")  # annotations: the page on a budget, before the query


class _AlertIn(BaseModel):
    status: Literal["firing", "resolved"]
    labels: Labels
    annotations: Labels = Field(default_factory=dict)
    starts_at: Moment = Field(alias="startsAt")
    ends_at: MaybeMoment = Field(default=None, alias="endsAt")
    fingerprint: str = ""
    generator_url: str = Field(default="", alias="generatorURL")
    dashboard_url: str = Field(default="", alias="dashboardURL")
    panel_url: str = Field(default="", alias="panelURL")


class _DeliveryIn(BaseModel):
    alerts: list[_AlertIn] = Field(max_length=_MOST)
    group_key: str = Field(default="", alias="groupKey")


_DELIVERY = TypeAdapter(_DeliveryIn)


def read_alertmanager(body: dict[str, Any], _headers: Mapping[str, str]) -> News:
    """Raises pydantic's ValidationError."""
    return _read(body, "alertmanager")


def read_grafana(body: dict[str, Any], _headers: Mapping[str, str]) -> News:
    """Raises pydantic's ValidationError."""
    return _read(body, "grafana")


def _read(body: dict[str, Any], source: str) -> News:
    delivery = _DELIVERY.validate_python(body)
    return News(tuple(_alert(one, source, delivery.group_key) for one in delivery.alerts))


def _alert(one: _AlertIn, source: str, group: str) -> Alert:
    name = line(one.labels.get("alertname", "")) or "An alert without a name"
    says = one.annotations.get
    given = line(one.fingerprint, limit=_LONGEST_FINGERPRINT + 1)
    seen = (one.dashboard_url, one.panel_url, one.generator_url)
    is_short = 0 < len(given) <= _LONGEST_FINGERPRINT
    return Alert(
        source=source,
        fingerprint=given if is_short else fingerprint_of(one.labels),
        name=name,
        is_firing=one.status == "firing",
        starts_at=one.starts_at,
        ends_at=one.ends_at if one.status == "resolved" else None,
        labels=one.labels,
        summary=words(*(says(key, "") for key in ("summary", "title", "message", "description"))),
        url=link(*(says(key, "") for key in _PAGES), *seen),
        group=group,
    )
