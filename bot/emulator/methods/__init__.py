"""The Web API, one module per family. ``METHODS`` is the whole of it."""

from bot.emulator.methods import apps, chat, conversations, files, marks, people, reading, views
from bot.emulator.methods.request import Method

_FAMILIES = (apps, chat, conversations, files, marks, people, reading, views)

METHODS: dict[str, Method] = {m.name: m for family in _FAMILIES for m in family.METHODS}
