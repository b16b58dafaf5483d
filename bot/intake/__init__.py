"""What other systems tell us over webhooks: ``POST /hooks/v1/{source}``."""

from bot.intake.door import Counts, build_routes
from bot.intake.readers import HANDLERS

__all__ = ["HANDLERS", "Counts", "build_routes"]
