"""What other systems tell us over webhooks: ``POST /hooks/v1/{source}``."""

from bot.intake.door import Counts, build_routes

__all__ = ["Counts", "build_routes"]
