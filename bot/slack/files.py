"""The content of a file in Slack, fetched with our token. Nothing is ever made public for it."""

from datetime import datetime
from typing import Any

from bot.slack.client import SlackClient, SlackSays
from incidents.actions import evidence
from incidents.actions.desk import Desk
from incidents.model.evidence import too_large

_TEXT_TYPES = ("text/", "application/json", "application/xml", "application/javascript")
_PAGE = (b"<!doctype html", b"<html")


def keep(desk: Desk, client: SlackClient, file_id: str, now: datetime) -> dict[str, Any]:
    """What is on the record afterwards: hash, media and size; or why it is not kept."""
    most = desk.catalog.settings.policies.largest_file
    try:
        file = client.read("files.info", file=file_id)["file"]
        refused = too_large(int(file.get("size") or 0), most) or _not_in_slack(file)
        if refused:
            return {"because": refused}
        content = client.download(str(file["url_private"]), most + 1)
    except SlackSays as refusal:
        return {"because": str(refusal)}
    if _is_a_login_page(content, file):
        return {"because": "Slack showed its login page instead: the app may not read files"}
    kept, refused = evidence.keep(desk, content, now)
    if kept is None:
        return {"because": refused}
    return {"hash": kept.hash, "media": kept.media, "size": kept.size}


def _not_in_slack(file: dict[str, Any]) -> str:
    """A file that is only a link to somebody else's: our token is not for them."""
    return "it is not in Slack, only a link to it" if file.get("is_external") else ""


def _is_a_login_page(content: bytes, file: dict[str, Any]) -> bool:
    is_page = content[:200].lstrip().lower().startswith(_PAGE)
    return is_page and not str(file.get("mimetype", "")).startswith(_TEXT_TYPES)
