"""Answers that stay true until something happens, kept so that nobody works them out twice."""

from collections.abc import Hashable
from typing import Generic, TypeVar

Question = TypeVar("Question", bound=Hashable)
Answer = TypeVar("Answer")


class Recent(Generic[Question, Answer]):
    """The newest answer to each of up to ``most`` questions, and as of which moment it is."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: dict[Question, tuple[Hashable, Answer]] = {}

    def known(self, question: Question, as_of: Hashable) -> Answer | None:
        """The answer, if it is ``as_of`` that moment."""
        found = self._known.get(question)
        return found[1] if found is not None and found[0] == as_of else None

    def keep(self, question: Question, as_of: Hashable, answer: Answer) -> Answer:
        """From now on this is the answer."""
        if len(self._known) >= self._most and question not in self._known:
            self._known.clear()
        self._known[question] = (as_of, answer)
        return answer
