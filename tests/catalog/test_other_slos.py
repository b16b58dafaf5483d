"""SLOs of other tools in our words: the same promise, and nothing dropped in silence."""

import json
from fractions import Fraction
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.catalog.files import parse
from incidents.catalog.imports import sealed
from incidents.catalog.imports.plan import write
from incidents.catalog.imports.promises import Carried, Options, Promise, openslo, promql
from incidents.catalog.imports.slo_plan import plan_slos
from incidents.catalog.imports.sloth import read_sloth
from incidents.catalog.openslo import objectives_with, read_objectives
from incidents.errors import Misconfigured, Refused
from incidents.model.objective import Objective

SLOTH = """\
version: "prometheus/v1"
service: depot
labels:
  owner: stock
  cell: 7
slos:
  - name: answers
    objective: 99.95
    description: Requests that are answered.
    labels: {kind: availability}
    sli:
      events:
        error_query: sum(rate(http_requests_total{job="depot",code=~"5.."}[{{.window}}]))
        total_query: sum(rate(http_requests_total{job="depot"}[{{.window}}]))
    alerting:
      name: DepotAnswers
      page_alert:
        labels: {severity: page}
      ticket_alert:
        disable: true
"""
LABELS = "alerts are routed by service and tier here, not by labels"
PAGES = "warroom has its own burn-rate alerts: they page by the tier of the service"
KUBERNETES = """\
apiVersion: sloth.slok.dev/v1
kind: PrometheusServiceLevel
metadata: {name: depot-slos, namespace: monitoring}
spec:
  service: Depot_API
  slos:
    - name: depot-api-quick
      objective: 99
      sli:
        events:
          errorQuery: |
            (
              sum(rate(depot_seconds_count[{{.window}}]))
              -
              sum(rate(depot_seconds_bucket{le="0.4"}[{{.window}}]))
            )
          totalQuery: sum(rate(depot_seconds_count[{{.window}}]))
      alerting:
        pageAlert: {disable: false}
"""


