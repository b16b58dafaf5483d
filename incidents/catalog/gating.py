"""``gate:`` in ``warroom.yaml``: how strict the gate of each service is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from incidents.catalog.files import Strict
from incidents.catalog.values import Word, fault
from incidents.model.gate import STANDARD, Rules, Verdict
from incidents.model.ids import ServiceName
from incidents.model.severity import Severity


@dataclass(frozen=True, slots=True)
class Gating:
    """The rules of every service, and of some their own."""

    rules: Rules = STANDARD
    services: Mapping[ServiceName, Rules] = field(default_factory=dict)

    def rules_for(self, service: ServiceName) -> Rules:
        """How strict the gate of ``service`` is."""
        return self.services.get(service, self.rules)


UNGATED = Gating()
"""Where nothing is written."""


def _share(written: object) -> Fraction:
    text = str(written).strip() if isinstance(written, str) else ""
    try:
        found = Fraction(text.removesuffix("%").strip()) / 100 if text.endswith("%") else None
    except (ValueError, ZeroDivisionError):
        found = None
    if found is None or not 0 <= found <= 1:
        raise fault(f"“{written}” is not a share of a budget", "one from 0% to 100%, like 10%")
    return found


_Share = Annotated[Fraction, BeforeValidator(_share)]
_FreezingSeverity = Severity | Literal["none"]


class _RulesFile(Strict):
    unknown: Literal["unknown", "go", "frozen"] | None = None
    warn_below: _Share | None = None
    frozen_at: _Share | None = None
    frozen_by: _FreezingSeverity | None = None


class GateFile(_RulesFile):
    """The rules of all services, and under ``services`` what differs for one."""

    services: dict[Word, _RulesFile] = Field(default_factory=dict)


def gating_of(written: GateFile) -> Gating:
    """The rules, each service's own on top of everybody's."""
    common = _rules(STANDARD, written)
    own = {ServiceName(name): _rules(common, each) for name, each in written.services.items()}
    return Gating(common, own)


def backwards(written: GateFile) -> Iterator[tuple[tuple[str, ...], str]]:
    """Where less is a warning than freezes: the place, and what is wrong there."""
    gating = gating_of(written)
    for place, rules in (
        ((), gating.rules),
        *((("services", name), rules) for name, rules in gating.services.items()),
    ):
        if rules.warn_below < rules.frozen_at:
            yield place, "the gate would be frozen before it warns"


def _rules(common: Rules, written: _RulesFile) -> Rules:
    by: Severity | None = common.frozen_by
    if written.frozen_by is not None:
        by = written.frozen_by if isinstance(written.frozen_by, Severity) else None
    return Rules(
        warn_below=common.warn_below if written.warn_below is None else written.warn_below,
        frozen_at=common.frozen_at if written.frozen_at is None else written.frozen_at,
        frozen_by=by,
        unknown=common.unknown if written.unknown is None else Verdict(written.unknown),
    )
