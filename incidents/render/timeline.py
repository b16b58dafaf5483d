"""Each kind of entry in a sentence, for any destination."""

from collections.abc import Callable
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from incidents.model.budget import took
from incidents.model.objective import in_words
from incidents.model.timeline import Entry, Kind, Provenance, provenance
from incidents.render import together
from incidents.render.tongue import Tongue

Body = dict[str, Any]
Sentence = Callable[[Body, Tongue], str]


def say(entry: Entry, tongue: Tongue) -> str:
    """What happened, in one sentence. What people typed is escaped for the destination."""
    return sentence(entry.kind, entry.body, tongue)


def sentence(kind: Kind, body: Body, tongue: Tongue) -> str:
    """Like `say`, for what an entry is made of."""
    return _SENTENCES[kind](body, tongue)


def icon(kind: Kind) -> str:
    """An emoji name that goes with an entry; the sentence says the same in words."""
    return _ICONS.get(kind, "small_blue_diamond")


def badge(entry: Entry) -> str:
    """Whose word it is, in a word: person, bot, alert or import."""
    return provenance(entry).value


def badge_icon(entry: Entry) -> str:
    """An emoji name that goes with `badge`."""
    return _BADGES[provenance(entry)]


def _because(body: Body, tongue: Tongue) -> str:
    why = str(body.get("because") or "")
    return f": {tongue.words(why)}" if why else ""


def _declared(body: Body, tongue: Tongue) -> str:
    title, severity = tongue.words(body["title"]), tongue.words(body["severity"])
    return f"Declared as {tongue.strong(severity)}: {title}{_reason(body, tongue)}"


def _reason(body: Body, tongue: Tongue) -> str:
    why = str(body.get("because") or "")
    return f" ({tongue.words(why)})" if why else ""


def _changed(what: str) -> Sentence:
    def sentence(body: Body, tongue: Tongue) -> str:
        before, after = tongue.words(body["from"]), tongue.words(body["to"])
        return f"{what} {before} → {tongue.strong(after)}{_because(body, tongue)}"

    return sentence


def _role(verb: str) -> Sentence:
    def sentence(body: Body, tongue: Tongue) -> str:
        person, role = tongue.person(body["person"]), tongue.words(body["role"])
        return f"{person} {verb} {role}{_because(body, tongue)}"

    return sentence


def _handed_over(body: Body, tongue: Tongue) -> str:
    giver, taker = tongue.person(body["from"]), tongue.person(body["person"])
    return f"{giver} handed {tongue.words(body['role'])} over to {taker}{_because(body, tongue)}"


def _message(body: Body, tongue: Tongue) -> str:
    said = " ".join(filter(None, (tongue.words(body["text"]), _files(body, tongue))))
    edit = body.get("edited")
    changed = f" (edited {tongue.moment(datetime.fromisoformat(edit['at']))})" if edit else ""
    link = tongue.link(body["link"], "message") if body.get("link") else ""
    where = f" ({link})" if link else ""
    return f"{tongue.person(body['author'])}: {said}{changed}{where}"


def _files(body: Body, tongue: Tongue) -> str:
    """A message may be nothing but a picture: it is told by the name of the file."""
    names = [tongue.words(str(one.get("name", "file"))) for one in body.get("files") or ()]
    return f"[{', '.join(names)}]" if names else ""


def _update(body: Body, tongue: Tongue) -> str:
    return f"Update for {tongue.words(body['audience'])}: {tongue.words(body['text'])}"


def _answered(body: Body, tongue: Tongue) -> str:
    question, answer = tongue.words(body["question"]), tongue.words(body["answer"])
    how = f" (checked: {tongue.words(body['because'])})" if body.get("because") else ""
    return f"{question} {tongue.strong(answer)}{how}"


def _checked(body: Body, tongue: Tongue) -> str:
    return f"Checked {tongue.words(body['check'])}: {tongue.words(body['finding'])}"


def _tree(verb: str) -> Sentence:
    def sentence(body: Body, tongue: Tongue) -> str:
        name = f"{tongue.words(body['title'])} ({tongue.words(body['tree'])})"
        outcome = body.get("outcome")
        ending = f": {tongue.strong(tongue.words(outcome))}" if outcome else ""
        return f"{verb} {name}{ending}{_because(body, tongue) if not outcome else ''}"

    return sentence


def _action(verb: str) -> Sentence:
    def sentence(body: Body, tongue: Tongue) -> str:
        words = f"{verb} action item {body['number']}: {tongue.words(body['title'])}"
        if body.get("owner"):
            words += f", {tongue.person(body['owner'])}"
        if body.get("due_at"):
            words += f", due {tongue.moment(datetime.fromisoformat(body['due_at']))}"
        return words + _because(body, tongue)

    return sentence


