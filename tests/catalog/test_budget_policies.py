"""Budget policies in ``warroom.yaml``, and the names of them and of owners in SLO files."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from incidents.catalog.catalog import Catalog
from incidents.catalog.files import parse_bytes
from incidents.catalog.openslo import objectives_with
from incidents.catalog.settings import Settings, read_settings
from incidents.catalog.slo_names import strange_names
from incidents.errors import Misconfigured
from incidents.model.budget_policy import STANDARD, Act, BudgetPolicy, Step
from incidents.model.ids import TeamName
from incidents.model.oncall import Handle
from incidents.model.services import Team

WRITTEN = """\
budget_policies:
  careful:
    steps:
      - {at: 75, do: [page, page]}
      - {at: 50, do: [notify, ticket]}
    class_over: 0
"""
SLO = """\
apiVersion: openslo/v1
kind: SLO
metadata: {name: checkout-answers, annotations: {NOTES}}
spec:
  service: checkout
  indicator:
    metadata: {name: requests}
    spec:
      ratioMetric:
        good: {metricSource: {spec: {query: good}}}
        total: {metricSource: {spec: {query: total}}}
  timeWindow: [{duration: 28d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.999}]
"""


def settings(text: str) -> Settings:
    (document,) = parse_bytes(text.encode(), "warroom.yaml")
    return read_settings(document, "warroom.yaml")


def test_policies_are_read_and_the_standard_one_is_always_there() -> None:
    found = settings(WRITTEN).budget_policies

    assert found["standard"] == STANDARD
    assert found["careful"] == BudgetPolicy(
        "careful",
        (Step(50, (Act.NOTIFY, Act.TICKET)), Step(75, (Act.PAGE,))),
        postmortem_over=Fraction(1, 5),
        class_over=None,
    )


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("at: 75", "at: 80", "4:10: budget_policies.careful.steps.0.at: “80” is not a share at"),
        ("at: 75", "at: 50", "5:10: careful has a step at 50 % already"),
        ("[page, page]", "[pager]", "4:23: budget_policies.careful.steps.0.do.0: "),
        ("[page, page]", "[]", "4:18: budget_policies.careful.steps.0.do: "),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(before: str, after: str, expected: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        settings(WRITTEN.replace(before, after))

    assert any(f"warroom.yaml:{expected}" in str(one) for one in refused.value.problems), (
        refused.value.problems
    )


@pytest.mark.parametrize(
    ("notes", "expected"),
    [
        ("warroom.dev/owner: storefront, warroom.dev/policy: careful", []),
        ('warroom.dev/owner: "@ana"', []),
        ("warroom.dev/owner: storefrnt", ["there is no team or person called storefrnt"]),
        ("warroom.dev/policy: carefull", ["there is no budget policy called carefull"]),
    ],
)
def test_names_that_nobody_has_are_faults(tmp_path: Path, notes: str, expected: list[str]) -> None:
    team = Team(TeamName("storefront"), "Storefront", (Handle("ana"),))
    catalog = replace(Catalog(), teams={team.name: team}, settings=settings(WRITTEN))
    text = SLO.replace("NOTES", notes)

    placed, faults = objectives_with(tmp_path, {"slos/a.yaml": text.encode()})
    found = list(strange_names(catalog, placed))

    assert faults == ()
    assert [one.what.partition(": ")[2] for one in found] == expected
    assert all(one.file == "slos/a.yaml" and not one.is_warning for one in found)
