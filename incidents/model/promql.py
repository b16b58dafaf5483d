"""Queries of OpenSLO files, asked for the events of a stretch of time.

A file names a counter: ``sum(requests_total{code!~"5.."})``. How many events that were in a minute
is ``sum(increase(requests_total{code!~"5.."}[1m]))``: every selector in it gets a range. Queries
with ``{{.window}}`` in them have their ranges already.
"""

import re
from collections.abc import Iterator

_WINDOW = re.compile(r"\{\{\s*\.window\s*\}\}")
_RATE = re.compile(r"\b(?:rate|irate)(?=\s*\()")
_TOKEN = re.compile(
    r"""(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)"""
    r"|(?P<number>\d[\w.]*)|(?P<name>[A-Za-z_:][\w:]*)|(?P<space>\s+)|(?P<other>.)",
    re.DOTALL,
)
_LABELS_FOLLOW = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
_WORDS = frozenset({"and", "or", "unless", "bool", "atan2", "inf", "nan"})
_MOVED = frozenset({"offset", "@"})

_Token = tuple[str, str]  # kind, text


class Unaskable(ValueError):
    """A query that cannot be asked for the events of a stretch of time; the words say why."""


def counting(query: str, span: str, *, is_counter: bool = True) -> str:
    """What answers with the events of the last ``span``. Raises `Unaskable`.

    A number that is no counter is taken as what happened since the sample before it.
    """
    if _WINDOW.search(query):
        return _RATE.sub("increase", _WINDOW.sub(span, query))
    return "".join(
        _ranged(list(_tokens(query)), span, "increase" if is_counter else "sum_over_time")
    )


def text(value: str) -> str:
    """A string in PromQL."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def any_of(names: Iterator[str] | list[str]) -> str:
    """A regular expression, as a string in PromQL, that only these match."""
    return text("|".join(re.sub(r"([^\w/:-])", r"\\\1", name) for name in names))


def _tokens(query: str) -> Iterator[_Token]:
    for found in _TOKEN.finditer(query):
        yield found.lastgroup or "", found.group()


def _ranged(tokens: list[_Token], span: str, function: str) -> Iterator[str]:
    place = 0
    while place < len(tokens):
        kind, word = tokens[place]
        after = _next(tokens, place + 1)
        if (kind == "name" and word.lower() in _MOVED) or word == "@":
            raise Unaskable(f"{word} in a query moves it to another time")
        if kind == "name" and word.lower() in _LABELS_FOLLOW:
            end = _closed(tokens, after, "(", ")") if _is(tokens, after, "(") else place + 1
            yield _joined(tokens[place:end])
            place = end
        elif kind == "name" and (word.lower() in _WORDS or _is_called(tokens, after)):
            yield word
            place += 1
        elif kind == "name" or word == "{":
            end = place + 1 if kind == "name" else place
            if _is(tokens, _next(tokens, end), "{"):
                end = _closed(tokens, _next(tokens, end), "{", "}")
            if _is(tokens, _next(tokens, end), "["):
                raise Unaskable("the query has a range of its own; write {{.window}} for it")
            yield f"{function}({_joined(tokens[place:end])}[{span}])"
            place = end
        else:
            yield word
            place += 1


def _is_called(tokens: list[_Token], after: int) -> bool:
    """``rate(``, or ``sum by (``."""
    return _is(tokens, after, "(", "by", "without")


def _next(tokens: list[_Token], place: int) -> int:
    while place < len(tokens) and tokens[place][0] == "space":
        place += 1
    return place


def _is(tokens: list[_Token], place: int, *words: str) -> bool:
    return place < len(tokens) and tokens[place][1].lower() in words


def _closed(tokens: list[_Token], place: int, opening: str, closing: str) -> int:
    """The place behind the bracket that closes the one at ``place``."""
    depth = 0
    for end in range(place, len(tokens)):
        depth += (tokens[end][1] == opening) - (tokens[end][1] == closing)
        if not depth:
            return end + 1
    raise Unaskable(f"a {opening} in the query is never closed")


def _joined(tokens: list[_Token]) -> str:
    return "".join(word for _, word in tokens)
