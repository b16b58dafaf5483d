"""``impact:`` in ``warroom.yaml``: what is asked about an outage, to suggest how bad it is."""

from typing import Annotated

from pydantic import Field

from incidents.catalog.files import Document, Strict, problem_at
from incidents.catalog.values import Line, Word
from incidents.errors import Problem
from incidents.model.impact_answers import QUESTIONS, Choice, Question
from incidents.model.severity import Severity

_MOST_QUESTIONS = 6  # more than anybody answers at 3 a.m.
_MOST_CHOICES = 10


class _ChoiceFile(Strict):
    says: Annotated[Line, Field(max_length=75)]  # Slack's limit for an option
    severity: Severity
    always: bool = False


class QuestionFile(Strict):
    """One question as it is written."""

    name: Word
    asks: Annotated[Line, Field(max_length=150)]
    answers: Annotated[tuple[_ChoiceFile, ...], Field(min_length=1, max_length=_MOST_CHOICES)]


QuestionsFile = Annotated[tuple[QuestionFile, ...], Field(max_length=_MOST_QUESTIONS)]


def questions_of(written: tuple[QuestionFile, ...] | None) -> tuple[Question, ...]:
    """The questions; the standard ones where nothing is written, none where none shall be asked."""
    if written is None:
        return QUESTIONS
    return tuple(
        Question(
            each.name,
            each.asks,
            tuple(Choice(one.says, one.severity, one.always) for one in each.answers),
        )
        for each in written
    )


def faults_of(
    document: Document, file: str, written: tuple[QuestionFile, ...] | None
) -> list[Problem]:
    """Two questions of one name would share one answer."""
    names = [each.name for each in written or ()]
    return [
        problem_at(
            document, file, ("impact", place, "name"), f"{name} is asked twice", "other name"
        )
        for place, name in enumerate(names)
        if name in names[:place]
    ]
