"""How bad is it? A few questions that anybody can answer, and the severity that follows from them.

The worst answer decides. An outage of a service that matters less is called no worse than its tier
allows, except where an answer counts whatever the service is: data that is lost, doors left open.
A worse answer therefore never gives a milder severity.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from incidents.model.severity import MEANINGS, Severity


@dataclass(frozen=True, slots=True)
class Choice:
    """One possible answer. ``always``: it counts in full, whatever the tier of the service."""

    says: str
    severity: Severity
    always: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and the answers to choose from. ``name`` tells it from the others."""

    name: str
    asks: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Bound:
    """The worst that an outage of ``service`` is called, since it is of this ``tier``."""

    service: str
    tier: int
    at_worst: Severity


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A severity and what it follows from."""

    severity: Severity
    because: str


QUESTIONS = (
    Question(
        "who",
        "Who is affected?",
        (
            Choice("Most customers", Severity.SEV1),
            Choice("Many customers", Severity.SEV2),
            Choice("Some customers", Severity.SEV3),
            Choice("Only we ourselves", Severity.SEV4),
        ),
    ),
    Question(
        "how",
        "What can they not do?",
        (
            Choice("The main thing they come for", Severity.SEV1),
            Choice("An important part of it", Severity.SEV2),
            Choice("Everything works, but slowly or with flaws", Severity.SEV3),
            Choice("They notice nothing yet", Severity.SEV4),
        ),
    ),
    Question(
        "around",
        "Is there a way around?",
        (
            Choice("None", Severity.SEV2),
            Choice("One that is slow or laborious", Severity.SEV3),
            Choice("A good one", Severity.SEV4),
        ),
    ),
    Question(
        "safety",
        "Is data or security at stake?",
        (
            Choice("Data is lost or exposed, or somebody got in", Severity.SEV1, always=True),
            Choice("It may be; nobody knows yet", Severity.SEV2, always=True),
            Choice("No", Severity.SEV4),
        ),
    ),
)
"""What is asked where ``warroom.yaml`` says nothing else."""

AT_WORST: Mapping[int, Severity] = {3: Severity.SEV2, 4: Severity.SEV3}
"""How bad an outage of a tier is called at worst; of the others there is no limit."""


def suggest(
    answers: Mapping[str, int],
    questions: Sequence[Question] = QUESTIONS,
    bound: Bound | None = None,
) -> Suggestion | None:
    """The severity of the worst answer; None if nothing was answered.

    ``answers`` has the place of the chosen answer under the name of its question. What names no
    answer, any more, counts as not answered.
    """
    chosen = given(answers, questions)
    if not chosen:
        return None
    judged = [(_bounded(choice, bound), question, choice) for question, choice in chosen]
    severity, question, choice = min(judged, key=lambda one: (one[0].rank, one[2].severity.rank))
    because = f"{question.asks} {choice.says}"
    if bound is not None and severity is not choice.severity:
        limit = MEANINGS[bound.at_worst].label.partition(" ")[0]
        because += f"; {bound.service} is tier {bound.tier}, at worst {limit}"
    return Suggestion(severity, because)


def given(
    answers: Mapping[str, int], questions: Sequence[Question]
) -> tuple[tuple[Question, Choice], ...]:
    """The questions that were answered, each with its answer."""
    return tuple(
        (question, question.choices[place])
        for question in questions
        if (place := answers.get(question.name)) is not None and 0 <= place < len(question.choices)
    )


def _bounded(choice: Choice, bound: Bound | None) -> Severity:
    if bound is None or choice.always or choice.severity.rank >= bound.at_worst.rank:
        return choice.severity
    return bound.at_worst
