"""``budget_policies:`` in ``warroom.yaml``: what follows when a budget is spent."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated

from pydantic import BeforeValidator
from pydantic import Field as Limits

from incidents.catalog.files import Document, Strict, problem_at
from incidents.catalog.values import Word, fault
from incidents.errors import Problem
from incidents.model.budget import NOTICES
from incidents.model.budget_policy import (
    STANDARD,
    STANDARD_NAME,
    Act,
    BudgetPolicy,
    Step,
)

_Share = Annotated[int, Limits(ge=0, le=100)]


def _notice(written: object) -> object:
    if written in NOTICES and not isinstance(written, bool):
        return written
    expected = f"one of {', '.join(str(one) for one in NOTICES)}"
    raise fault(f"“{str(written)[:20]}” is not a share at which people hear of a budget", expected)


class StepFile(Strict):
    """One step: ``at`` so many percent spent, ``do`` these."""

    at: Annotated[int, BeforeValidator(_notice)]
    do: Annotated[tuple[Act, ...], Limits(min_length=1)]


class PolicyFile(Strict):
    """One policy as it is written; a share of 0 switches a rule off."""

    steps: tuple[StepFile, ...] = ()
    postmortem_over: _Share = 20
    class_over: _Share = 20


PoliciesFile = Annotated[dict[Word, PolicyFile], Limits(max_length=50)]


def policies_of(written: Mapping[str, PolicyFile]) -> Mapping[str, BudgetPolicy]:
    """The policies by name; the standard one is there even if nobody wrote it."""
    return {STANDARD_NAME: STANDARD} | {
        name: BudgetPolicy(
            name,
            tuple(
                Step(one.at, tuple(dict.fromkeys(one.do)))
                for one in sorted(each.steps, key=lambda step: step.at)
            ),
            Fraction(each.postmortem_over, 100) if each.postmortem_over else None,
            Fraction(each.class_over, 100) if each.class_over else None,
        )
        for name, each in written.items()
    }


def faults_of(document: Document, file: str, written: Mapping[str, PolicyFile]) -> list[Problem]:
    """What only a comparison shows."""
    found: list[Problem] = []
    for name, each in written.items():
        shares = [one.at for one in each.steps]
        for place, at in enumerate(shares):
            if at in shares[:place]:
                path = ("budget_policies", name, "steps", place, "at")
                what = f"{name} has a step at {at} % already"
                found.append(problem_at(document, file, path, what, "one step for each share"))
    return found
