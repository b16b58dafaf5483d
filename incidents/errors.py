"""What can go wrong in a way that a person can act on."""

from dataclasses import dataclass


class WarroomError(Exception):
    """Every error whose words are meant for people."""


class Refused(WarroomError):
    """The rules say no, and say what would make them say yes.

    ``why`` and ``instead`` are whole sentences in plain text, without any markup.
    """

    def __init__(self, why: str, *, instead: str = "") -> None:
        super().__init__(f"{why} {instead}".strip())
        self.why = why
        self.instead = instead


class Forbidden(Refused):
    """The rules would allow it, but not for this person."""


class NotFound(Refused):
    """Nothing goes by that name; ``instead`` says where to look."""


class Unclear(Refused):
    """The words have more than one reading; ``readings`` are the choices, best first.

    A reading is what the person could have typed instead, with what it would mean.
    """

    def __init__(self, why: str, *, readings: tuple[tuple[str, str], ...]) -> None:
        super().__init__(why, instead="Did you mean " + " or ".join(m for _, m in readings) + "?")
        self.readings = readings


class Conflict(WarroomError):
    """Somebody else changed the same thing first. Trying again with fresh eyes may work."""


class Unavailable(WarroomError):
    """The database cannot be used at the moment; nothing was changed. Trying again is right."""


class Repeated(WarroomError):
    """That very input was taken before; nothing was done a second time.

    ``incident`` is the number of the incident it led to, if it led to one.
    """

    def __init__(self, incident: int | None = None) -> None:
        super().__init__("That is already done.")
        self.incident = incident


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault in a configuration file: where, what, and what was expected.

    ``line`` and ``column`` count from 1. A warning does not keep the configuration from being used.
    """

    file: str
    line: int
    column: int
    what: str
    expected: str = ""
    is_warning: bool = False

    def __str__(self) -> str:
        head = "warning: " if self.is_warning else ""
        tail = f", expected {self.expected}" if self.expected else ""
        return f"{self.file}:{self.line}:{self.column}: {head}{self.what}{tail}"


class Misconfigured(WarroomError):
    """The configuration has problems; all of them are in ``problems``, in file order."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
