"""What several promises come to together, and which of them spends it."""

from collections.abc import Iterable
from dataclasses import dataclass

from incidents.actions.desk import Desk
from incidents.model.burn import Loudness
from incidents.model.composite import spent_together
from incidents.model.objective import SLOName
from incidents.queries.slo import Budget

_NAMED = 3  # of the members, in a sentence: those that take most


@dataclass(frozen=True, slots=True)
class Member:
    """One promise of a composite; ``takes`` is the share of the composite's budget it has spent."""

    slo: SLOName
    weight: float
    consumed: float
    takes: float
    is_burning: bool
    has_data: bool


@dataclass(frozen=True, slots=True)
class Composite:
    """Several promises taken together; its ``members`` are those that take most first.

    Shares are of the whole, signed and not clamped.
    """

    slo: SLOName
    title: str
    service: str
    consumed: float
    members: tuple[Member, ...]

    @property
    def remaining(self) -> float:
        """What is left of 1."""
        return 1 - self.consumed

    @property
    def because(self) -> str:
        """Who takes what, who burns now, and who is not heard of."""
        takers = [one for one in self.members if one.takes]
        parts = [f"{one.slo} takes {one.takes:.1%}{_weighed(one)}" for one in takers[:_NAMED]]
        more = len(takers) - _NAMED
        parts += [f"{more} more take the rest"] * (more > 0)
        parts = parts or ["nothing is spent"]
        for words, some in (
            ("burning now", [one.slo for one in self.members if one.is_burning]),
            ("no data", [one.slo for one in self.members if not one.has_data]),
        ):
            parts += [f"{words}: {', '.join(some)}"] * bool(some)
        return "; ".join(parts)


def composites_of(desk: Desk, budgets: Iterable[Budget]) -> tuple[Composite, ...]:
    """The composites that any of ``budgets`` is part of, in order of name.

    Members that are not among them are left out, so give all.
    """
    known = {one.slo: one for one in budgets}
    members: dict[SLOName, list[Member]] = {}
    titles: dict[SLOName, tuple[str, str]] = {}
    for objective in desk.objectives:
        part, budget = objective.part_of, known.get(objective.slo)
        if part is None or budget is None:
            continue
        titles[part.slo] = part.title, objective.service
        members.setdefault(part.slo, []).append(_member(budget, float(part.weight)))
    return tuple(
        Composite(
            slo=name,
            title=titles[name][0],
            service=titles[name][1],
            consumed=spent_together((one.weight, one.consumed) for one in some),
            members=tuple(sorted(some, key=lambda one: (-one.takes, one.slo))),
        )
        for name, some in sorted(members.items())
    )


def _member(budget: Budget, weight: float) -> Member:
    return Member(
        slo=budget.slo,
        weight=weight,
        consumed=budget.consumed,
        takes=weight * budget.consumed,
        is_burning=budget.loudness is not Loudness.QUIET,
        has_data=budget.sli is not None,
    )


def _weighed(one: Member) -> str:
    return "" if one.weight == 1 else f" ({one.consumed:.1%} of its own, weight {one.weight:g})"
