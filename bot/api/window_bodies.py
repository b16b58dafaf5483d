"""What is sent and answered about windows and exclusions."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from incidents.model.windows import WindowKind

_Name = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9._/-]*[a-z0-9])?$", max_length=160)
]
_Text = Annotated[str, StringConstraints(max_length=300, strip_whitespace=True)]
_Names = Annotated[list[_Name], Field(max_length=100)]
_Tier = Annotated[int, Field(strict=True, ge=1, le=4)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class ScopeIn(_Strict):
    """Any service that one of these names; ``dependencies`` with all that need them."""

    services: _Names = Field(default_factory=list)
    teams: _Names = Field(default_factory=list)
    tiers: Annotated[list[_Tier], Field(max_length=4)] = Field(default_factory=list)
    dependencies: _Names = Field(default_factory=list)
    vendors: _Names = Field(default_factory=list)
    everything: bool = False


class WindowIn(_Strict):
    """A window: from ``from`` (now, if it is left out) until ``until``.

    With ``repeats``, a rule like ``FREQ=WEEKLY;BYDAY=SA``, again and again on the clocks of
    ``zone``. ``exclude``: what fails in a maintenance does not count for budgets. ``sensitivity``
    multiplies the burn rates that alerts need in a peak or a marketing event.
    """

    kind: WindowKind
    scope: ScopeIn = Field(alias="for")
    start: AwareDatetime | None = Field(default=None, alias="from")
    until: AwareDatetime
    repeats: Annotated[str, StringConstraints(max_length=200)] | None = None
    zone: Annotated[str, StringConstraints(max_length=60)] = "UTC"
    title: _Text = ""
    because: _Text = ""
    exclude: bool = False
    sensitivity: Annotated[float, Field(gt=0, le=10)] | None = None


class ExclusionIn(_Strict):
    """What does not count: of an SLO, of a service, or ``everything``."""

    about: _Name
    start: AwareDatetime = Field(alias="from")
    until: AwareDatetime
    category: Literal["network", "dependency", "out-of-scope", "miscategorised", "planned"]
    because: Annotated[_Text, StringConstraints(min_length=1)]


class _Complete(BaseModel):
    model_config = ConfigDict(extra="forbid")


class WindowOut(_Complete):
    """A window, and the occurrence that holds now (``holds``) or comes next."""

    id: str
    kind: str
    title: str
    scope: dict[str, list[str] | list[int] | bool] = Field(alias="for")
    start: str | None = Field(alias="from")
    until: str | None
    holds: bool
    repeats: str | None
    zone: str | None
    exclude: bool
    sensitivity: float | None
    source: str
    because: str


class WindowsOut(_Complete):
    """Windows that hold or come within a year."""

    windows: list[WindowOut]


class ExclusionOut(_Complete):
    """What does not count for budgets; it counts again since ``restored_at``."""

    id: str
    about: list[str]
    start: str = Field(alias="from")
    until: str
    category: str
    because: str
    window: str | None
    by: str
    restored_at: str | None
    restored_by: str | None


class ExclusionsOut(_Complete):
    """What does not count, the newest first."""

    exclusions: list[ExclusionOut]
