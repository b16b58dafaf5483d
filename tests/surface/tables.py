"""What is typed, and what must be seen afterwards: in an answer, a message, a dialog, a topic.

Each table is typed from top to bottom by one person in one place; a dialog that opens is filled in
and sent. ``{note}`` is the number of the last note, ``{key}`` that of the room's incident.
"""

from collections.abc import Sequence
from typing import NamedTuple


class Row(NamedTuple):
    """``typed`` after the command's name, and words that it must bring."""

    typed: str
    brings: str


IN_A_ROOM = (
    Row("", "*SEV2 Major*"),
    Row("card", "*SEV2 Major*"),
    Row("who", "*Commander* nobody"),
    Row("why", "Bo Lindqvist is on call for payments"),
    Row("lead me", "is commander of {key}."),
    Row("note at 09:58 the pool is full", "Noted as entry"),
    Row("timeline", "the pool is full"),
    Row("correct {note} the pool of connections is full", "corrects entry {note}"),
    Row("note [at 10:01] half of Europe", "Noted as entry"),
    Row("retract {note} was said twice", "Entry {note} is taken back."),
    Row("timeline all", "the pool of connections is full"),
    Row("times", "Key times of {key}"),
    Row("times mitigated 10:00", "*Mitigated*"),
    Row("sev 3 fewer than we thought", "{key} is SEV3 Minor now."),
    Row("sev", "{key} is SEV1 Critical now."),
    Row("status identified", "{key} is identified now."),
    Row("status", "Change status"),
    Row("role scribe @dana", "is scribe of {key}."),
    Row("role", "Roles of {key}"),
    Row("handoff", "Hand over {key}"),
    Row("handoff @hana", "is asked to take over"),
    Row("update We are rolling back.", "{key} Update for responders: We are rolling back."),
    Row("update", "{key} Update for customers"),
    Row("todo @bo add a test by friday", "Action item 1 for"),
    Row("todo", "Action item 2 for"),
    Row("tree http-5xx", "*HTTP 5xx*"),
    Row("tree", "Trees that fit"),
    Row("page search", "on call for storefront, which owns search"),
    Row("invite @eli", "<@U0ELI> has joined the channel"),
    Row("affected @search its queries time out", "*storefront* is affected too."),
    Row("vendor", "Northpay"),
    Row("vendor northpay ticket 4711", "They owe an answer by"),
    Row("vendor northpay answered they see it too", "Northpay answered after"),
    Row("escalate", "Asking dana now."),
    Row("escalate stop enough of us are here", "Nobody else is asked"),
    Row("subscribe", "You hear of {key} by direct message"),
    Row("unsubscribe", "You hear no more of {key}."),
    Row("catchup", "Where {key} stands"),
    Row("changes", "is recorded"),
    Row("postmortem", "Postmortem of {key}"),
    Row("postmortem edit", "The postmortem of {key} is saved."),
    Row("split @search search has its own trouble", "`search` is INC-2"),
    Row("undo", "What can be undone in {key}"),
    Row("frobnicate", "I do not know `frobnicate`."),
    Row("help", "shows the card of {key}"),
    Row("help all", "*In an incident's room*"),
    Row("help severity", "Change the severity"),
)

ANYWHERE = (
    Row("list", "*INC-1* checkout 5xx"),
    Row("mine", "add a test"),
    Row("help", "understands"),
    Row("oncall", "*payments* <@U0BO>"),
    Row("oncall override @dana for payments until friday 9:00", "is on call for *payments*"),
    Row("oncall override", "Who stands in"),
    Row("oncall swap @dana saturday", "Nothing changes until they agree."),
    Row("oncall swap", "Swap a shift"),
    Row("slo", "*search/latency*"),
    Row("slo checkout", "*checkout/availability*"),
    Row("gate checkout", "*checkout*"),
    Row("gate checkout waive", "Waive the gate"),
    Row("gate checkout waive for 2h because the fix must go out", "Asked: a waiver"),
    Row("gate checkout revoke", "says again what it says by itself"),
    Row("gate checkout waive for 2h because it cannot wait", "Asked: a waiver"),
    Row("window", "No window is planned."),
    Row(
        "window maintenance search for 2h because of an upgrade", "its pages and tickets are muted"
    ),
    Row("window freeze everything from friday 17:00 until monday 8:00", "nothing is deployed"),
    Row("window maintenance", "Plan a window"),
    Row("window list", "*freeze w2*"),
    Row("window cancel w1", "is called off"),
    Row("window exclusions", "Everything counts."),
    Row(
        "window exclude checkout 1:00-2:00 as network because x",
        "Only an administrator may exclude",
    ),
    Row("blast checkout", "Blast radius of `checkout`"),
    Row("blast northpay picture", "flowchart"),
    Row("subscribe @checkout sev1", "You hear of @checkout sev1"),
    Row("subscriptions", "What you hear of by direct message"),
    Row("unsubscribe @checkout sev1", "You hear no more of @checkout sev1."),
    Row("subscribe @search", "You hear of @search"),
    Row("drill the cellar is flooded", "the cellar is flooded"),
    Row("drill", "Drill: marked everywhere"),
    Row("declare", "What is broken?"),
    Row("", "What is broken?"),
    Row("printer burns sev4", "printer burns"),
    Row("sev 2", "Which incident is `sev` about?"),
    Row("note INC-1 typed from outside", "of INC-1"),
    Row("break-glass INC-1 why", "Only an administrator may break the glass."),
)

ONE_OUTAGE = (
    Row("link INC-1 the same database", "INC-1"),
    Row("link", "Link"),
    Row("merge INC-1 one outage", "is part of INC-1 now"),
    Row("split", "is an incident of its own again"),
    Row("merge", "Merge"),
)

IN_A_CHANNEL_OF_THEIR_OWN = (
    Row("convert checkout feels slow sev4 @checkout", "Is it the same outage?"),
)

THE_END = (
    Row("resolve rolled back", "{key} is resolved."),
    Row("fix the pool is larger now", "What fixed {key} is on the record."),
    Row("reopen it is back", "{key} is open again."),
    Row("resolve", "{key} is resolved."),
    Row("reopen", "{key} is open again."),
    Row("resolve rolled back again", "{key} is resolved."),
    Row("close", "were promised an update"),
)

REALLY_THE_END = (
    Row("close", "{key} is closed."),
    Row("postmortem", "Postmortem of {key}"),
)

NO_INCIDENT = (Row("cancel it was toast", "{key} is cancelled."),)

SECRET = (
    Row("lead", "is commander of {key}."),
    Row("private", "private"),
)

ALL_TABLES: Sequence[Sequence[Row]] = (
    IN_A_ROOM,
    ANYWHERE,
    ONE_OUTAGE,
    IN_A_CHANNEL_OF_THEIR_OWN,
    THE_END,
    REALLY_THE_END,
    NO_INCIDENT,
    SECRET,
)
