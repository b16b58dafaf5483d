"""YAML as plain dicts and lists that remember where everything stood.

Two readers make the same nodes. ruamel.yaml knows all of YAML 1.2 and words its faults well, and
takes half a minute for 5 000 services. libyaml takes a second, and is trusted with the plain part
of the language that both understand alike: whatever looks unusual (aliases, tags, directives,
doubled keys, odd numbers, any fault) is read again by ruamel.yaml, which decides.
"""

import re
from collections.abc import Hashable, Iterator, Mapping
from datetime import date
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.error import YAMLError as YAMLError  # noqa: PLC0414 (what `read` raises)
from ruamel.yaml.resolver import implicit_resolvers

try:
    from yaml._yaml import CParser as _Parser

    HAS_LIBYAML = True
except ImportError:  # PyYAML was built without it
    _Parser = object
    HAS_LIBYAML = False

Place = tuple[int, int]
"""Line and column, both from 1."""


class Map(dict[Any, Any]):
    """A mapping, where it begins, and where each of its keys stands."""

    __slots__ = ("at", "places")

    def __init__(self, at: Place) -> None:
        super().__init__()
        self.at = at
        self.places: dict[Hashable, Place] = {}


class Seq(list[Any]):
    """A list, where it begins, and where each of its items stands."""

    __slots__ = ("at", "places")

    def __init__(self, at: Place) -> None:
        super().__init__()
        self.at = at
        self.places: list[Place] = []


class Unusual(Exception):
    """More than the quick reader is trusted with."""


def read(text: str) -> list[Any]:
    """The documents in ``text``. Raises ruamel.yaml's `YAMLError`, or `ValueError`."""
    try:
        return read_quickly(text)
    except Unusual:
        return read_thoroughly(text)


def read_thoroughly(text: str) -> list[Any]:
    """By ruamel.yaml. Raises its `YAMLError`, or `ValueError`."""
    yaml_1_2 = YAML(typ="rt", pure=True)
    yaml_1_2.Constructor = _Constructor
    return [_plain(one) for one in yaml_1_2.load_all(text)]


class _Constructor(RoundTripConstructor):
    """ruamel.yaml takes ``-_`` and ``0x_`` for numbers and fails on them; here they are text."""

    def construct_number(self, node: Any) -> Any:  # noqa: ANN401 (YAML holds anything)
        is_whole = node.tag.endswith("int")
        try:
            return self.construct_yaml_int(node) if is_whole else self.construct_yaml_float(node)
        except (IndexError, ValueError):
            return self.construct_scalar(node)


for _kind in ("int", "float"):
    _Constructor.add_constructor(f"tag:yaml.org,2002:{_kind}", _Constructor.construct_number)


def read_quickly(text: str) -> list[Any]:
    """By libyaml, if it is there. Raises `Unusual`."""
    if not HAS_LIBYAML or _UNUSUAL.search(text):
        raise Unusual
    try:
        return [_built(one) for one in _composed(text)]
    except (yaml.YAMLError, ValueError, RecursionError):
        raise Unusual from None


_UNUSUAL = re.compile(
    "[\ufeff\x85\u2028\u2029\t\r\x00]"  # what breaks lines in YAML 1.1, and tabs
    r"|^%|^---[ ]*\S|^\.\.\."  # directives, and what shares a line with the end of a document
    r"|(?:^|[\s:\[{,?-])(?:[*&]\S|!)"  # aliases, anchors, tags
    r"|(?:^|[\s\[{,-])\?(?:\s|$)"  # keys that are more than a word
    r"|[|>][-+0-9]*#"  # a comment that touches the sign before it
    r"|:[\[{\"'*&!|>]|[\"'\]}]:\S",  # the language changed in what may stand beside a colon
    re.MULTILINE,
)
_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,17}")
_FRACTION = re.compile(r"-?[0-9]{1,9}\.[0-9]{1,9}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WORDS = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_NOT_TEXT = re.compile(
    "|".join(
        f"(?x:{regexp.pattern}\n)"
        for versions, _, regexp, _ in implicit_resolvers
        if (1, 2) in versions
    )
)
_MAYBE = frozenset("-+.0123456789~<=")  # what anything but words begins with
_PLAIN, _TEXT = "plain", "text"


