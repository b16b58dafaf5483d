"""How far an outage reaches, asked for in words and shown on the card."""

from bot.slack import blocks, mrkdwn
from bot.slack.blocks import Block, Message
from bot.slack.router import Answer, Ask, Routes
from incidents.catalog.catalog import Catalog
from incidents.errors import Refused
from incidents.model.blast import Blast
from incidents.model.services import Reached
from incidents.model.text import shorten
from incidents.queries.blast import blast_called, blast_of_incident
from incidents.render.blast import mermaid

routes = Routes()

_LISTED = 10  # services of each kind; the command line has all of them
_PICTURE = "picture"
_SAID = 800  # characters of the summary, which names every kind of customer
_MOST_DRAWN = 2800  # characters of a section


@routes.verb(
    "blast",
    "[service|vendor] [picture]",
    "Who else fails with a service",
    in_room=False,
    aliases=("radius", "blast-radius"),
    needs="look around",
)
def blast_radius(ask: Ask) -> Answer:
    """What an outage of a service, or of this incident's services, reaches."""
    catalog, words = ask.desk.catalog, ask.text.split()
    wants_picture = bool(words) and words[-1].lower() == _PICTURE
    name = " ".join(words[:-1] if wants_picture else words).removeprefix("@")
    if name:
        found = blast_called(ask.desk, name)
    elif ask.incident is not None and ask.incident.services:
        found = blast_of_incident(ask.desk, ask.incident)
    else:
        raise Refused("Whose outage?", instead=f"Name a service: {ask.command} blast checkout.")
    head = f"Blast radius of {_origins(found)}"
    if wants_picture:
        return Answer(Message(head, _drawn(catalog, found, head)))
    return Answer(Message(f"{head}: {_summary(found)}", _told(ask, found, head)))


def _origins(found: Blast) -> str:
    names = (found.vendor,) if found.vendor else found.origins
    return ", ".join(mrkdwn.code(name) for name in names)


def _summary(found: Blast) -> str:
    return mrkdwn.escape(shorten(found.says, _SAID))


def _told(ask: Ask, found: Blast, head: str) -> list[Block]:
    body: list[Block] = [blocks.section(f"*{head}*\n{_summary(found)}")]
    for title, reached in (("Fails with it", found.broken), ("Gets worse", found.worse)):
        if reached:
            lines = [_line(ask.desk.catalog, one) for one in reached[:_LISTED]]
            if len(reached) > _LISTED:
                lines.append(f"and {len(reached) - _LISTED} more")
            body.append(blocks.section("\n".join((f"*{title}*", *lines))))
    slos = [mrkdwn.code(one.slo) for one in found.promises]
    if slos:
        more = f" and {len(slos) - _LISTED} more" if len(slos) > _LISTED else ""
        body.append(blocks.section(f"*SLOs at risk*\n{', '.join(slos[:_LISTED])}{more}"))
    if found.reached:
        names = " ".join((found.vendor,) if found.vendor else found.origins[:1])
        hint = f"As a picture: `{ask.command} blast {mrkdwn.escape(names)} {_PICTURE}`"
        body.append(blocks.context(hint))
    return body


def _line(catalog: Catalog, one: Reached) -> str:
    service = catalog.services.by_name[one.service]
    owner = mrkdwn.escape(service.team) if service.team else "nobody owns it"
    steps = "next to it" if one.depth == 1 else f"{one.depth} steps"
    through = "" if one.depth == 1 else f", through {mrkdwn.code(one.through)}"
    return f"• {mrkdwn.code(one.service)} tier {service.tier}, {owner} ({steps}{through})"


def _drawn(catalog: Catalog, found: Blast, head: str) -> list[Block]:
    text = mermaid(catalog.services, found)
    if len(text) > _MOST_DRAWN:
        name = found.vendor or found.origins[0]
        raise Refused(
            "The picture is too large for Slack.",
            instead=f"At a terminal: warroom catalog blast {name} --mermaid",
        )
    return [
        blocks.section(f"*{head}* in Mermaid\n```{mrkdwn.escape(text)}```"),
        blocks.context("Paste it where Mermaid is shown: GitHub, GitLab, Notion, mermaid.live"),
    ]
