"""Drills: real rooms, real roles, real clocks, and nobody outside of Slack is woken."""

from incidents.model.incident import Incident

MARK = "DRILL"
PAGES = "drill_pages"
"""Among an incident's facts: whoever declared the drill wants its pages to go out."""


def reaches_outside(incident: Incident) -> bool:
    """Whether people are reached by other ways than Slack: of a drill, only if that was asked."""
    return not incident.is_drill or bool(incident.facts.get(PAGES))
