"""``paging:`` of a team or a person.

``slack``, ``webhook``, ``{pagerduty: NAME}``, ``{goalert: NAME}``.

``NAME`` is what the key is called in the settings: no key stands in a file.
"""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator

from incidents.catalog.values import fault
from incidents.model.paging import Way, WayKind

_ALONE = frozenset({WayKind.SLACK, WayKind.WEBHOOK})
_KEYED = frozenset(WayKind) - _ALONE
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
_EXPECTED = "slack, webhook, {pagerduty: NAME} or {goalert: NAME}"


def _way(written: Any) -> Way:  # noqa: ANN401 (YAML holds anything)
    if isinstance(written, str) and written in _ALONE:
        return Way(WayKind(written))
    if isinstance(written, dict) and len(written) == 1:
        ((kind, target),) = written.items()
        if kind in _KEYED and isinstance(target, str) and _NAME.fullmatch(target):
            return Way(WayKind(kind), target)
    raise fault("this is no way to page somebody", _EXPECTED)


WayText = Annotated[Way, BeforeValidator(_way)]