def file(folder: Path, text: str, name: str = "slos.yml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def told(carried: Carried) -> list[str]:
    """What was said, without the file."""
    return [
        f"{one.line}:{one.column} {'' if one.is_warning else 'LEFT OUT '}{one.what}"
        for one in carried.lost
    ]


def taken_over(carried: Carried, source: str, folder: Path) -> tuple[Objective, ...]:
    """What our own reader makes of what was written."""
    planned = plan_slos(source, carried, folder)
    assert planned.problems == ()
    write(planned, folder)
    return read_objectives(folder / "slos")[0]


def queries(objective: Objective) -> dict[str, str]:
    (spec, _op, _value) = json.loads(objective.indicator)
    ratio = spec["ratioMetric"]
    return {
        side: ratio[side]["metricSource"]["spec"]["query"]
        for side in ("good", "bad", "total")
        if side in ratio
    }


def test_an_slo_of_sloth_is_the_same_promise_here(tmp_path: Path) -> None:
    carried = read_sloth([file(tmp_path, SLOTH)], Options())

    (objective,) = taken_over(carried, "sloth", tmp_path / "new")

    assert objective.slo == "depot/answers"
    assert objective.service == "depot"
    assert objective.target == Fraction(9995, 10000)
    assert objective.window.days == 30
    assert objective.describes == "Requests that are answered."
    assert queries(objective) == {
        "bad": 'sum(rate(http_requests_total{job="depot",code=~"5.."}[{{.window}}]))',
        "total": 'sum(rate(http_requests_total{job="depot"}[{{.window}}]))',
    }


def test_labels_of_the_service_and_of_the_slo_are_kept(tmp_path: Path) -> None:
    carried = read_sloth([file(tmp_path, SLOTH)], Options())

    labels = openslo(carried.promises["depot/answers"])["metadata"]["labels"]

    assert labels == {"owner": "stock", "cell": "7", "kind": "availability"}


def test_what_warroom_has_no_place_for_is_told_with_its_place_and_path(tmp_path: Path) -> None:
    carried = read_sloth([file(tmp_path, SLOTH)], Options())

    assert told(carried) == [
        "16:7 slos.0.alerting.name: not carried over: an incident is called after its SLO",
        f"18:9 slos.0.alerting.page_alert.labels: not carried over: {LABELS}",
        f"20:9 slos.0.alerting.ticket_alert.disable: not carried over: {PAGES}",
    ]


def test_slos_of_sloth_in_kubernetes_are_read_too(tmp_path: Path) -> None:
    carried = read_sloth([file(tmp_path, KUBERNETES)], Options())

    (objective,) = taken_over(carried, "sloth", tmp_path / "new")

    assert objective.slo == "depot-api/quick"
    assert queries(objective)["bad"].splitlines()[2] == "  -"
    assert told(carried) == [
        "3:1 metadata: not carried over: it belongs to the object in Kubernetes",
        "5:3 spec.service: Depot_API is called depot-api here, as OpenSLO has it",
    ]


def test_lists_and_folders_are_read_and_other_documents_passed_over_aloud(tmp_path: Path) -> None:
    item = "\n".join(f"  {line}" for line in KUBERNETES.splitlines())
    text = f"kind: List\nitems:\n-{item[1:]}\n---\nkind: Deployment\nmetadata: {{name: depot}}\n"
    folder = tmp_path / "manifests"
    folder.mkdir()
    file(folder, text)
    file(folder, SLOTH, "more.yaml")
    file(folder, "kind: AlertWindows\nspec: {sloPeriod: 7d}\n", "windows.yaml")

    carried = read_sloth([folder], Options())

    assert sorted(carried.promises) == ["depot-api/quick", "depot/answers"]
    lines = told(carried)
    assert ("23:1 neither version: prometheus/v1 nor a PrometheusServiceLevel: left out") in lines
    assert "1:1 alert windows of sloth; for their sloPeriod add --window: left out" in lines


@pytest.mark.parametrize(
    ("was", "becomes", "line"),
    [
        (
            "objective: 99.95",
            "objective: 100",
            "8:5 LEFT OUT slos.0.objective: 100 leaves no budget to count",
        ),
        (
            "objective: 99.95",
            "objective: 120",
            "8:5 LEFT OUT slos.0.objective: 120 is no share of good events",
        ),
        (
            "objective: 99.95",
            "objective: most",
            "8:5 LEFT OUT slos.0.objective: most is not a number",
        ),
        (
            "objective: 99.95",
            "objective: [99]",
            "8:5 LEFT OUT slos.0.objective: this is not text",
        ),
        (
            "objective: 99.95",
            "objective: 99.123456789012",
            "",
        ),
        ("    objective: 99.95\n", "", "7:5 LEFT OUT slos.0.objective: this key is missing"),
        ("name: answers", "name: '-'", "7:5 LEFT OUT slos.0.name: - has no letters or digits"),
        (
            "name: answers",
            f"name: {'a' * 64}",
            f"7:5 LEFT OUT slos.0.name: {'a' * 64} is too long",
        ),
        (
            "      events:\n",
            "      raw: {error_ratio_query: x}\n      events:\n",
            "12:7 LEFT OUT slos.0.sli.raw: a ratio that is measured as such cannot be counted",
        ),
        (
            "      events:\n",
            "      plugin: {id: ours/availability}\n      events:\n",
            "12:7 LEFT OUT slos.0.sli.plugin: a plugin is code of sloth's",
        ),
        (
            "total_query",
            "totl_query",
            "12:7 LEFT OUT slos.0.sli.events.total_query: this key is missing",
        ),
        ("service: depot", "servis: depot", "1:1 LEFT OUT service: no service is named"),
    ],
)
def test_an_slo_that_cannot_be_kept_as_it_is_is_left_out_with_its_place(
    tmp_path: Path, was: str, becomes: str, line: str
) -> None:
    carried = read_sloth([file(tmp_path, SLOTH.replace(was, becomes))], Options())

    if line:
        assert line in told(carried)
        assert not carried.promises
    else:
        assert not any(not one.is_warning for one in carried.lost)


def test_two_slos_of_one_name_are_one_too_many(tmp_path: Path) -> None:
    paths = [file(tmp_path, SLOTH), file(tmp_path, SLOTH, "again.yml")]

    carried = read_sloth(paths, Options())

    assert len(carried.promises) == 1
    assert "7:5 LEFT OUT slos.0: there is another depot/answers" in told(carried)


def test_what_is_no_yaml_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    paths = [file(tmp_path, "a: [", "broken.yml"), file(tmp_path, SLOTH)]

    carried = read_sloth(paths, Options())

    assert list(carried.promises) == ["depot/answers"]
    assert carried.lost[0].file.endswith("broken.yml")
    assert not carried.lost[0].is_warning


def test_a_folder_without_anything_to_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="There is nothing to import"):
        read_sloth([tmp_path], Options())


