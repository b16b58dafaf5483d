"""Slack is away: people are told otherwise, in a minute, once, on the record (F23, F32)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from outage.receivers import SECRET, Hook, MailServer
from world import START, World, words_of

from bot.addresses import read_own
from bot.app import build
from bot.clock import FastClock, utc_now
from bot.couriers.fallback import FallbackCourier, read_mail_server, read_webhook
from bot.emulator.faults import Fault
from bot.outgoing import Outgoing
from bot.settings import BadSettings, Settings
from incidents import assets
from incidents.actions import commanding, ops, roles
from incidents.actions.declare import Declare, declare
from incidents.actions.deliver import Ambiguous, Dead, NotSent, Throttled
from incidents.actions.desk import CLOCK, Origin
from incidents.model.effects import EffectKind, Receipt
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.text import clean_line
from incidents.model.timeline import Kind
from incidents.render import timeline as sentences
from incidents.render.tongue import in_plain
from incidents.store import people, timeline
from incidents.store import roles as stored
from incidents.store.outbox import Claimed

NUMBER = IncidentNumber(1)


class NobodyThere(httpx.BaseTransport):
    """Slack cannot be connected to."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody there", request=request)


def test_whoever_is_asked_hears_of_it_by_mail_and_webhook_within_a_minute(
    reachable: World, mail: MailServer, hook: Hook
) -> None:
    _slack_goes(reachable)
    begun = reachable.clock()
    _declared(reachable, "checkout 5xx", "checkout")

    _seconds(reachable, 44)
    early = len(mail.letters)
    _seconds(reachable, 5)

    assert early == 0
    assert reachable.clock() - begun < timedelta(seconds=60)
    (letter,) = mail.letters
    asked = _asked(reachable)
    assert letter["To"] == _person(reachable, asked).email
    assert letter["Subject"] == "INC-1: will you command? SEV2 Major, checkout 5xx"
    assert hook.got[0]["data"]["person"]["id"] == asked
    assert hook.got[0]["data"]["text"].split() == letter.get_content().split()


def test_the_mail_says_what_how_bad_why_you_where_and_who_else(
    reachable: World, mail: MailServer
) -> None:
    _slack_goes(reachable)
    _declared(reachable, "checkout 5xx", "checkout")

    _seconds(reachable, 50)

    assert mail.letters[0].get_content().replace("\r\n", "\n") == (
        "INC-1: checkout 5xx\n"
        "SEV2 Major, since 09:00 UTC on 2026-11-18.\n"
        "Affected: checkout (tier 1).\n"
        "\n"
        "You are asked to command it.\n"
        "Why you: Bo Lindqvist is on call for payments, which owns checkout (tier 1); "
        "commands nothing else, not paged lately.\n"
        "The next person is asked at 09:05 UTC on 2026-11-18.\n"
        "You are told this way because Slack is not reachable since 09:00 UTC on 2026-11-18.\n"
        "\n"
        "Call: https://meet.example.com/inc-1\n"
        "Record: http://warroom.test/incidents/INC-1\n"
        "Runbook Checkout: https://runbooks.example.com/checkout\n"
        "Runbook Order queue: https://runbooks.example.com/order-queue\n"
        "Room in Slack, once it is back: #inc-1-checkout-5xx\n"
        "\n"
        "Others who can help:\n"
        "  Dana Weiss (@dana): dana@example.com\n"
        "\n"
        "Work without Slack, where warroom runs; all of it appears in Slack afterwards:\n"
        "  warroom incident show INC-1\n"
        "  warroom incident lead INC-1 YOUR-HANDLE     (take command)\n"
        '  warroom incident note INC-1 "what you saw or did"\n'
        '  warroom incident resolve INC-1 --fix "what helped"\n'
    )


def test_nobody_is_told_twice_by_whatever_comes_back_later(
    reachable: World, mail: MailServer, hook: Hook
) -> None:
    _slack_goes(reachable)
    _declared(reachable, "checkout 5xx", "checkout")
    _seconds(reachable, 60)

    reachable.slack.faults.clear()
    reachable.passes(minutes=3)

    assert len(mail.letters) == 1
    assert len(hook.names) == len(set(hook.names)) == 1
    reachable.room("inc-1").shows("INC-1")


def test_nobody_is_told_otherwise_while_slack_works(
    reachable: World, mail: MailServer, hook: Hook
) -> None:
    reachable.ana.types("/incident checkout 5xx @checkout")
    reachable.ana.types("/incident page payments", where=reachable.room("inc-1"))

    reachable.passes(minutes=3)

    assert mail.letters == []
    assert hook.got == []


