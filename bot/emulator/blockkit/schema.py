"""Small checks that add up to Block Kit: each looks at one JSON value and notes what is wrong.

A problem reads as Slack writes it: what was expected, then a JSON pointer to the value.
"""

from collections.abc import Callable, Mapping
from typing import Any

from bot.emulator.entities import AnyJson

Problems = list[str]
Check = Callable[[Any, str, Problems], None]


def tell(problems: Problems, words: str, at: str) -> None:
    problems.append(f"{words} [json-pointer:{at or '/'}]")


def string(most: int, least: int = 1, *, starts: tuple[str, ...] = ()) -> Check:
    """Text of ``least`` to ``most`` characters, beginning with one of ``starts``."""

    def check(value: AnyJson, at: str, problems: Problems) -> None:
        if not isinstance(value, str):
            tell(problems, "must be a string", at)
        elif len(value) < least:
            tell(problems, f"must be more than {least - 1} characters", at)
        elif len(value) > most:
            tell(problems, f"must be less than {most + 1} characters", at)
        elif starts and not value.startswith(starts):
            tell(problems, "invalid url", at)

    return check


def boolean(value: AnyJson, at: str, problems: Problems) -> None:
    if not isinstance(value, bool):
        tell(problems, "must be a boolean", at)


def integer(least: int, most: int) -> Check:
    def check(value: AnyJson, at: str, problems: Problems) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            tell(problems, "must be an integer", at)
        elif not least <= value <= most:
            tell(problems, f"must be between {least} and {most}", at)

    return check


def anything(_value: AnyJson, _at: str, _problems: Problems) -> None:
    """Accepted as it is."""


def word(*allowed: str) -> Check:
    def check(value: AnyJson, at: str, problems: Problems) -> None:
        if value not in allowed:
            tell(problems, f"must be one of: {', '.join(allowed)}", at)

    return check


def listing(item: Check, least: int, most: int) -> Check:
    """``least`` to ``most`` items."""

    def check(value: AnyJson, at: str, problems: Problems) -> None:
        if not isinstance(value, list):
            tell(problems, "must be an array", at)
            return
        if len(value) < least:
            tell(problems, f"no less than {least} items allowed", at)
        if len(value) > most:
            tell(problems, f"no more than {most} items allowed", at)
        for index, one in enumerate(value[: most + 1]):
            item(one, f"{at}/{index}", problems)

    return check


def record(required: Mapping[str, Check], optional: Mapping[str, Check]) -> Check:
    """An object with these fields and no others."""

    def check(value: AnyJson, at: str, problems: Problems) -> None:
        if not isinstance(value, dict):
            tell(problems, "must be an object", at)
            return
        for name in required:
            if value.get(name) is None:
                tell(problems, f"missing required field: {name}", at)
        for name, one in value.items():
            rule = required.get(name) or optional.get(name)
            if rule is None:
                tell(problems, f"invalid additional property: {name}", at)
            elif one is not None:
                rule(one, f"{at}/{name}", problems)

    return check


def by_type(
    kinds: Callable[[], Mapping[str, Check]], allowed: frozenset[str] | None = None
) -> Check:
    """An object whose ``type`` says which of ``kinds`` it must be."""

    def check(value: AnyJson, at: str, problems: Problems) -> None:
        if not isinstance(value, dict):
            tell(problems, "must be an object", at)
            return
        kind, known = value.get("type"), kinds()
        usable = known.keys() if allowed is None else allowed
        if kind is None:
            tell(problems, "missing required field: type", at)
        elif not isinstance(kind, str) or kind not in known or kind not in usable:
            tell(problems, f"unsupported type: {kind}", f"{at}/type")
        else:
            known[kind](value, at, problems)

    return check


def either(first: Check, second: Check) -> Check:
    """Satisfied by one of two; the problems of the nearer one are told."""

    def check(value: AnyJson, at: str, problems: Problems) -> None:
        tried: list[Problems] = [[], []]
        first(value, at, tried[0])
        second(value, at, tried[1])
        if all(tried):
            problems.extend(tried[0] if len(tried[0]) <= len(tried[1]) else tried[1])

    return check
