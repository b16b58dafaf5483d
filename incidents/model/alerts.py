"""What a monitoring system says is wrong: how loudly to take it, which service it means, what for.

Every system writes its labels in its own way. The tables here are all that is known about that.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from incidents.model.budget_alerts import budget_alert, outage_of
from incidents.model.burn import Loudness
from incidents.model.objective import SLOName
from incidents.model.severity import Severity, parse_severity
from incidents.model.text import NOTHING, UserText, clean_line

UNKNOWN_TIER = 3  # of a service that nobody described

SOURCES = ("alertmanager", "generic", "github", "gitlab", "grafana")
"""Who may deliver webhooks."""

PROMETHEUS = "prometheus"
"""Who is asked by ourselves, and heard of by that."""

SERVICE_LABELS = (
    "service", "sloth_service", "service_name", "app", "app_kubernetes_io_name", "application",
    "component", "slo_domain", "job", "deployment",
)  # fmt: skip
"""Where the name of a service is looked for, the likeliest first."""

SEVERITY_LABELS = (
    "severity", "sloth_severity", "pyrra_severity", "grafana_slo_severity", "priority", "level",
)  # fmt: skip
"""Where the urgency is looked for, the likeliest first."""

_CRITICAL = ("critical", "emergency", "fatal", "disaster", "crit", "p0", "p1")
_PAGE = ("page", "high", "major", "urgent", "error", "p2")
_TICKET = ("ticket", "warning", "warn", "minor", "medium", "average", "p3", "p4")
_QUIET = ("info", "information", "informational", "notice", "low", "none", "debug", "ok", "p5")

_LOUDNESS = {
    **dict.fromkeys((*_CRITICAL, *_PAGE), Loudness.PAGE),
    **dict.fromkeys(_TICKET, Loudness.TICKET),
    **dict.fromkeys(_QUIET, Loudness.QUIET),
}
# By tier, 1 being what customers cannot do without.
_IF_CRITICAL = {1: Severity.SEV1, 2: Severity.SEV2, 3: Severity.SEV3, 4: Severity.SEV4}
_IF_PAGE = {1: Severity.SEV2, 2: Severity.SEV2, 3: Severity.SEV3, 4: Severity.SEV4}
_LONGEST_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert of a monitoring system, firing or over.

    ``source`` and ``fingerprint`` name the thing that is watched, ``starts_at`` the one time it
    went wrong; None stands for "whatever is going on now", from senders that keep no state.
    ``group`` names the group the sender put it in, if it did.
    """

    source: str
    fingerprint: str
    name: str
    is_firing: bool
    starts_at: datetime | None
    ends_at: datetime | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    summary: UserText = NOTHING
    url: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Urgency:
    """How loud an alert is, how bad that makes an incident, and why."""

    loudness: Loudness
    severity: Severity
    because: str


@dataclass(frozen=True, slots=True)
class Meant:
    """The service an alert is about, by its name in the catalogue; None with the reason.

    ``slo`` is the promise of ours that it is about, if it is about one.
    """

    service: str | None
    because: str
    slo: SLOName | None = None


def service_of(labels: Mapping[str, str], known: Callable[[str], str | None]) -> Meant:
    """The first label that names a service. ``known`` gives the name for a name or alias, or None.

    ``job: shop/checkout`` means ``checkout``, as Kubernetes writes it.
    """
    seen: list[str] = []
    for label in SERVICE_LABELS:
        value = labels.get(label, "").strip()
        if not value:
            continue
        found = known(value) or known(value.rpartition("/")[2])
        if found is not None:
            return Meant(found, f"its label {label} is {shown(value)}")
        seen.append(f"{label}={shown(value)}")
    if seen:
        return Meant(None, f"no service goes by any of {', '.join(seen)}")
    return Meant(None, "no label names a service")


def urgency_of(labels: Mapping[str, str], tier: int | None) -> Urgency:
    """How loud and how bad, from the sender's word and the tier of the service (None: unknown).

    A word that nobody knows, or none at all, is worth a ticket: it wakes nobody by accident. Of a
    budget that burns, "critical" is the louder of two words, and no more than a page.
    """
    label, word = _word(labels)
    row = min(max(tier or UNKNOWN_TIER, 1), 4)
    whose = f"tier {row}" if tier else f"taken as tier {row}, nobody described the service"
    exact = parse_severity(word) if word.startswith("sev") else None
    if exact is not None:
        loudness = Loudness.PAGE if exact.rank <= Severity.SEV2.rank else Loudness.TICKET
        return Urgency(loudness, exact, f"{exact.value}: the label {label} says so")
    loudness = _LOUDNESS.get(word, Loudness.TICKET)
    is_worst = word in _CRITICAL and budget_alert(labels) is None
    severity = (_IF_CRITICAL if is_worst else _IF_PAGE)[row]
    if not word:
        return Urgency(loudness, severity, "no label says how urgent it is, so it is a ticket")
    if word not in _LOUDNESS:
        because = f"{label} is {shown(word)}, which is no word we know, so it is a ticket"
        return Urgency(loudness, severity, because)
    if loudness is not Loudness.PAGE:
        return Urgency(loudness, severity, f"{label} is {word}, which wakes nobody")
    return Urgency(loudness, severity, f"{severity.value}: {label} is {word}, and {whose}")


def outage_key(alert: Alert, service: str | None, slo: SLOName | None = None) -> str:
    """The name of the outage that this alert is a signal of: the same for its whole group.

    The promise that we judge ourselves too, or the service and the alert's name, or else the
    sender's group, or else the alert alone. At most 200 characters.
    """
    if slo:
        return outage_of(slo)
    if service:
        return f"alert/{service}/{_digest(alert.name) if len(alert.name) > 80 else alert.name}"  # noqa: PLR2004
    return f"alert/{alert.source}/{_digest(alert.group or alert.fingerprint)}"


def title_of(alert: Alert, service: str | None) -> UserText:
    """What the incident is called: the summary or the name, with the service in front."""
    about = budget_alert(alert.labels)
    words = alert.summary.raw or (f"{about.name} burns its error budget" if about else alert.name)
    if service and service.lower() not in words.lower():
        words = f"{service}: {words}"
    return clean_line(words, limit=150)


def fingerprint_of(labels: Mapping[str, str]) -> str:
    """A name for what is watched, from all of its labels, for senders that give none."""
    return _digest("\x1f".join(f"{name}\x1e{labels[name]}" for name in sorted(labels)))


def shown(value: str) -> str:
    """A value from outside, in a length that fits a sentence."""
    return clean_line(value, limit=_LONGEST_SHOWN).raw


def _word(labels: Mapping[str, str]) -> tuple[str, str]:
    for label in SEVERITY_LABELS:
        word = labels.get(label, "").strip().lower()
        if word:
            return label, word
    return "", ""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
