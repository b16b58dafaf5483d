"""News for a page that stays open: server-sent events that say how long the record is now."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

_LOOK_EVERY = 1.0  # seconds between looks for something new
_KEEP_ALIVE = 15  # looks without news until a comment is sent, so that proxies keep the line


async def news(
    count: Callable[[], Awaitable[int]],
    is_gone: Callable[[], Awaitable[bool]],
    *,
    look_every: float = _LOOK_EVERY,
) -> AsyncIterator[str]:
    """``data: 17`` at once and whenever the count has changed, until the reader is gone.

    ``look_every`` is in seconds.
    """
    yield "retry: 2000\n\n"
    seen, quiet = -1, 0
    while not await is_gone():
        now = await count()
        quiet += 1
        if now != seen:
            seen, quiet = now, 0
            yield f"data: {now}\n\n"
        elif quiet >= _KEEP_ALIVE:
            quiet = 0
            yield ": still here\n\n"
        await asyncio.sleep(look_every)
