"""``/api/v1``: FastAPI, so that its OpenAPI document is never behind. Import it only to serve."""

from bot.api.app import create_api

__all__ = ["create_api"]
