"""What is wrong with what was sent: which field, what was given there, and what was expected."""

import json
import re
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any

from incidents.model.text import shorten

SECRETS = (
    r"xox[abeprs]-[A-Za-z0-9-]+|xapp-[A-Za-z0-9-]+|wr[ht]_[A-Za-z0-9_-]+"
    r"|(?i:bearer)\s+[A-Za-z0-9._~+/=-]+"
    r"|(?:hooks\.slack\.com/[a-z]+|/workspace/hooks)/[A-Za-z0-9/_-]+"
)
"""What looks like a secret wherever it stands: it is neither logged nor sent back."""

MOST = 100
_LONGEST = 100  # characters of what was given
_LONGEST_STEP = 60  # characters of one step of a field's name: it may be the sender's own
_MOST_TOLD = 3
_MOST_NAMES = 12
_MOST_BITS = 256  # of a number that is repeated
_PRIVATE = re.compile(
    r"token|secret|passw|authori[sz]ation|credential|signature|cookie|(?:api|private)[_-]?key",
    re.IGNORECASE,
)
_SECRET = re.compile(SECRETS)

Known = Callable[[Sequence[int | str]], Sequence[str]]
"""The names of the fields that there are at a place."""


def no_names(_: Sequence[int | str]) -> Sequence[str]:
    """Where it is not known what there could be."""
    return ()


def told(one: Any, known: Known) -> dict[str, Any]:  # noqa: ANN401 (a TypedDict that FastAPI does not name)
    """One of pydantic's ErrorDetails: its place in a list (``index``), its field, what and why.

    ``given`` is left out where nothing was given, where it may be secret, and where a sender's own
    words are not to be repeated.
    """
    steps = [_SECRET.sub("[secret]", str(step))[:_LONGEST_STEP] for step in one["loc"]]
    index = next((step for step in one["loc"] if isinstance(step, int)), None)
    place = {} if index is None else {"index": index}
    given = _given(one)
    return {
        **place,
        "field": ".".join(steps),
        "reason": one["msg"],
        **({"given": given} if given else {}),
        "expected": _expected(one, known),
    }


def in_words(faults: Sequence[dict[str, Any]], all_of_them: int) -> str:
    """What is wrong for a person: the first few in full, of ``all_of_them``."""
    lines = [_line(one) for one in faults[:_MOST_TOLD]]
    more = all_of_them - len(lines)
    return " ".join([*lines, f"And {more} more: see errors."] if more > 0 else lines)


def _line(one: dict[str, Any]) -> str:
    given = f", not {one['given']}" if "given" in one else ""
    return f"{one['field'] or 'the body'}: expected {one['expected']}{given}."


def _given(one: Any) -> str:  # noqa: ANN401
    if one["type"] in {"missing", "extra_forbidden"} or "input" not in one:
        return ""
    if any(_PRIVATE.search(str(step)) for step in one["loc"]):
        return ""
    return shorten(_SECRET.sub("[secret]", _shown(one["input"])), _LONGEST)


def _shown(value: Any) -> str:  # noqa: ANN401 (whatever JSON can be)
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        return "a number of very many digits"
    return json.dumps(value, ensure_ascii=False, default=lambda what: type(what).__name__)


_A_MOMENT = "a moment with its offset, such as 2026-11-21T10:00:00Z"
_BY_KIND = (
    ("datetime", _A_MOMENT),
    ("timezone", _A_MOMENT),
    ("bool", "true or false"),
    ("missing", "a value: it is missing"),
)
_AS_WE_SAY = (
    (re.compile(r"^Value error, (?:it has to be )?"), ""),
    (re.compile(r"^\w+ should (?:be |have )?"), ""),
    (re.compile(r" after validation, not \d+$|, (?:unable to|got) .*$"), ""),
    (re.compile(r"greater than or equal to"), "at least"),
    (re.compile(r"less than or equal to"), "at most"),
    (re.compile(r"^match pattern "), "what matches "),
    (re.compile(r"^a valid dictionary.*"), "an object"),
    (re.compile(r"^a valid string"), "text"),
)


def _expected(one: Any, known: Known) -> str:  # noqa: ANN401
    if one["type"] == "extra_forbidden":
        return _other_names(str(one["loc"][-1]), known(one["loc"][:-1]))
    for kind, words in _BY_KIND:
        if one["type"].startswith(kind):
            return words
    words = one["msg"]
    for written, said in _AS_WE_SAY:
        words = written.sub(said, words)
    return str(words)


def _other_names(name: str, names: Sequence[str]) -> str:
    """No field of that name, but which."""
    near = get_close_matches(name[:_LONGEST_STEP], names, n=1)
    if near:
        return f"no field of that name, but {near[0]}"
    if not names:
        return "no field of that name"
    rest = ", …" if len(names) > _MOST_NAMES else ""
    return f"no field of that name, but {', '.join(names[:_MOST_NAMES])}{rest}"