def _composed(text: str) -> Iterator[Any]:
    loader = _Loader(text)
    try:
        while loader.check_node():
            yield loader.get_node()
    finally:
        loader.dispose()


class _Loader(_Parser):  # type: ignore[misc]  # typed as Any
    """Composes nodes; what scalars mean is decided afterwards."""

    def resolve(self, _kind: object, _value: object, implicit: object) -> str:
        """A scalar is told what it may be: something else when plain, or text in any case."""
        return _PLAIN if isinstance(implicit, tuple) and implicit[0] else _TEXT

    def descend_resolver(self, _node: object, _index: object) -> None:
        """Nothing depends on where a node is."""

    def ascend_resolver(self) -> None:
        """Nothing depends on where a node is."""


def _built(node: Any) -> Any:  # noqa: ANN401 (YAML holds anything)
    mark = node.start_mark
    at = (mark.line + 1, mark.column + 1)
    if node.id == "scalar":
        return _value(node)
    if node.id == "sequence":
        found = Seq(at)
        for each in node.value:
            mark = each.start_mark
            found.places.append((mark.line + 1, mark.column + 1))
            found.append(_value(each) if each.id == "scalar" else _built(each))
        return found
    whole = Map(at)
    for key, each in node.value:
        if key.id != "scalar":
            raise Unusual
        name = _value(key)
        if name in whole or name == "<<" or not isinstance(name, str | int):
            raise Unusual
        mark = key.start_mark
        whole.places[name] = (mark.line + 1, mark.column + 1)
        whole[name] = _value(each) if each.id == "scalar" else _built(each)
    return whole


def _value(node: Any) -> Any:  # noqa: ANN401 (YAML holds anything)
    """What a scalar means in YAML 1.2."""
    text = node.value
    if node.tag == _TEXT:
        return text
    if node.tag != _PLAIN:
        raise Unusual
    if text in _WORDS:
        return _WORDS[text]
    return text if text[0] not in _MAYBE else _number(text)


def _number(text: str) -> Any:  # noqa: ANN401 (YAML holds anything)
    """A number, a date, or what only begins like one."""
    if _NUMBER.fullmatch(text):
        return int(text)
    if _FRACTION.fullmatch(text):
        return float(text)
    if _DAY.fullmatch(text):
        return date.fromisoformat(text)
    if _NOT_TEXT.match(text):
        raise Unusual
    return text


def means_text(text: str) -> bool:
    """Whether ``text``, written without quotes, is read as text by anybody's YAML 1.2."""
    return text not in _WORDS and not _NOT_TEXT.match(text)


def _plain(node: Any) -> Any:  # noqa: ANN401 (YAML holds anything)
    """ruamel.yaml's nodes as ours; what a merge key brought in has no place of its own."""
    if isinstance(node, CommentedMap):
        whole = Map((node.lc.line + 1, node.lc.col + 1))
        whole.update((key, _plain(value)) for key, value in node.items())
        whole.places = _places(node.lc.data)
        return whole
    if isinstance(node, CommentedSeq):
        found = Seq((node.lc.line + 1, node.lc.col + 1))
        found.extend(_plain(value) for value in node)
        places = _places(node.lc.data)
        found.places = [places.get(number, found.at) for number in range(len(found))]
        return found
    return _scalar(node)


def _places(marks: Mapping[Any, Any] | None) -> dict[Hashable, Place]:
    return {key: (mark[0] + 1, mark[1] + 1) for key, mark in (marks or {}).items()}


def _scalar(node: Any) -> Any:  # noqa: ANN401 (YAML holds anything)
    """Without ruamel.yaml's own classes, so that pydantic's strict types see the plain ones."""
    if isinstance(node, bool) or node is None:
        return node
    for kind in (str, int, float):
        if isinstance(node, kind):
            return kind(node)
    return node