def _text(prefix: str, *names: str) -> Sentence:
    def sentence(body: Body, tongue: Tongue) -> str:
        return prefix + ", ".join(tongue.words(str(body.get(name, ""))) for name in names)

    return sentence


def _resolved(body: Body, tongue: Tongue) -> str:
    fix = tongue.words(body["fix"])
    return f"Resolved. What fixed it: {fix}" if fix else "Resolved"


def _key_time(body: Body, tongue: Tongue) -> str:
    at = tongue.moment(datetime.fromisoformat(body["to"]))
    was = f", not {tongue.moment(datetime.fromisoformat(body['from']))}" if body["from"] else ""
    return f"{tongue.strong(tongue.words(str(body['time']).capitalize()))} at {at}{was}"


def _retracted(body: Body, tongue: Tongue) -> str:
    return f"Entry {body['of']} was taken back{_because(body, tongue)}"


def _undone(body: Body, tongue: Tongue) -> str:
    return f"Undid entry {body['of']}: {tongue.words(body['what'])}"


def _moved(verb: str) -> Sentence:
    return lambda body, tongue: f"{tongue.person(body['person'])} {verb} the room"


def _failed(body: Body, tongue: Tongue) -> str:
    return f"Failed at {tongue.words(body['step'])}{_because(body, tongue)}"


def _retried(body: Body, _: Tongue) -> str:
    return f"Trying {body['steps']} failed steps again"


def _alert(verb: str) -> Sentence:
    def sentence(body: Body, tongue: Tongue) -> str:
        words = f"Alert {verb}: {tongue.words(body['name'])}"
        summary = str(body.get("summary") or "")
        return f"{words} ({tongue.words(summary)})" if summary else words

    return sentence


def _slo(verb: str) -> Sentence:
    return lambda body, tongue: f"{tongue.words(body['slo'])} {verb}{_because(body, tongue)}"


def _cost(body: Body, tongue: Tongue) -> str:
    return "Cost " + "; ".join(_one_cost(one, tongue) for one in body["costs"])


def _one_cost(one: Body, tongue: Tongue) -> str:
    over = one.get("over") or in_words(timedelta(seconds=one["window_seconds"]))
    counted = str(one.get("counted") or "Failed events").lower()
    number = f"{one['bad']:,}".replace(",", " ")
    share = took(Fraction(one["spent"]))
    return f"{share} of the {over} budget of {tongue.words(one['slo'])} ({number} {counted})"


def _gate_waiver(body: Body, tongue: Tongue) -> str:
    service = tongue.words(body["service"])
    if body["state"] != "active":
        return f"The gate of {service} is closed again: its waiver is {body['state']}"
    only = f" for {tongue.words(body['change'])} only" if body["change"] else ""
    until = tongue.moment(datetime.fromisoformat(body["until"]))
    return (
        f"The gate of {service} is waived{only} until {until} by "
        f"{tongue.person(body['asked_by'])}, approved by {tongue.person(body['approved_by'])}"
        f"{_because(body, tongue)}"
    )


def _suspects(body: Body, tongue: Tongue) -> str:
    return "Changed before it began: " + "; ".join(
        f"{tongue.words(one['title'])} ({tongue.words(', '.join(one['because']))})"
        for one in body["suspects"]
    )


def _change(body: Body, tongue: Tongue) -> str:
    title = tongue.words(body["title"])
    made_by = f" by {tongue.words(body['made_by'])}" if body.get("made_by") else ""
    shown = tongue.link(body["url"], title) if body.get("url") else title
    return f"Change of {tongue.words(body['service'])}{made_by}: {shown}"


def _linked(body: Body, tongue: Tongue) -> str:
    return f"Linked to {tongue.words(body['to'])}{_because(body, tongue)}"


def _paged(body: Body, tongue: Tongue) -> str:
    return f"Paged {tongue.person(body['person'])}{_because(body, tongue)}"


def _reached(body: Body, tongue: Tongue) -> str:
    by = tongue.words(body["by"])
    return f"Told {tongue.person(body['person'])} by {by}{_because(body, tongue)}"


def _not_reached(body: Body, tongue: Tongue) -> str:
    return f"Could not reach {tongue.person(body['person'])}{_because(body, tongue)}"


def _escalated(body: Body, tongue: Tongue) -> str:
    asked = ", ".join(tongue.person(who) for who in body["people"])
    return f"Escalated to {asked} ({body['hop']} of {body['of']}){_because(body, tongue)}"


