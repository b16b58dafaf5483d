"""Puts the slash command, as this workspace calls it, where rules and messages mean one."""

from typing import Any, TypeVar

from incidents.model.commands import Say, shown

_Part = TypeVar("_Part")


def shown_in(part: _Part, say: Say) -> _Part:
    """Blocks, a view or the arguments of a call, with ``say`` in every text."""
    return _shown(part, say)  # type: ignore[no-any-return]  # what goes in comes out


def _shown(part: Any, say: Say) -> Any:  # noqa: ANN401 (anything that JSON can be)
    if isinstance(part, str):
        return shown(part, say)
    if isinstance(part, dict):
        return {name: _shown(value, say) for name, value in part.items()}
    if isinstance(part, list | tuple):
        return [_shown(value, say) for value in part]
    return part
