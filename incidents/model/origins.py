"""The message that an incident was declared from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spot:
    """A message by its channel and Slack's name for it; ``thread`` is the first one of its thread.

    ``is_open`` if everybody may read the channel: then the replies belong on the record as well.
    Of a conversation that others cannot read, only the message that was chosen does.
    """

    channel: str
    ts: str
    thread: str
    is_open: bool