def _vendor_asked(body: Body, tongue: Tongue) -> str:
    owes = f", who owe an answer within {body['within']}" if body.get("within") else ""
    return f"Asked {tongue.words(body['vendor'])}{owes}{_because(body, tongue)}"


def _vendor_answered(body: Body, tongue: Tongue) -> str:
    return f"{tongue.words(body['vendor'])} answered {body['took']}{_because(body, tongue)}"


def _vendor_late(body: Body, tongue: Tongue) -> str:
    return f"{tongue.words(body['vendor'])} has not answered in the time that was agreed"


def _page_answered(body: Body, tongue: Tongue) -> str:
    by, who = tongue.person(body["by"]), body["person"]
    whose = "their page" if who == body["by"] else f"the page of {tongue.person(who)}"
    verb = "closed" if body["state"] == "resolved" else "acknowledged"
    return f"{by} {verb} {whose} in {_place(body['via'])}"


def _place(via: str) -> str:
    return "Slack" if via == "slack" else via


def _unassigned(body: Body, tongue: Tongue) -> str:
    return f"Nobody could be asked to be {tongue.words(body['role'])}{_because(body, tongue)}"


def _person(before: str, after: str) -> Sentence:
    def sentence(body: Body, tongue: Tongue) -> str:
        who = tongue.person(body["person"])
        return f"{before}{who}{after}{_because(body, tongue)}"

    return sentence


def _room_opened(body: Body, tongue: Tongue) -> str:
    how = "The room is a channel that was there: " if body.get("converted") else "Room opened: "
    return how + tongue.words(str(body.get("room", "")))


def _fixed(words: str) -> Sentence:
    return lambda _body, _tongue: words


_SENTENCES: dict[Kind, Sentence] = {
    Kind.DECLARED: _declared,
    Kind.ROOM_OPENED: _room_opened,
    Kind.ROOM_RENAMED: _changed("Room"),
    Kind.ROOM_LOST: _text("Room lost: ", "room", "because"),
    Kind.ROOM_BACK: _text("Room is back: ", "room"),
    Kind.ROOM_ARCHIVED: _text("Room put away: ", "room"),
    Kind.ROOM_KEPT: _person("", " kept the room"),
    Kind.ROOM_HIDDEN: _text("Room made private in Slack: ", "room"),
    Kind.NUDGED: _text("Nudged: ", "say"),
    Kind.NUDGE_DISMISSED: _person("", " dismissed a nudge"),
    Kind.STEP_FAILED: _failed,
    Kind.STEP_RETRIED: _retried,
    Kind.TITLE: _changed("Title"),
    Kind.SERVICES: _changed("Services"),
    Kind.SEVERITY: _changed("Severity"),
    Kind.STATUS: _changed("Status"),
    Kind.OFFERED: _role("was asked to be"),
    Kind.ACCEPTED: _role("accepted the role of"),
    Kind.PASSED: _role("passed on the role of"),
    Kind.EXPIRED: _role("did not answer in time about the role of"),
    Kind.TAKEN: _role("took the role of"),
    Kind.HANDED_OVER: _handed_over,
    Kind.RELEASED: _role("gave up the role of"),
    Kind.UNASSIGNED: _unassigned,
    Kind.PAGED: _paged,
    Kind.REACHED: _reached,
    Kind.NOT_REACHED: _not_reached,
    Kind.PAGE_ANSWERED: _page_answered,
    Kind.VENDOR_ASKED: _vendor_asked,
    Kind.VENDOR_ANSWERED: _vendor_answered,
    Kind.VENDOR_LATE: _vendor_late,
    Kind.ESCALATED: _escalated,
    Kind.ESCALATION_STOPPED: lambda body, tongue: f"Escalation stopped{_because(body, tongue)}",
    Kind.JOINED: _moved("joined"),
    Kind.LEFT: _moved("left"),
    Kind.NOTE: _text("", "text"),
    Kind.MESSAGE: _message,
    Kind.SAID: _message,
    Kind.FILE_KEPT: _text("Kept: ", "name"),
    Kind.FILE_NOT_KEPT: lambda body, tongue: (
        f"Not kept: {tongue.words(body['name'])}{_because(body, tongue)}"
    ),
    Kind.UNSAID: _retracted,
    Kind.RETRACTED: _retracted,
    Kind.UPDATE: _update,
    Kind.UPDATE_LATE: _fixed("The promised update is late"),
    Kind.TREE_STARTED: _tree("Started"),
    Kind.TREE_CHECKED: _checked,
    Kind.TREE_ANSWERED: _answered,
    Kind.TREE_BACK: _text("Went back to: ", "question"),
    Kind.TREE_ENDED: _tree("Finished"),
    Kind.ACTION_ADDED: _action("New"),
    Kind.ACTION_DONE: _action("Done:"),
    Kind.ACTION_DROPPED: _action("Dropped"),
    Kind.ACTION_MOVED: _action("Changed"),
    Kind.ACTION_REMINDED: _action("Reminded of"),
    Kind.ACTION_ESCALATED: _action("Told the team lead about"),
    Kind.LINKED: _linked,
    **together.SENTENCES,
    Kind.SLO_BURN: _slo("burns its error budget"),
    Kind.SLO_NOTICE: _slo("error budget"),
    Kind.SLO_RECOVERED: _slo("stopped burning"),
    Kind.SLO_COST: _cost,
    Kind.POLICY: _slo("budget policy"),
    Kind.ALERT_FIRED: _alert("fired"),
    Kind.ALERT_RESOLVED: _alert("resolved"),
    Kind.CHANGE: _change,
    Kind.GATE_WAIVER: _gate_waiver,
    Kind.SUSPECTS: _suspects,
    Kind.MADE_PRIVATE: _person("", " made it private"),
    Kind.LET_IN: _person("Let in: ", ""),
    Kind.GLASS_BROKEN: _person("", " broke the glass and sees it for an hour"),
    Kind.KEY_TIME: _key_time,
    Kind.RESOLVED: _resolved,
    Kind.CLOSED: _fixed("Closed"),
    Kind.CANCELLED: lambda body, tongue: f"Cancelled{_because(body, tongue)}",
    Kind.REOPENED: lambda body, tongue: f"Reopened{_because(body, tongue)}",
    Kind.UNDONE: _undone,
    Kind.POSTMORTEM_STARTED: lambda body, tongue: (
        f"Postmortem started, owned by {tongue.person(body['owner'])}"
    ),
    Kind.POSTMORTEM_EDITED: _text("Postmortem edited: ", "sections"),
    Kind.POSTMORTEM_EXPORTED: _fixed("Postmortem exported"),
}

