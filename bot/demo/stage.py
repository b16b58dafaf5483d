"""The stage that demos and tests play on: a workspace with the people of a configuration."""

from bot.emulator import Workspace
from incidents.catalog.catalog import Catalog

SHORTCUTS = (
    {"name": "Declare an incident", "callback_id": "declare", "type": "global"},
    {"name": "Declare from message", "callback_id": "declare_from_message", "type": "message"},
    {"name": "Add to timeline", "callback_id": "add_to_timeline", "type": "message"},
    {"name": "Make action item", "callback_id": "make_action_item", "type": "message"},
)


def member_id(handle: str) -> str:
    """The user id that somebody of the configuration has on the stage: ``U0ANA``."""
    return "U0" + "".join(letter for letter in handle.upper() if letter.isalnum())


def furnish(workspace: Workspace, catalog: Catalog) -> None:
    """Everybody of the configuration, #general, the announcement channel and the teams' own.

    May be said again for a workspace that was there before.
    """
    teams = {handle: team for team in catalog.teams.values() for handle in team.members}
    everybody = []
    for handle, person in catalog.people.items():
        team = teams.get(handle)
        workspace.add_member(
            member_id(handle),
            handle,
            person.name or handle.capitalize(),
            person.zone,
            email=person.email,
            title=team.title if team else "",
        )
        everybody.append(member_id(handle))
    bot = workspace.identity.bot_user
    workspace.add_channel("general", everybody, topic="Everybody, everything")
    workspace.add_channel(
        catalog.settings.announcement_channel, [*everybody, bot], topic="Open and recent incidents"
    )
    for team in catalog.teams.values():
        members = [member_id(handle) for handle in team.members]
        workspace.add_channel(f"team-{team.name}", members, topic=team.title)
