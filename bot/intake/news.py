"""The pieces that the readers of webhooks share."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator

from incidents.model.text import UserText, clean_line

_FIRST_YEAR, _LAST_YEAR = 2000, 2200
_LINK = re.compile(r"https?://[^\s<>|\"]{1,1990}", re.ASCII)
_MOST_LABELS = 100


def line(text: str, *, limit: int = 200) -> str:
    """One clean line."""
    return clean_line(text, limit=limit).raw


def words(*texts: str) -> UserText:
    """The first of the texts that says something, on one line."""
    return next((found for text in texts if (found := clean_line(text, limit=300))), UserText(""))


def link(*addresses: str) -> str:
    """The first that is a web address; nothing else may become a link."""
    return next((one for one in addresses if _LINK.fullmatch(one)), "")


_PRODUCTION = ("production", "prod", "live")


def is_production(marked: bool | None, where: str) -> bool:  # noqa: FBT001 (the sender's own mark)
    """Whether an environment is: it is marked, or called so; one that nobody names is."""
    named = where.lower().startswith(_PRODUCTION)
    return bool(marked) or named or (marked is None and not where)


def _in_utc(moment: datetime) -> datetime:
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValueError(f"it has to be of a year between {_FIRST_YEAR} and {_LAST_YEAR}")
    return moment.astimezone(UTC)


def _unless_unset(written: object) -> object:
    """Go's zero time, ``0001-01-01T00:00:00Z``, stands for "not yet"."""
    return None if isinstance(written, str) and written[:4] in {"", "0001"} else written


def _tidy(labels: dict[str, str]) -> dict[str, str]:
    if len(labels) > _MOST_LABELS:
        raise ValueError(f"it has to be at most {_MOST_LABELS} labels")
    return {line(name, limit=100): line(value, limit=500) for name, value in labels.items()}


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
MaybeMoment = Annotated[Moment | None, BeforeValidator(_unless_unset)]
Labels = Annotated[dict[str, str], AfterValidator(_tidy)]