_BADGES = {
    Provenance.PERSON: "bust_in_silhouette",
    Provenance.BOT: "robot_face",
    Provenance.ALERT: "bell",
    Provenance.IMPORT: "inbox_tray",
}

_ICONS: dict[Kind, str] = {
    Kind.DECLARED: "rotating_light",
    Kind.SEVERITY: "triangular_flag_on_post",
    Kind.STATUS: "arrow_right",
    Kind.ACCEPTED: "helmet_with_white_cross",
    Kind.TAKEN: "helmet_with_white_cross",
    Kind.HANDED_OVER: "handshake",
    Kind.NOTE: "pushpin",
    Kind.MESSAGE: "pushpin",
    Kind.SAID: "speech_balloon",
    Kind.FILE_KEPT: "paperclip",
    Kind.FILE_NOT_KEPT: "warning",
    Kind.ROOM_LOST: "warning",
    Kind.UPDATE: "mega",
    Kind.UPDATE_LATE: "alarm_clock",
    Kind.TREE_ANSWERED: "deciduous_tree",
    Kind.TREE_ENDED: "deciduous_tree",
    Kind.ACTION_ADDED: "memo",
    Kind.ACTION_DONE: "white_check_mark",
    Kind.SLO_BURN: "fire",
    Kind.SLO_COST: "money_with_wings",
    Kind.POLICY: "scroll",
    Kind.ALERT_FIRED: "bell",
    Kind.KEY_TIME: "stopwatch",
    Kind.RESOLVED: "white_check_mark",
    Kind.CLOSED: "lock",
    Kind.REOPENED: "repeat",
    Kind.STEP_FAILED: "warning",
    Kind.REACHED: "email",
    Kind.NOT_REACHED: "warning",
    Kind.PAGE_ANSWERED: "ok_hand",
    Kind.ESCALATED: "arrow_up",
    Kind.VENDOR_ASKED: "telephone_receiver",
    Kind.VENDOR_LATE: "hourglass",
    Kind.CHANGE: "ship",
    Kind.GATE_WAIVER: "construction",
    Kind.SUSPECTS: "ship",
    Kind.TEAM_JOINED: "link",
    Kind.MERGED: "link",
    Kind.TOOK_IN: "link",
    Kind.SPLIT: "scissors",
    Kind.SPLIT_OFF: "scissors",
}
