"""Every feature's routes in one table."""

from bot.slack import (
    alerts,
    archiving,
    blast,
    catchup,
    changes,
    closing,
    comms,
    convert,
    declare,
    escalation,
    followups,
    gate,
    handover,
    heard,
    helping,
    home,
    keytimes,
    lifecycle,
    lists,
    movements,
    nudges,
    oncall,
    oncall_words,
    oneroom,
    ops,
    postmortem,
    roles,
    room,
    secrecy,
    slo,
    subscriptions,
    supporting,
    teams,
    timeline,
    triage,
    undo,
    vendors,
    windows,
)
from bot.slack.router import Answer, Ask, Routes, stale

more = Routes()


@more.button("card.more", needs="look")
def more_of_the_card(ask: Ask) -> Answer:
    """The menu on the card leads to other buttons' answers."""
    word = ask.value.partition(" ")[2]
    if word not in _MORE:
        raise stale(ask)
    return ALL.buttons[_MORE[word]](ask)


_MORE = {
    "severity": "lifecycle.severity_form",
    "roles": "roles.form",
    "todo": "followups.form",
    "why": "why.show",
    "postmortem": "postmortem.show",
}

ALL = more.join(
    alerts.routes,
    blast.routes,
    archiving.routes,
    catchup.routes,
    changes.routes,
    closing.routes,
    comms.routes,
    convert.routes,
    declare.routes,
    escalation.routes,
    followups.routes,
    gate.routes,
    handover.routes,
    heard.routes,
    helping.routes,
    home.routes,
    keytimes.routes,
    lifecycle.routes,
    lists.routes,
    nudges.routes,
    oneroom.routes,
    oncall.routes,
    oncall_words.routes,
    movements.routes,
    ops.routes,
    postmortem.routes,
    roles.routes,
    room.routes,
    secrecy.routes,
    slo.routes,
    subscriptions.routes,
    supporting.routes,
    teams.routes,
    timeline.routes,
    triage.routes,
    vendors.routes,
    windows.routes,
    undo.routes,
)