def test_the_window_and_the_service_come_from_whoever_imports_where_none_is_written(
    tmp_path: Path,
) -> None:
    text = SLOTH.replace("service: depot\n", "")

    carried = read_sloth([file(tmp_path, text)], Options(window="28d", service="till"))

    assert carried.promises["till/answers"].window == "28d"


def test_an_slo_in_a_file_of_ones_own_is_left_alone_and_the_difference_is_told(
    tmp_path: Path,
) -> None:
    carried = read_sloth([file(tmp_path, SLOTH)], Options())
    write(plan_slos("sloth", carried, tmp_path), tmp_path)
    imported = tmp_path / "slos" / "imported-sloth.yaml"
    own = tmp_path / "slos" / "mine.yaml"
    own.write_text(imported.read_text().replace("99.95", "99").replace("30d", "28d"))
    imported.unlink()

    planned = plan_slos("sloth", carried, tmp_path)

    says = "sloth says a target of 99.95 % and a window of 30 d"
    assert planned.left_alone == (f"depot/answers stands in slos/mine.yaml:37; {says}",)
    assert planned.after == ""


def test_nothing_is_imported_beside_slos_that_are_broken(tmp_path: Path) -> None:
    carried = read_sloth([file(tmp_path, SLOTH)], Options())
    (tmp_path / "slos").mkdir()
    file(tmp_path / "slos", "kind: SLO\n", "mine.yaml")

    with pytest.raises(Misconfigured, match=r"slos/mine\.yaml:1:1: apiVersion is missing"):
        plan_slos("sloth", carried, tmp_path)


def test_what_has_gone_at_the_source_goes_here(tmp_path: Path) -> None:
    both = SLOTH + SLOTH.partition("slos:\n")[2].replace("answers", "quick")
    write(plan_slos("sloth", read_sloth([file(tmp_path, both)], Options()), tmp_path), tmp_path)
    path = file(tmp_path, SLOTH.replace("99.95", "99.9"))

    planned = plan_slos("sloth", read_sloth([path], Options()), tmp_path)

    assert planned.added == ()
    assert planned.changed == ("SLO depot-answers",)
    assert planned.removed == ("SLO depot-quick",)
    assert not planned.is_changed


WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1)


@settings(max_examples=50)
@given(lines=st.lists(WORDS, min_size=1, max_size=3), percent=st.integers(1, 99_999_999))
def test_target_and_query_are_read_back_exactly_as_they_were(
    lines: list[str], percent: int
) -> None:
    target = Fraction(percent, 100_000_000)
    query = "\n".join(lines)
    promise = Promise(
        service="a", name="b", target=target, window="28d",
        sides={"bad": promql(query), "total": promql("t")},
    )  # fmt: skip

    text = sealed.dumped(openslo(promise))
    ((placed,), faults) = objectives_with(Path("nowhere"), {"slos/a.yaml": text.encode()})

    assert faults == ()
    assert placed.objective.target == target
    assert queries(placed.objective)["bad"] == query


PLACES = ("", "slos.0", "slos.0.sli.events", "slos.0.alerting", "slos.0.alerting.page_alert")
UNKNOWN = st.text("abcdefgh", min_size=3, max_size=8).map("x_{}".format)
VALUES = st.one_of(st.integers(), st.booleans(), st.just({"deep": [1, {"er": 2}]}), st.just("text"))


@settings(max_examples=50)
@given(place=st.sampled_from(PLACES), more=st.dictionaries(UNKNOWN, VALUES, min_size=1, max_size=3))
def test_whatever_else_stands_in_a_file_is_told_by_its_path(
    tmp_path_factory: pytest.TempPathFactory, place: str, more: dict[str, object]
) -> None:
    document = yaml.safe_load(SLOTH)
    node = document
    for step in filter(None, place.split(".")):
        node = node[int(step) if step.isdigit() else step]
    node.update(more)
    path = file(tmp_path_factory.mktemp("src"), yaml.safe_dump(document))

    carried = read_sloth([path], Options())

    assert list(carried.promises) == ["depot/answers"]
    paths = {one.what.partition(":")[0] for one in carried.lost}
    assert {f"{place}.{key}".strip(".") for key in more} <= paths
    assert parse(path.read_text(), "a")
