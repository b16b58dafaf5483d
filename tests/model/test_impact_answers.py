"""A severity from answers about the impact."""

from hypothesis import given
from hypothesis import strategies as st

from incidents.model.alike import are_alike
from incidents.model.impact_answers import AT_WORST, QUESTIONS, Bound, suggest
from incidents.model.severity import Severity

TIERS = st.sampled_from([None, *(Bound("docs", tier, at) for tier, at in AT_WORST.items())])
ANSWERS = st.fixed_dictionaries(
    {one.name: st.integers(0, len(one.choices) - 1) for one in QUESTIONS}
)


def test_the_worst_answer_decides_and_is_the_reason() -> None:
    found = suggest({"who": 2, "how": 1, "around": 2})

    assert found is not None
    assert found.severity is Severity.SEV2
    assert found.because == "What can they not do? An important part of it"


def test_a_service_that_matters_less_bounds_it() -> None:
    found = suggest({"who": 0}, bound=Bound("docs", 4, Severity.SEV3))

    assert found is not None
    assert found.severity is Severity.SEV3
    assert found.because == "Who is affected? Most customers; docs is tier 4, at worst SEV3"


def test_lost_data_is_lost_data_whatever_the_tier() -> None:
    found = suggest({"who": 0, "safety": 0}, bound=Bound("docs", 4, Severity.SEV3))

    assert found is not None
    assert found.severity is Severity.SEV1
    assert found.because.startswith("Is data or security at stake?")


def test_no_answer_suggests_nothing() -> None:
    assert suggest({}) is None
    assert suggest({"who": 99, "what": 0}) is None


@given(answers=ANSWERS, bound=TIERS, data=st.data())
def test_a_worse_answer_never_gives_a_milder_severity(answers, bound, data) -> None:
    question = data.draw(st.sampled_from(QUESTIONS))
    mine = question.choices[answers[question.name]]
    worse = [
        place
        for place, one in enumerate(question.choices)
        if one.severity.rank <= mine.severity.rank and one.always >= mine.always
    ]

    before = suggest(answers, bound=bound)
    after = suggest({**answers, question.name: data.draw(st.sampled_from(worse))}, bound=bound)

    assert after.severity.rank <= before.severity.rank


@given(answers=ANSWERS, bound=TIERS, question=st.sampled_from(QUESTIONS))
def test_one_more_answer_never_gives_a_milder_severity(answers, bound, question) -> None:
    fewer = {name: place for name, place in answers.items() if name != question.name}

    before, after = suggest(fewer, bound=bound), suggest(answers, bound=bound)

    assert after.severity.rank <= before.severity.rank


def test_titles_are_alike_in_the_words_that_tell_something() -> None:
    assert are_alike("Card payments fail in Europe", "europe: card payments are down")
    assert are_alike("login errors", "Login is broken")
    assert not are_alike("search is slow", "checkout is slow")
    assert not are_alike("it is down", "we are down")