def test_a_page_that_slack_does_not_take_arrives_otherwise_and_names_who_asked(
    reachable: World, mail: MailServer
) -> None:
    reachable.ana.types("/incident checkout 5xx @checkout")
    _slack_goes(reachable)
    person, _ = commanding.page(
        reachable.app.desk, NUMBER, "payments", None, by=_ana(reachable), now=reachable.clock()
    )

    _seconds(reachable, 50)

    assert [letter["To"] for letter in mail.letters] == [_person(reachable, person).email]
    assert mail.letters[0]["Subject"] == "INC-1: you are needed. SEV2 Major, checkout 5xx"
    assert "on call for payments" in mail.letters[0].get_content()


def test_an_answer_that_came_meanwhile_keeps_the_mail_back(
    reachable: World, mail: MailServer
) -> None:
    _slack_goes(reachable)
    _declared(reachable, "checkout 5xx", "checkout")
    taker = _asked(reachable)
    roles.assign(
        reachable.app.desk,
        NUMBER,
        "commander",
        taker,
        by=Origin(taker, "cli"),
        now=reachable.clock(),
    )

    _seconds(reachable, 60)

    assert mail.letters == []


def test_every_hop_of_the_escalation_is_reached_while_slack_is_away(
    reachable: World, mail: MailServer
) -> None:
    _slack_goes(reachable)
    _declared(reachable, "checkout 5xx", "checkout")

    _minutes(reachable, 16)

    with reachable.app.desk.look() as connection:
        asked = [one.person for one in stored.history(connection, NUMBER)]
    told = [letter["To"] for letter in mail.letters if "will you command" in letter["Subject"]]
    assert len(asked) >= 3
    assert told == [_person(reachable, one).email for one in asked[: len(told)]]
    assert len(told) >= 3


def test_the_record_says_who_was_told_how_and_why_and_so_does_why(
    reachable: World, mail: MailServer
) -> None:
    _slack_goes(reachable)
    _declared(reachable, "checkout 5xx", "checkout")
    _seconds(reachable, 50)
    reachable.slack.faults.clear()
    reachable.passes(minutes=2)

    said = _said(reachable, Kind.REACHED)
    shown = words_of(reachable.ana.types("/incident why", where=reachable.room("inc-1")))

    assert len(mail.letters) == 1
    assert sorted(said) == [
        "Told Bo Lindqvist by e-mail: Slack is not reachable since 09:00 UTC on 2026-11-18",
        "Told Bo Lindqvist by webhook: Slack is not reachable since 09:00 UTC on 2026-11-18",
    ]
    assert "by e-mail: Slack is not reachable" in shown


