"""A target above what the dependencies allow is a warning where it is written."""

from pathlib import Path
from textwrap import dedent

from incidents.assets import folder as asset
from incidents.catalog.catalog import load_catalog
from incidents.catalog.ceilings import ceilings
from incidents.catalog.openslo import objectives_with

SERVICES = """\
services:
  - {name: web, tier: 2, depends_on: [pay, db, mail: soft], aliases: [shop]}
  - {name: pay, tier: 2}
  - {name: db, tier: 2}
  - {name: mail, tier: 4}
"""
SLO = """\
apiVersion: openslo/v1
kind: SLO
metadata:
  name: {name}
spec:
  service: {service}
  indicator:
    metadata:
      name: {name}
    spec:
      ratioMetric:
        counter: true
        good: {{metricSource: {{spec: {{query: good}}}}}}
        total: {{metricSource: {{spec: {{query: total}}}}}}
  timeWindow:
    - duration: 28d
      isRolling: true
  budgetingMethod: Occurrences
  objectives:
    - displayName: Works
      {target}
"""


def said(folder: Path, **slos: str) -> list[str]:
    """What is said of services with these targets; by name, ``_`` for ``-``."""
    (folder / "services").mkdir()
    (folder / "services" / "all.yaml").write_text(dedent(SERVICES))
    (folder / "slos").mkdir()
    for name, target in slos.items():
        service = name.partition("_")[0]
        text = SLO.format(name=name.replace("_", "-"), service=service, target=target)
        (folder / "slos" / f"{name}.yaml").write_text(text)
    placed, problems = objectives_with(folder, {})
    assert problems == ()
    return [str(one) for one in ceilings(load_catalog(folder), placed)]


def test_a_target_that_cannot_be_met_says_so_with_the_exact_figure(tmp_path: Path) -> None:
    (found,) = said(
        tmp_path,
        web_availability="target: 0.9995",
        pay_availability="target: 0.9995",
        db_availability="target: 0.9999",
        mail_availability="target: 0.9",
    )

    assert found == (
        "slos/web_availability.yaml:21:7: warning: web/availability cannot be 99.95 %: "
        "its hard dependencies allow 99.940005 % (pay 99.95 %, db 99.99 %), "
        "expected at most 99.940005 %, or a soft dependency"
    )


def test_a_target_in_percent_is_shown_where_it_stands_and_an_alias_is_the_service(
    tmp_path: Path,
) -> None:
    (found,) = said(
        tmp_path, shop_availability="targetPercent: 99.99", pay_availability="target: 0.999"
    )

    assert found.startswith("slos/shop_availability.yaml:21:7: warning: shop/availability cannot")


def test_a_target_that_is_just_allowed_is_fine_and_so_is_one_of_speed(tmp_path: Path) -> None:
    found = said(
        tmp_path,
        web_availability="target: 0.999",
        web_latency="target: 0.9999",
        pay_availability="target: 0.999",
    )

    assert found == []


def test_what_init_writes_can_be_met() -> None:
    folder = asset("templates") / "init"

    assert [*ceilings(load_catalog(folder), objectives_with(folder, {})[0])] == []
