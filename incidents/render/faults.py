"""What is wrong with an organisation's own templates, found before anybody needs them at 3 a.m.

Each is read, and filled in once with an invented incident.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from incidents import assets
from incidents.errors import Misconfigured, Problem
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.incident import Incident
from incidents.model.lifecycle import Status
from incidents.model.postmortem import Postmortem
from incidents.model.severity import Severity
from incidents.model.text import UserText
from incidents.render import confined, postmortem, updates

_AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
_INVENTED = Incident(
    number=IncidentNumber(1),
    title=UserText("Checkout answers with errors"),
    severity=Severity.SEV2,
    status=Status.INVESTIGATING,
    services=("checkout",),
    source="slack",
    declared_by=PersonId("U1"),
    declared_at=_AT,
    started_at=_AT,
    detected_at=_AT,
    detected_by="person",
    room_name="inc-1-checkout",
    version=1,
    impact=UserText("Some orders fail."),
)


def problems(overrides: Path) -> tuple[Problem, ...]:
    """Every fault, in file order; () if there are none."""
    return tuple(sorted(_faults(overrides))) if overrides.is_dir() else ()


def _faults(overrides: Path) -> Iterator[Problem]:
    ours = {path.relative_to(assets.folder("templates")) for path in _files(None)}
    for path in _files(overrides):
        name = path.relative_to(overrides)
        if name not in ours:
            known = " or ".join(sorted(map(str, ours)))
            what = "no template of warroom's has this name"
            yield Problem(str(path), 1, 1, what, known)
            continue
        try:
            path.read_text(encoding="utf-8")
            confined.write(name.as_posix(), _values(name.as_posix()), overrides)
        except UnicodeDecodeError as error:
            yield Problem(str(path), 1, 1, f"byte {error.start} is not UTF-8", "a UTF-8 file")
        except Misconfigured as error:
            yield from error.problems


def _values(name: str) -> dict[str, Any]:
    """What the template would be given for the invented incident."""
    if name == postmortem.TEMPLATE:
        empty = Postmortem(
            incident=_INVENTED,
            state="draft",
            owner=None,
            people={},
            entries=(),
            roles=(),
            updates=(),
            actions=(),
            spent=(),
            sections={},
        )
        return postmortem.values_of(empty)
    situation = updates.Situation(
        incident=_INVENTED,
        now=_AT,
        services=("Checkout",),
        commander="@ana",
        last_at=None,
        next_at=_AT,
        since=(),
    )
    return updates.values_of(situation, {})


def _files(folder: Path | None) -> list[Path]:
    return sorted((folder or assets.folder("templates")).rglob("*.j2"))
