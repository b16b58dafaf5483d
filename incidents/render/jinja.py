"""Templates: ours, and those an organisation lays over them, in one hardened environment.

Templates run in Jinja's sandbox and may change nothing. An undefined name is an error, not a gap.
What people typed arrives as `UserText` and leaves only through a filter that escapes it for the
destination: ``{{ title | markdown }}``. Our own templates are filled in right here, those of an
organisation in a process of their own (`confined`).
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from traceback import extract_tb
from typing import Any, Final

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    FileSystemLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateSyntaxError,
    Undefined,
)
from jinja2 import Environment as Jinja
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from incidents import assets
from incidents.errors import Misconfigured, Problem
from incidents.model.text import UserText, csv_cell, html, markdown, plain, shorten
from incidents.render import confined
from incidents.render.tongue import span

_KEPT_FILTERS = frozenset(
    {"abs", "batch", "capitalize", "default", "first", "indent", "int", "join", "last", "length"}
    | {"lower", "map", "max", "min", "reject", "rejectattr", "replace", "reverse", "round"}
    | {"select", "selectattr", "slice", "sort", "sum", "title", "trim", "unique", "upper"}
)
_WAYS_AROUND = frozenset({"raw", "format", "format_map"})  # to a text that nobody escaped
_ALLOWED = (str, int, float)
LARGEST_SOURCE = 50_000  # characters of one template
LARGEST_OUTPUT = 4_000_000  # characters; a thousand timeline entries make a tenth of it
_LONGEST_REPEAT = 10_000  # characters or members that ``*`` may make
_LARGEST_POWER = 10_000  # for both sides of ``**`` together: an answer of this many digits
_LONGEST_FAULT = 300  # characters of a message that a template may have made itself
# Whatever a template does wrong, it does it while it is read or filled in, and raises one of these.
_FAULTS = (
    TemplateError,
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    SyntaxError,
    TypeError,
    ValueError,
)


class Environment(ImmutableSandboxedEnvironment):
    """Jinja's immutable sandbox, which also keeps unescaped text in."""

    intercepted_binops = frozenset({"%", "*", "**"})

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ANN401 (Jinja's own signature)
        """No reaching into what people typed, and no formatting around the escapers."""
        return attr not in _WAYS_AROUND and super().is_safe_attribute(obj, attr, value)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401
        """A remainder is for numbers: with a text, ``%`` would format without escaping.

        Nor may ``*`` and ``**`` make something too large in one step, where no limit could stop it.
        """
        if operator == "%" and isinstance(left, str):
            raise SecurityError("A text cannot be formatted with %.")
        if operator == "*" and _repeated(left, right) > _LONGEST_REPEAT:
            raise SecurityError(f"* would make more than {_LONGEST_REPEAT} characters.")
        if operator == "**" and _digits(left, right) > _LARGEST_POWER:
            raise SecurityError("** would make a number that is too large.")
        return super().call_binop(context, operator, left, right)


def _repeated(left: object, right: object) -> int:
    """How long ``left * right`` is, if it repeats something."""
    things, times = (right, left) if isinstance(left, int) else (left, right)
    if isinstance(things, (str, list, tuple)) and isinstance(times, int):
        return len(things) * times
    return 0


def _digits(base: object, exponent: object) -> int:
    """How many bits ``base ** exponent`` has, roughly."""
    if isinstance(base, int) and isinstance(exponent, int):
        return base.bit_length() * abs(exponent)
    return 0


class _Bounded(FileSystemLoader):
    """Refuses a template that is too large before it is read as Jinja."""

    def get_source(self, environment: Jinja, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, path, is_fresh = super().get_source(environment, template)
        if len(source) > LARGEST_SOURCE:
            what = f"the template is larger than {LARGEST_SOURCE} characters"
            raise TemplateSyntaxError(what, 1, template, path)
        return source, path, is_fresh


@cache
def environment(overrides: Path | None = None) -> Environment:
    """The environment in which every template is written.

    A file under ``overrides`` stands in for ours of the same name. Raises FileNotFoundError if our
    own templates are missing.
    """
    folders = [assets.folder("templates")]
    if overrides is not None:
        folders.insert(0, overrides)
    env = Environment(
        loader=_loader(folders),
        undefined=StrictUndefined,
        finalize=_finalize,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    env.globals = {"range": env.globals["range"], "namespace": env.globals["namespace"]}
    env.filters = {name: env.filters[name] for name in _KEPT_FILTERS} | _FILTERS
    return env


def _loader(folders: list[Path]) -> BaseLoader:
    return ChoiceLoader([_Bounded(folder) for folder in folders])


def write(name: str, values: dict[str, Any], overrides: Path | None = None) -> str:
    """The template called ``name``, filled in. A fault in it is `Misconfigured`, with its place.

    One that stands in ``overrides`` is confined: it gets little memory, and little time.
    """
    if overrides is not None and (overrides / name).is_file():
        return confined.write(name, values, overrides)
    return fill(name, values)


def fill(name: str, values: dict[str, Any], overrides: Path | None = None) -> str:
    """Like `write`, in this very process: for our own templates, and where limits hold already."""
    try:
        template = environment(overrides).get_template(name)
    except TemplateSyntaxError as error:
        raise Misconfigured((fault(error, name),)) from error
    except _FAULTS as error:
        raise Misconfigured((_broken(error, str((overrides or Path()) / name)),)) from error
    try:
        return "".join(_within_bounds(template, values))
    except TemplateSyntaxError as error:  # in a template that this one includes
        raise Misconfigured((fault(error, name),)) from error
    except _FAULTS as error:
        raise Misconfigured((_broken(error, template.filename or name),)) from error


def _within_bounds(template: Template, values: dict[str, Any]) -> Iterator[str]:
    size = 0
    for piece in template.generate(values):
        size += len(piece)
        if size > LARGEST_OUTPUT:
            raise SecurityError(f"The template writes more than {LARGEST_OUTPUT} characters.")
        yield piece


def prose(text: UserText | str) -> str:
    """For CommonMark, several lines: paragraphs stay, lines that begin with ``-`` become a list.

    Everything else that could mean something is escaped.
    """
    blocks: list[str] = []
    paragraph: list[str] = []
    for line in [*plain(text).splitlines(), ""]:
        words = line.strip()
        item = words[:2] in {"- ", "* ", "• "}
        if paragraph and (item or not words):
            blocks.append("\\\n".join(paragraph))
            paragraph = []
        if item:
            blocks.append(f"- {_line(words[2:])}")
        elif words:
            paragraph.append(_line(words))
    return "".join(_spaced(blocks)).rstrip("\n")


def _line(words: str) -> str:
    """One line, escaped. A line of ``=`` would turn the line before it into a heading."""
    escaped = markdown(words)
    return f"\\{escaped}" if escaped.startswith("=") else escaped


def _spaced(blocks: list[str]) -> Iterator[str]:
    for index, block in enumerate(blocks):
        following = blocks[index + 1] if index + 1 < len(blocks) else ""
        both_items = block.startswith("- ") and following.startswith("- ")
        yield block + ("\n" if both_items else "\n\n")


def table(rows: Iterable[Iterable[str]], *headers: str) -> str:
    """A table as GitHub writes it. Cells are escaped before, and have no line breaks."""
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join(f"| {' | '.join(map(str, cells))} |" for cells in lines)


def _finalize(value: Any) -> Any:  # noqa: ANN401 (whatever a template wants to write)
    if isinstance(value, UserText):
        raise TypeError("This text was typed by people: say how to escape it, as in “| markdown”.")
    if isinstance(value, (*_ALLOWED, Undefined)):
        return value
    if value is None:
        return ""
    raise TypeError(f"A template cannot write a {type(value).__name__}.")


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _clock(at: datetime) -> str:
    return f"{at:%H:%M} UTC"


def _duration(length: timedelta) -> str:
    return span(length)


def _sentence_list(words: Iterable[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    parts = [str(word) for word in words]
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


_FILTERS: dict[str, Callable[..., Any]] = {
    "markdown": markdown,
    "prose": prose,
    "plain": plain,
    "html": html,
    "csv": csv_cell,
    "table": table,
    "moment": _moment,
    "clock": _clock,
    "span": _duration,
    "sentence": _sentence_list,
}


def _broken(error: Exception, name: str) -> Problem:
    """Where in a template something went wrong as it was filled in: the last of its lines."""
    frames = [one for one in extract_tb(error.__traceback__) if one.filename.endswith(".j2")]
    file, line = (frames[-1].filename, frames[-1].lineno) if frames else (name, 1)
    what = _WORDS.get(type(error), "") or str(error) or type(error).__name__
    return Problem(file, line or 1, 1, shorten(what, _LONGEST_FAULT))


_WORDS: Final[dict[type[Exception], str]] = {
    MemoryError: "the template needs too much memory",
    RecursionError: "the template includes or calls itself without an end",
}


def fault(error: TemplateSyntaxError, shown: str) -> Problem:
    """What is not Jinja in a template, with its place."""
    what = shorten(error.message or "not valid Jinja", _LONGEST_FAULT)
    return Problem(error.filename or shown, error.lineno, 1, what)
