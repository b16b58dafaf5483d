"""What a page that stays open is told."""

from collections.abc import Sequence

import anyio

from bot.web.live import news


def heard(counts: Sequence[int]) -> list[str]:
    """Everything that is said while the record has these lengths, one look after the other."""

    async def listen() -> list[str]:
        left = list(counts)

        async def count() -> int:
            return left.pop(0)

        async def is_gone() -> bool:
            return not left

        return [said async for said in news(count, is_gone, look_every=0)]

    return anyio.run(listen)


def test_news_is_told_once_and_nothing_is_told_twice() -> None:
    assert heard([3, 3, 4, 4, 4, 7]) == [
        "retry: 2000\n\n",
        "data: 3\n\n",
        "data: 4\n\n",
        "data: 7\n\n",
    ]


def test_a_quiet_line_is_kept_open() -> None:
    assert heard([3] * 40).count(": still here\n\n") == 2
