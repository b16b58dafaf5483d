"""Who else fails: asked for anywhere, and always on the card."""

from world import World, words_of


def test_the_blast_radius_of_a_service_is_told_with_depth_and_way(light_world: World) -> None:
    said = words_of(light_world.ana.types("/incident blast orders-db"))

    assert "*Blast radius of `orders-db`*" in said
    assert "6 services (3 of tier 1, 2 steps deep), 4 SLOs, customers: shoppers, merchants" in said
    assert "• `checkout` tier 1, payments (next to it)" in said
    assert "• `web-storefront` tier 1, storefront (2 steps, through `cart`)" in said
    assert "`checkout/availability`" in said


def test_a_vendor_has_a_blast_radius_too(light_world: World) -> None:
    said = words_of(light_world.ana.types("/incident blast northpay"))

    assert "*Gets worse*\n• `payments` tier 1, payments (next to it)" in said
    assert "Fails with it" not in said


def test_it_is_drawn_for_wherever_mermaid_is_shown(light_world: World) -> None:
    said = words_of(light_world.ana.types("/incident blast @orders picture"))

    assert "flowchart TD" in said
    assert "s0 --&gt; s1" in said


def test_in_a_room_it_is_about_the_incident_and_stands_on_the_card(light_world: World) -> None:
    light_world.ana.types("/incident payments down sev1 @payments")
    room = light_world.room("inc-1")

    said = words_of(light_world.ana.types("/incident blast", where=room))

    assert "Blast radius of `payments`" in said
    assert (
        "*Blast radius*\n2 services (2 of tier 1, 2 steps deep), 3 SLOs, "
        "customers: shoppers, merchants" in room.text
    )


def test_outside_of_a_room_it_asks_whose_and_helps_with_a_slip(light_world: World) -> None:
    nobody = words_of(light_world.ana.types("/incident blast"))
    slip = words_of(light_world.ana.types("/incident blast ordersdb"))

    assert "Whose outage?" in nobody
    assert "/incident blast checkout" in nobody
    assert "There is no service called ordersdb. Did you mean orders-db?" in slip
