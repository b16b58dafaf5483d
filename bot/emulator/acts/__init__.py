"""What people do: type, click, choose, submit, react.

Each act builds Slack's exact payload, delivers it while no lock is held, and applies the answer.
"""

from collections.abc import Callable

from bot.emulator.acts.blocks import BlockActs
from bot.emulator.acts.forms import FormActs
from bot.emulator.acts.rooms import RoomActs
from bot.emulator.core import Core
from bot.emulator.delivery import Courier


class Acts(RoomActs, BlockActs, FormActs):
    """The hands of every member. ``courier`` says how the app is reached at that moment."""

    def __init__(self, core: Core, courier: Callable[[], Courier | None]) -> None:
        self._core = core
        self._courier = courier
