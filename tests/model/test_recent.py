"""Answers that are kept for as long as they are true."""

from incidents.model.recent import Recent


def test_an_answer_is_known_as_of_its_moment_and_no_other() -> None:
    recent: Recent[str, int] = Recent(10)

    assert recent.known("how much", as_of=1) is None
    assert recent.keep("how much", 1, 41) == 41
    assert recent.known("how much", as_of=1) == 41
    assert recent.known("how much", as_of=2) is None
    assert recent.keep("how much", 2, 42) == 42
    assert recent.known("how much", as_of=1) is None


def test_no_more_are_kept_than_there_is_room_for() -> None:
    recent: Recent[int, int] = Recent(3)

    for question in range(100):
        recent.keep(question, 1, question)

    kept = [question for question in range(100) if recent.known(question, 1) is not None]
    assert 99 in kept
    assert len(kept) <= 3
