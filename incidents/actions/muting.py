"""An alert that a window keeps quiet is told once in words: what it was, and until when."""

from incidents.actions import places
from incidents.actions.desk import Work
from incidents.actions.ops import tell_ops
from incidents.model import effects
from incidents.model.burn import Loudness
from incidents.model.episode import Alarm
from incidents.model.ids import uuid7
from incidents.model.muting import Hush, Suppression
from incidents.model.objective import Objective
from incidents.model.timeline import Kind
from incidents.model.windows import Standing
from incidents.queries.windows import zone_of
from incidents.store import windows

_WOULD = {
    Loudness.PAGE: "a page is kept quiet",
    Loudness.TICKET: "a ticket is kept quiet",
    Loudness.QUIET: "a notice is kept quiet",
}


def keep_quiet(work: Work, objective: Objective, standing: Standing, found: Alarm) -> None:
    """In the room of the service, if people are at work there; else to whoever runs the bot."""
    made = windows.muted(
        work.connection,
        objective.slo,
        standing,
        work.now,
        loudness=found.loudness,
        because=found.because,
    )
    if made is None:
        return
    what = f"{_WOULD[found.loudness]} by {standing.words(zone_of(work.desk))}"
    words = f"{what}: {found.because}"
    service = work.desk.catalog.service(objective.service)
    incident = places.open_for(work, service.name if service else None)
    if incident is None:
        later = "What still burns when the window ends is an alert then."
        tell_ops(work, f"muted/{made.id}", f"{objective.slo}: {what}", f"{found.because}.", later)
        return
    work.log(incident.number, Kind.SLO_NOTICE, {"slo": objective.slo, "because": words})
    facts = {"slo": objective.slo, "because": words}
    work.send(effects.post(incident.number, f"slo/{uuid7(work.now)}", "slo_alert", facts))


def no_longer(work: Work, before: Suppression, hush: Hush) -> None:
    """The window is over: the alert is given, or there is nothing to give."""
    windows.unmuted(work.connection, before, hush.value, work.now)
