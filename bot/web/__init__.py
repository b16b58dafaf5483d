"""The web console, the public status page, and what operators' machines ask for."""

from starlette.routing import BaseRoute

from bot.web.console import console_routes
from bot.web.health import health_routes
from bot.web.host import Host

__all__ = ["Host", "build_routes"]


def build_routes(host: Host) -> list[BaseRoute]:
    """Every page and every probe."""
    return [*health_routes(host), *console_routes(host)]
