"""Somebody else's outage: who answers for them here, how to reach them, and their clock."""

from world import World, words_of

from incidents.model.timeline import Kind
from incidents.render import timeline as sentences
from incidents.render.tongue import in_plain


def test_the_card_and_vendor_say_who_answers_for_them_and_how_to_reach_them(world: World) -> None:
    world.ana.types("/incident cards fail sev1 @payments")
    room = world.room("inc-1")

    room.shows("Relies on Northpay: payments answers for it; Priority desk: +44 20 7946 0000")
    matrix = words_of(world.ana.types("/incident vendor", where=room))

    assert "*Northpay* (`northpay`), needed by payments (soft)" in matrix
    assert "Answers for it: Payments, on call now: bo (`page payments`)" in matrix
    assert "Account: `EX-40412`" in matrix
    assert "answers sev1 within 15 min" in matrix


def test_a_vendor_that_was_asked_has_their_own_clock(world: World) -> None:
    world.ana.types("/incident cards fail sev1 @payments")
    room = world.room("inc-1")
    asked = words_of(world.ana.types("/incident vendor northpay ticket 4711", where=room))
    world.passes(minutes=14)
    early = [one for one in world.record(1) if one.kind is Kind.VENDOR_LATE]
    world.passes(minutes=2)
    room.shows(":hourglass: Northpay has not answered in the time that was agreed.")
    world.passes(minutes=4)
    told = words_of(world.ana.types("/incident vendor northpay answered they see it", where=room))
    world.passes(hours=1)

    said = [
        sentences.say(one, in_plain({}))
        for one in world.record(1)
        if one.kind in {Kind.VENDOR_ASKED, Kind.VENDOR_ANSWERED, Kind.VENDOR_LATE}
    ]
    assert early == []
    assert "They owe an answer by " in asked
    assert "Northpay answered after 20 min, later than the 15 min agreed." in told
    assert said == [
        "Asked Northpay, who owe an answer within 15 min: ticket 4711",
        "Northpay has not answered in the time that was agreed",
        "Northpay answered after 20 min, later than the 15 min agreed: they see it",
    ]


def test_an_answer_in_time_stops_the_clock(world: World) -> None:
    world.ana.types("/incident cards fail sev1 @payments")
    room = world.room("inc-1")
    world.ana.types("/incident vendor northpay", where=room)
    world.passes(minutes=5)
    told = words_of(world.ana.types("/incident vendor northpay answered", where=room))
    world.passes(minutes=30)

    assert "answered after 5 min, within the 15 min agreed" in told
    assert [one for one in world.record(1) if one.kind is Kind.VENDOR_LATE] == []


def test_a_vendor_nobody_knows_or_asked_is_told_kindly(world: World) -> None:
    world.ana.types("/incident cards fail sev1 @payments")
    room = world.room("inc-1")
    unknown = words_of(world.ana.types("/incident vendor nortpay", where=room))
    unasked = words_of(world.ana.types("/incident vendor northpay answered", where=room))

    assert "Did you mean northpay?" in unknown
    assert "Northpay was not asked about INC-1." in unasked
