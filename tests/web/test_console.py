"""The console and the status page, as they are read."""

import html
import re
from datetime import timedelta

import anyio
import pytest
from web.conftest import Get, fetch
from world import World

from incidents import assets
from incidents.actions.desk import Origin
from incidents.actions.updates import SendUpdate, send_update
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.text import UserText

EVIL = "<script>alert(1)</script>"


def tell(world: World, audience: str, text: str, number: int = 1) -> None:
    """An update to an audience."""
    by = Origin(PersonId("U0BO"), "slack")
    wanted = SendUpdate(audience, UserText(text))
    send_update(world.app.desk, IncidentNumber(number), wanted, by=by, now=world.clock())


def words(page: str) -> str:
    """What is read, without tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.partition("<main")[2])).split())


def test_every_page_opens_on_both_databases(world: World) -> None:
    world.ana.types("/incident checkout 5xx sev2 @checkout")
    pages = ["/", "/slos", "/actions", "/status", "/help", "/incidents/INC-1", "/metrics",
             "/incidents/INC-1/postmortem", "/incidents/INC-1/postmortem.md"]  # fmt: skip

    assert [page for page in pages if fetch(world, page).status_code != 200] == []


def test_a_quiet_day_says_so(get: Get) -> None:
    assert "Example Shop: nothing is open" in words(get("/").text)


def test_open_incidents_are_listed_with_who_commands_and_who_was_asked(
    light_world: World, get: Get
) -> None:
    light_world.ana.types("/incident checkout 5xx sev2 @checkout")
    asked = words(get("/").text)

    light_world.bo.presses("Accept", where=light_world.room("inc-1"))
    accepted = words(get("/").text)

    assert "◆ SEV2 Major investigating INC-1 checkout 5xx" in asked
    assert "No commander: Bo Lindqvist was asked" in asked
    assert "Commander Bo Lindqvist" in accepted


def test_a_late_update_shows_on_the_list(light_world: World, get: Get) -> None:
    light_world.ana.types("/incident checkout 5xx sev1 @checkout")
    light_world.clock.pass_(timedelta(minutes=20))

    assert "Update late" in words(get("/").text)


def test_an_incident_shows_its_facts_and_its_record_newest_first(
    light_world: World, get: Get
) -> None:
    light_world.ana.types("/incident checkout 5xx sev2 @checkout")
    light_world.bo.types("/incident note the pool is exhausted", where=light_world.room("inc-1"))

    text = words(get("/incidents/INC-1").text)

    assert "Room #inc-1-checkout-5xx" in text
    assert "Wednesday, 18 November 2026" in text
    assert text.index("the pool is exhausted") < text.index("Declared as sev2")


@pytest.mark.parametrize("page", ["/", "/incidents/INC-1", "/incidents/INC-1/postmortem"])
def test_what_people_type_is_words_and_never_html(light_world: World, get: Get, page: str) -> None:
    light_world.ana.types(f"/incident {html.escape(EVIL)} sev2 @checkout")  # as Slack sends it
    tell(light_world, "responders", EVIL)

    text = get(page).text
    assert EVIL not in text
    assert html.escape(EVIL) in text


@pytest.mark.parametrize("page", ["/", "/status", "/help", "/static/console.css", "/nowhere"])
def test_nothing_runs_that_we_did_not_write(get: Get, page: str) -> None:
    policy = get(page).headers["content-security-policy"]

    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_no_template_has_a_style_or_a_handler_that_the_policy_forbids() -> None:
    folder = assets.folder("templates") / "web"

    for template in folder.glob("*.html"):
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! src)", template.read_text())


@pytest.mark.parametrize(
    "page",
    ["/incidents/INC-9", "/incidents/nonsense", "/incidents/INC-9/live", "/incidents/x/live",
     "/incidents/INC-9/postmortem", "/incidents/x/postmortem.md", "/help/nothing", "/nowhere"],
)  # fmt: skip
def test_what_is_not_there_is_a_page_in_words(get: Get, page: str) -> None:
    answer = get(page)

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "All incidents" in words(answer.text)


def test_a_program_that_asks_for_what_is_not_there_gets_a_problem(get: Get) -> None:
    answer = get("/nowhere", accept="application/json")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_broken_record_is_a_page_in_words_too(light_world: World, get: Get) -> None:
    with light_world.app.desk.store.write() as connection:
        connection.exec_driver_sql("ALTER TABLE action_item RENAME TO lost")

    answer = get("/actions")

    assert answer.status_code == 500
    assert "This page could not be made." in words(answer.text)


def test_the_postmortem_reads_like_a_page(light_world: World, get: Get) -> None:
    light_world.ana.types("/incident checkout 5xx sev2 @checkout")
    light_world.passes(minutes=10)
    light_world.bo.types("/incident status monitoring", where=light_world.room("inc-1"))

    page = get("/incidents/INC-1/postmortem").text

    assert "warroom:begin" not in page
    assert "<details>" in page
    assert "Download .md" in words(page)


def test_the_postmortem_is_downloaded_as_the_file_it_is(light_world: World, get: Get) -> None:
    light_world.ana.types("/incident checkout 5xx sev2 @checkout")

    answer = get("/incidents/INC-1/postmortem.md")

    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    assert 'filename="INC-1-checkout-5xx.md"' in answer.headers["content-disposition"]
    assert answer.text.startswith("---\nschema: warroom.postmortem/1")


def test_action_items_are_listed_until_they_are_done(light_world: World, get: Get) -> None:
    light_world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = light_world.room("inc-1")
    light_world.ana.types("/incident todo @chen alert on connections by friday", where=room)

    assert "alert on connections Chen Wei" in words(get("/actions").text)


def test_budgets_are_listed_by_name(get: Get) -> None:
    assert "checkout/availability ? no data" in words(get("/slos").text)


def test_customers_read_their_updates_and_nothing_else(light_world: World, get: Get) -> None:
    light_world.ana.types("/incident secret database name sev1 @checkout")
    tell(light_world, "responders", "rolling back payments-client")
    tell(light_world, "customers", "Payments fail for some of you.")

    page = get("/status").text

    assert "Payments fail for some of you." in words(page)
    assert "Something does not work as it should." in words(page)
    internal = ("secret", "rolling back", "Bo", "INC-1", "checkout", "sev1", "SEV1", "/incidents")
    assert [word for word in internal if word in page] == []


def test_customers_are_not_told_of_what_nobody_wrote_to_them_about(
    light_world: World, get: Get
) -> None:
    light_world.ana.types("/incident checkout 5xx sev1 @checkout")

    assert "Everything works, as far as we know." in words(get("/status").text)


def test_customers_are_not_told_of_drills(light_world: World, get: Get) -> None:
    light_world.ana.types("/incident --drill a region is lost sev1")
    tell(light_world, "customers", "We practise.")

    assert "We practise." not in get("/status").text


def test_an_old_incident_stays_on_the_status_page_while_it_lasts(
    light_world: World, get: Get
) -> None:
    light_world.ana.types("/incident checkout 5xx sev4")
    tell(light_world, "customers", "Receipts arrive late.")
    light_world.clock.pass_(timedelta(days=20))

    assert "Receipts arrive late." in get("/status").text


def test_every_operators_page_opens(get: Get) -> None:
    names = re.findall(r'href="/help/([a-z-]+)"', get("/help").text)

    assert len(names) >= 5
    assert {get(f"/help/{name}").status_code for name in names} == {200}


def test_an_open_page_is_told_how_long_the_record_is(light_world: World) -> None:
    light_world.ana.types("/incident checkout 5xx sev2 @checkout")
    scope = {
        "type": "http", "method": "GET", "path": "/incidents/INC-1/live", "headers": [],
        "query_string": b"", "scheme": "http", "server": ("warroom.test", 80), "root_path": "",
        "http_version": "1.1", "client": ("127.0.0.1", 1), "asgi": {"version": "3.0"},
    }  # fmt: skip
    heard: list[bytes] = []

    async def listen() -> None:
        told = anyio.Event()
        requests = iter([{"type": "http.request", "body": b"", "more_body": False}])

        async def receive() -> dict[str, object]:
            for request in requests:
                return request
            await told.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, object]) -> None:
            body = message.get("body", b"")
            assert isinstance(body, bytes)
            heard.append(body)
            if body.startswith(b"data: "):
                told.set()

        await light_world.app.asgi()(scope, receive, send)

    anyio.run(listen)

    assert re.search(rb"data: \d+\n\n", b"".join(heard))


def test_an_incident_names_its_teams_with_who_leads_them(light_world: World, get: Get) -> None:
    light_world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = light_world.room("inc-1")
    light_world.ana.types("/incident affected @search", where=room)

    page = words(get("/incidents/INC-1").text)

    assert "Teams payments the commander speaks for it checkout" in page
    assert re.search(r"storefront \S+ \S+, was asked to lead, no answer yet search", page)


def test_an_incident_leads_to_those_that_have_to_do_with_it(light_world: World, get: Get) -> None:
    light_world.ana.types("/incident checkout 5xx sev2 @checkout")
    light_world.ana.types("/incident printers jam sev4")
    light_world.ana.types("/incident coffee is cold sev3")
    light_world.ana.types("/incident link INC-1 same deploy", where=light_world.room("inc-2"))
    light_world.ana.types("/incident merge INC-1 one cause", where=light_world.room("inc-3"))

    first, third = get("/incidents/INC-1").text, get("/incidents/INC-3").text

    related = r"Related INC-2 printers jam SEV4 \S+, investigating: same deploy"
    assert re.search(related, words(first))
    assert "Took in INC-3 coffee is cold" in words(first)
    assert '<a href="/incidents/INC-3"><span class="key">INC-3</span> coffee is cold</a>' in first
    assert "Part of INC-1 checkout 5xx" in words(third)


def test_private_ones_among_them_are_not_there(light_world: World, get: Get) -> None:
    light_world.ana.types("/incident checkout 5xx sev2 @checkout")
    light_world.ana.types("/incident zebra escaped sev2 --private")
    light_world.ana.types("/incident link INC-1 see there", where=light_world.room("inc-2"))

    page = get("/incidents/INC-1").text

    assert "zebra" not in page
    assert "INC-2" not in page
    assert get("/incidents/INC-2").status_code == 404


def test_supporting_roles_that_nobody_has_are_missing(light_world: World, get: Get) -> None:
    light_world.ana.types("/incident checkout 5xx sev1 @checkout")
    light_world.chen.types("/incident role scribe me", where=light_world.room("inc-1"))

    page = words(get("/incidents/INC-1").text)

    assert "Deputy Nobody Comms lead Nobody Scribe Chen Wei" in page