def test_from_a_cold_start_those_on_call_in_the_catalogue_are_told(
    database_url: str, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that never met anybody, a Slack that never answered."""
    monkeypatch.setenv("SSL_CERT_FILE", str(mail.trust))
    clock = FastClock(START)
    settings = Settings(
        warroom_database_url=database_url,
        warroom_config_dir=assets.folder("templates") / "init",
        warroom_fallback_smtp_url=mail.url,
        warroom_fallback_from="warroom@example.com",
    )
    app = build(settings, clock=clock, transport=NobodyThere(), threads=False)
    order = Declare(clean_line("payments are slow"), services=("payments",))
    declare(app.desk, order, by=CLOCK, now=clock())

    for _ in range(6):
        clock.pass_(timedelta(seconds=10))
        app.fire()
        app.deliverer.drain()
    app.stop()

    what = "SEV2 Major, payments are slow"
    assert [(letter["To"], letter["Subject"].strip()) for letter in mail.letters] == [
        ("bo@example.com", f"INC-1: nobody commands, you are on call. {what}"),
        ("dana@example.com", f"INC-1: nobody commands, you are on call. {what}"),
    ]


def test_a_private_incident_leaves_no_title_outside(reachable: World, mail: MailServer) -> None:
    _slack_goes(reachable)
    number = _declared(reachable, "breach of the vault", "payments")
    with reachable.app.desk.work(CLOCK, reachable.clock()) as work:
        work.change(work.incident(number), is_private=True)

    _seconds(reachable, 60)

    assert "a private incident" in mail.letters[0]["Subject"]
    assert "vault" not in mail.letters[0].as_string()
    assert "payments" not in mail.letters[0].as_string()


def test_somebody_without_an_address_is_on_the_record_as_not_reached(
    database_url: str, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(mail.trust))
    world = World(
        database_url,
        warroom_fallback_smtp_url=mail.url,
        warroom_fallback_from="warroom@example.com",
    )
    world.slack.faults.add(Fault(kind="down"))
    with world.app.desk.store.write() as connection:
        people.remember(connection, _stranger(), world.clock())
    number = _declared(world, "checkout 5xx", "checkout")
    commanding.page(
        world.app.desk, number, "", PersonId("U0STRANGER"), by=_ana(world), now=world.clock()
    )

    _seconds(world, 60)

    said = _said(world, Kind.NOT_REACHED)
    world.close()
    assert [one.partition(":")[0] for one in said] == ["Could not reach Sam Stranger"]
    assert said[0].endswith(", and no e-mail address is known")


def test_who_runs_the_bot_is_told_once_in_their_channel_and_by_mail(
    reachable: World, mail: MailServer
) -> None:
    for _ in range(2):
        with reachable.app.desk.work(CLOCK, reachable.clock()) as work:
            ops.tell_ops(work, "slack-token", "Slack refuses the token", "Make a new one & set it")
    reachable.settle()

    shown = reachable.channel("incidents").text
    assert shown.count("Slack refuses the token*\nMake a new one &amp; set it") == 1
    (letter,) = mail.to_ops
    assert letter["Subject"] == "[warroom] Slack refuses the token"


def test_a_dead_letter_is_told_and_what_tells_of_it_is_not(
    reachable: World, mail: MailServer
) -> None:
    dead = _claimed("INC-1/invite/first", EffectKind.INVITE, {})
    ours = _claimed("ops/dead/x", EffectKind.POST, {}, lane="ops")
    for effect in (dead, dead, ours):
        with reachable.app.desk.work(CLOCK, reachable.clock()) as work:
            ops.tell_of_dead(work, effect, "Slack does not know that person")
    reachable.settle()

    shown = reachable.channel("incidents").text
    assert shown.count("Inviting people failed for good") == 2  # the text and the block of one
    assert "warroom effects retry INC-1/invite/first" in shown
    assert len(mail.to_ops) == 1


# The courier itself.


def test_an_answer_that_is_lost_is_sent_again_under_the_same_name(mail: MailServer) -> None:
    courier, effect = _mailing(mail), _letter()
    mail.answers = [None]

    with pytest.raises(Ambiguous):
        courier.carry(effect)
    probed = courier.probe(effect)
    receipt = courier.carry(effect)

    assert probed is None
    assert len(mail.letters) == 2
    assert {letter["Message-ID"] for letter in mail.letters} == {receipt.result["message_id"]}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("451 try later", NotSent), ("452 full", NotSent), ("550 no", Dead), ("554 spam", Dead)],
)
def test_what_the_mail_server_says_decides(
    mail: MailServer, answer: str, expected: type[Exception]
) -> None:
    mail.answers = [answer]
    with pytest.raises(expected):
        _mailing(mail).carry(_letter())

    mail.refuses = {"bo@example.com": answer}
    with pytest.raises(expected):
        _mailing(mail).carry(_letter())
    assert mail.letters == []


def test_a_password_never_travels_in_the_clear(mail: MailServer) -> None:
    in_the_clear = mail.url.replace("smtp://", "smtp+plain://")
    courier = FallbackCourier(
        Outgoing(), utc_now, mail=read_mail_server(in_the_clear, "a@example.com")
    )
    untrusting = FallbackCourier(
        Outgoing(), utc_now, mail=read_mail_server(mail.url, "a@example.com")
    )

    with pytest.raises((NotSent, Dead)):
        courier.carry(_letter())
    with pytest.raises(NotSent, match="SSLCertVerificationError"):
        untrusting.carry(_letter())
    assert mail.letters == []


def test_a_mail_server_that_is_not_there_has_seen_nothing(mail: MailServer) -> None:
    mail.stop()
    with pytest.raises(NotSent):
        _mailing(mail).carry(_letter())
    mail.__init__(mail.trust.parent)  # type: ignore[misc]  # the fixture stops it again


@pytest.mark.parametrize("to", ["", "bo", "bo@b.example\r\nBcc: all@b.example", "bö@b.example"])
def test_an_address_that_is_none_reaches_nobody(mail: MailServer, to: str) -> None:
    with pytest.raises(Dead):
        _mailing(mail).carry(_letter(to=to))

    assert mail.letters == []


def test_words_of_any_language_arrive_and_break_no_header(mail: MailServer) -> None:
    text = "Zahlung läuft nicht 💥\n.\nFrom me\n" + "x" * 5000 + "\n"
    _mailing(mail).carry(_letter(subject="Zahlung\r\nBcc: all@example.com 💥", text=text))

    (letter,) = mail.letters
    assert letter["Subject"] == "Zahlung Bcc: all@example.com 💥"
    assert letter["Bcc"] is None
    assert letter.get_content().replace("\r\n", "\n") == text
    assert letter["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(
    ("status", "expected"),
    [(503, Ambiguous), (429, Throttled), (408, Throttled), (302, Dead), (410, Dead), (400, Dead)],
)
def test_what_the_webhook_answers_decides(
    hook: Hook, status: int, expected: type[Exception]
) -> None:
    hook.answers = [status]
    with pytest.raises(expected):
        _hooking(hook).carry(_letter(by="webhook"))


def test_a_webhook_repeats_itself_under_the_same_name(hook: Hook) -> None:
    hook.answers = [503]
    with pytest.raises(Ambiguous):
        _hooking(hook).carry(_letter(by="webhook"))
    done = _hooking(hook).carry(_letter(by="webhook"))

    assert done == Receipt({"status": 204})
    assert hook.names == ["INC-1/reach/ask-1/webhook"] * 2


def test_a_fallback_that_cannot_work_is_refused_before_anybody_relies_on_it(
    sqlite_url: str,
) -> None:
    wrong: list[dict[str, Any]] = [
        {"warroom_fallback_smtp_url": "mail.example.com"},
        {"warroom_fallback_smtp_url": "smtp://mail.example.com"},
        {"warroom_fallback_webhook_url": "https://x.example/"},
        {"warroom_fallback_webhook_url": "https://x.example", "warroom_fallback_secret": "whsec_%"},
    ]
    for settings in wrong:
        with pytest.raises(BadSettings, match="WARROOM_FALLBACK"):
            World(sqlite_url, **settings)


def _slack_goes(world: World) -> None:
    world.slack.faults.add(Fault(kind="down"))


def _declared(world: World, title: str, service: str) -> IncidentNumber:
    order = Declare(clean_line(title), services=(service,))
    return declare(world.app.desk, order, by=CLOCK, now=world.clock()).incident.number


def _seconds(world: World, count: int) -> None:
    """Time goes by a second at a time, as the metronome beats it."""
    for _ in range(count):
        world.clock.pass_(timedelta(seconds=1))
        world.app.fire()
        world.app.deliverer.drain()


def _minutes(world: World, count: int) -> None:
    for _ in range(count * 4):
        world.clock.pass_(timedelta(seconds=15))
        world.app.fire()
        world.app.deliverer.drain()


def _asked(world: World) -> PersonId:
    with world.app.desk.look() as connection:
        offer = stored.offered(connection, NUMBER, "commander")
    assert offer is not None
    return offer.person


def _person(world: World, who: PersonId) -> Any:
    with world.app.desk.look() as connection:
        return people.get(connection, who)


def _ana(world: World) -> Origin:
    return Origin(PersonId(world.ana.id), "cli")


def _stranger() -> Any:
    from incidents.model.people import Person

    return Person(PersonId("U0STRANGER"), "sam", "Sam Stranger")


def _said(world: World, kind: Kind) -> list[str]:
    with world.app.desk.look() as connection:
        known = {str(one.id): one for one in people.everybody(connection)}
        entries = timeline.entries(connection, NUMBER)
    return [sentences.say(one, in_plain(known)) for one in entries if one.kind is kind]


def _claimed(
    key: str, kind: EffectKind, args: dict[str, Any], *, lane: str | None = None
) -> Claimed:
    now = datetime(2026, 11, 18, 9, tzinfo=UTC)
    return Claimed("1", key, kind, args, NUMBER, lane or key, 1, now, None, 1, now)


def _letter(by: str = "email", **changes: str) -> Claimed:
    args = {
        "by": by,
        "person": "U1",
        "name": "Bo",
        "to": "bo@example.com",
        "phone": "",
        "subject": "INC-1",
        "text": "words\n",
        "purpose": "ask",
        "because": "Slack is away",
    }
    return _claimed(f"INC-1/reach/ask-1/{by}", EffectKind.NOTIFY, {**args, **changes})


def _mailing(mail: MailServer) -> FallbackCourier:
    server = read_mail_server(mail.url, "warroom <warroom@example.com>")
    return FallbackCourier(Outgoing(), utc_now, mail=server, trust=mail.trusted())


def _hooking(hook: Hook) -> FallbackCourier:
    rules = Outgoing(read_own(["127.0.0.1"]))
    return FallbackCourier(rules, utc_now, webhook=read_webhook(hook.url, SECRET))
