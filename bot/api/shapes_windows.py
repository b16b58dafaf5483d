"""Windows as JSON, the same over HTTP and at a terminal."""

from typing import Any

from incidents.model.exclusions import Exclusion
from incidents.queries.windows import Listed
from incidents.store.windows import scope_json


def window_json(one: Listed) -> dict[str, Any]:
    """A window, and the occurrence that holds now or comes next."""
    window, repeats = one.window, one.window.repeats
    return {
        "id": window.id,
        "kind": window.kind.value,
        "title": window.title,
        "for": scope_json(window.scope),
        "from": one.next.span.start.isoformat() if one.next else None,
        "until": one.next.span.end.isoformat() if one.next else None,
        "holds": one.is_on,
        "repeats": repeats.rule if repeats else None,
        "zone": repeats.zone.key if repeats else None,
        "exclude": window.excludes,
        "sensitivity": float(window.sensitivity) if window.sensitivity is not None else None,
        "source": window.source.value,
        "because": window.because,
    }


def exclusion_json(one: Exclusion) -> dict[str, Any]:
    """What does not count, or counts again since ``restored_at``."""
    return {
        "id": one.id,
        "about": list(one.about),
        "from": one.span.start.isoformat(),
        "until": one.span.end.isoformat(),
        "category": one.category.value,
        "because": one.because,
        "window": one.window,
        "by": one.made_by,
        "restored_at": one.lifted_at.isoformat() if one.lifted_at else None,
        "restored_by": one.lifted_by,
    }
