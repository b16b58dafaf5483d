"""Which tree fits an incident, and why."""

from dataclasses import replace

import pytest
from grove import DEMO

from incidents.model.triage import AppliesTo
from incidents.model.triage_match import Signs, match

HTTP = replace(
    DEMO,
    id="http-5xx",
    applies_to=AppliesTo(tags=("http",), alerts=(".*HighErrorRate",), words=("5xx", "error rate")),
)
DATABASE = replace(DEMO, id="database", applies_to=AppliesTo(("*-db",), ("postgres",)))
LATENCY = replace(DEMO, id="latency", applies_to=AppliesTo(tags=("http",), words=("slow",)))
TREES = (LATENCY, HTTP, DATABASE)


def ids(signs: Signs) -> list[str]:
    return [found.tree.id for found in match(TREES, signs)]


def test_the_words_of_the_title_decide_between_trees_for_the_same_tag() -> None:
    found = match(TREES, Signs(tags=("http",), title="Checkout 5xx"))

    assert [fit.tree.id for fit in found] == ["http-5xx", "latency"]
    assert found[0].because == "“5xx” in the title, the tag http"


def test_an_alert_outweighs_words() -> None:
    signs = Signs(title="It is slow", alerts=("CheckoutHighErrorRate",))

    assert ids(signs) == ["http-5xx", "latency"]
    assert match(TREES, signs)[0].because == "the alert CheckoutHighErrorRate"


def test_an_alert_must_match_with_its_whole_name() -> None:
    assert ids(Signs(alerts=("HighErrorRateOfTheDatabase",))) == []


def test_services_are_matched_with_wildcards() -> None:
    assert ids(Signs(services=("orders-db",))) == ["database"]


def test_equals_come_in_the_order_of_their_ids() -> None:
    assert ids(Signs(tags=("http",))) == ["http-5xx", "latency"]


@pytest.mark.parametrize("title", ["15xx codes", "5xxy", "slowly", "", "error  rate"])
def test_a_part_of_a_word_is_not_the_word(title: str) -> None:
    assert ids(Signs(title=title)) == []


@pytest.mark.parametrize("title", ["5XX!", "(5xx)", "checkout/5xx", "Error rate up"])
def test_case_and_punctuation_do_not_matter(title: str) -> None:
    assert ids(Signs(title=title)) == ["http-5xx"]


def test_a_tree_without_any_sign_is_not_offered() -> None:
    assert ids(Signs(services=("search",), title="odd")) == []
