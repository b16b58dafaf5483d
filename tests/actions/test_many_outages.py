"""A thousand outages in a generated organisation: who is asked each time is the right one, and the
reason that is given is true.

What is right is worked out here a second time, from the configuration and from what the test itself
saw happen: who was asked when, who commands what. Nothing of it is read from the record.
"""

import random
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from organisation import AROUND, Organisation, organisation

from incidents.actions import climbing, elsewhere, roles
from incidents.actions.declare import Declare, declare
from incidents.actions.desk import CLOCK, Desk, Origin
from incidents.model.commander import LOAD_LIMIT, Training
from incidents.model.escalation import Hop
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.oncall import everyone_on_call
from incidents.model.people import Person
from incidents.model.services import Service, Team
from incidents.model.severity import Severity
from incidents.model.text import clean
from incidents.model.timeline import Kind
from incidents.store import people, timeline
from incidents.store import roles as stored
from incidents.store.engine import Store
from incidents.store.roles import Assignment

EIGHT_WEEKS = timedelta(weeks=8)
WEEK = timedelta(days=7)
NOT_ALONE = {Severity.SEV1, Severity.SEV2}
ON_THE_PATH, LEARNS = 1, 2
LATER = {
    1: "is on the escalation path, which comes after the on-call",
    2: "is in the team, but neither on call nor on the path",
}
WEIGHT = {1: 8, 2: 4, 3: 2, 4: 1}
STANDING = re.compile(
    r"(?P<name>.+?) is (?:on call for|next on the escalation path of|a member of) "
    r"(?P<team>\S+?)(?: \((?P<rotation>\S+)\))?, which owns (?P<service>\S+) "
    r"\(tier (?P<tier>\d)\)(?:, and nobody on its on-call or path can)?; "
    r"commands (?P<load>nothing else|\d+ other incidents?), "
)


@dataclass
class Seen:
    """What happened, as somebody saw it who only watched."""

    commands: dict[int, str] = field(default_factory=dict)
    asked: dict[int, str] = field(default_factory=dict)
    severity: dict[int, Severity] = field(default_factory=dict)
    refused: dict[int, dict[str, str]] = field(default_factory=dict)
    pages: dict[str, list[datetime]] = field(default_factory=dict)
    began: dict[str, list[tuple[datetime, int]]] = field(default_factory=dict)

    def load(self, person: str, apart_from: int) -> int:
        """How many other incidents they command or are asked to."""
        busy = {number for number, one in self.commands.items() if one == person}
        busy |= {number for number, one in self.asked.items() if one == person}
        return len(busy - {apart_from})

    def last_page(self, person: str, now: datetime) -> datetime | None:
        """When they were asked last, within a week."""
        return max((at for at in self.pages.get(person, []) if now - at <= WEEK), default=None)

    def nights(self, person: str, now: datetime, zone: str) -> int:
        """How often they were asked last night, hour by hour on their own clock."""
        local = now.astimezone(ZoneInfo(zone))
        last = local.date() if local.hour < 22 else local.date() + timedelta(days=1)
        count = 0
        for at in self.pages.get(person, []):
            then = at.astimezone(ZoneInfo(zone))
            night = then.date() if then.hour < 8 else then.date() + timedelta(days=1)
            count += (then.hour >= 22 or then.hour < 8) and night == last
        return count


@dataclass(frozen=True)
class Known:
    """What speaks for and against somebody: of each number, the less the better.

    ``place`` is on call, on the path with its step, or in the team.
    """

    person: str
    name: str
    place: tuple[int, int]
    load: int
    nights: int
    week: int
    training: int
    turns: int
    began: float
    paged: float


def often(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


class Played:
    """Outages come and go; after each question the answer is compared with what is right."""

    def __init__(self, made: Organisation, store: Store, seed: int) -> None:
        self.catalog, self.chance = made.catalog, random.Random(seed)
        self.aside = random.Random(seed)  # so that what happens aside leaves the rest as it is
        self.desk, self.now = Desk(store, self.catalog), AROUND
        self.seen = Seen()
        self.asked_owner = self.questions = self.nobody = self.spared = self.overloaded = 0
        self.climbed = self.drills = 0
        self.people = {
            member.handle: Person(
                PersonId(f"U{member.handle.upper()}"), member.handle, member.name, member.zone
            )
            for member in self.catalog.people.values()
        }
        self.by_id = {str(one.id): one for one in self.people.values()}
        self.dependents: dict[str, set[str]] = {}
        for service in self.catalog.services:
            for need in service.depends_on:
                self.dependents.setdefault(need.on, set()).add(service.name)
        with store.write() as connection:
            for one in self.people.values():
                people.remember(connection, one, self.now)

    def play(self, outages: int) -> None:
        """So many outages; what happens in between is left to chance."""
        names = [one.name for one in self.catalog.services]
        for _ in range(outages):
            self.now += timedelta(minutes=self.chance.randint(1, 90))
            failing = tuple(self.chance.sample(names, self.chance.choice((1, 1, 2, 3))))
            severity = self.chance.choice(list(Severity))
            order = Declare(clean("an outage"), severity=severity, services=failing)
            number = declare(self.desk, order, by=CLOCK, now=self.now).incident.number
            self.seen.severity[number] = severity
            self.seen.refused[number] = {}
            service = self.most_affected(failing)
            self.check(number, service)
            self.also(number, service, failing)
            while (person := self.seen.asked.get(number)) and self.answer(number, person):
                self.check(number, service)
            self.end_some()

    def answer(self, number: IncidentNumber, person: str) -> bool:
        """Whether they leave it to the next one: by passing, or by silence."""
        self.now += timedelta(minutes=self.chance.randint(0, 4))
        by = Origin(PersonId(person), "slack")
        what = self.chance.random()
        if what < 0.6:
            roles.accept(self.desk, number, "commander", by=by, now=self.now)
            self.seen.commands[number] = self.seen.asked.pop(number)
            self.seen.began.setdefault(person, []).append((self.now, number))
            return False
        if what < 0.7:  # the next outage comes before they answer
            return False
        if what < 0.85:
            self.seen.refused[number][person] = "passed"
            roles.pass_on(self.desk, number, "commander", by=by, now=self.now)
        else:
            self.seen.refused[number][person] = "was asked and did not answer in time"
            with self.desk.work(CLOCK, self.now) as work:
                offer = stored.offered(work.connection, number, "commander")
                assert offer is not None
                roles.expire(work, number, offer.id)
        return True

    def also(self, number: IncidentNumber, service: Service, failing: tuple[str, ...]) -> None:
        """Now and then somebody climbs the path, which wakes people, or has a drill, which counts
        nowhere.
        """
        what = self.aside.random()
        team = self.catalog.teams.get(service.team) if service.team else None
        if what < 0.2 and team is not None and team.escalation:
            self.climb(number, team)
        elif what < 0.3:
            drill = Declare(clean("a drill"), services=failing, is_drill=True)
            declare(self.desk, drill, by=CLOCK, now=self.now)
            self.drills += 1

    def climb(self, number: IncidentNumber, team: Team) -> None:
        """The first hop on which there is anybody. Who is asked to command is not called twice."""
        hops = [self.named_by(hop) for hop in team.escalation]
        called = next((people for people in hops if people), set())
        if not called:
            return
        climbing.climb_now(self.desk, number, by=CLOCK, now=self.now)
        for one in called - {self.seen.asked.get(number)}:
            self.seen.pages.setdefault(one, []).append(self.now)
            self.climbed += 1

    def named_by(self, hop: Hop) -> set[str]:
        """Who it is now."""
        named = [self.catalog.rotations[name] for name in hop.rotations]
        duty = [each.person for each in everyone_on_call(named, self.now)]
        return {str(self.people[handle].id) for handle in (*hop.people, *duty)}

    def end_some(self) -> None:
        """About as many end as begin, once a third of the people are busy."""
        while len(self.seen.commands) > len(self.people) // 3:
            number = self.chance.choice(list(self.seen.commands))
            elsewhere.resolve(
                self.desk, IncidentNumber(number), clean("over"), None, by=CLOCK, now=self.now
            )
            del self.seen.commands[number]

    def check(self, number: IncidentNumber, service: Service) -> None:
        """Whoever is asked now is the right one, and what is said about it is so."""
        with self.desk.look() as connection:
            offer = stored.offered(connection, number, "commander")
        self.questions += 1
        self.seen.asked.pop(number, None)
        team = self.catalog.teams.get(service.team) if service.team else None
        able = [] if team is None else self.able(team, number)
        if offer is None:
            self.nobody += 1
            assert able == []
            if team is not None:
                with self.desk.look() as connection:
                    (*_, last) = [
                        entry
                        for entry in timeline.entries(connection, number)
                        if entry.kind is Kind.UNASSIGNED
                    ]
                self.nobody_is_left(number, team, service, str(last.body["because"]))
            return
        assert team is not None
        chosen = str(offer.person)
        assert chosen in able
        self.is_right(number, team, chosen, able)
        self.is_true(number, service, offer)
        self.are_true(number, team, offer)
        self.seen.asked[number] = chosen
        self.seen.pages.setdefault(chosen, []).append(self.now)

    def is_right(self, number: int, team: Team, chosen: str, able: list[str]) -> None:
        """An owner on call, unless none is left; within the limit, while anybody is."""
        loads = {one: self.seen.load(one, number) for one in able}
        owners = [one for one in self.on_call(team) if one in able]
        free_owners = [one for one in owners if loads[one] < LOAD_LIMIT]
        if free_owners:
            assert chosen in free_owners
            self.asked_owner += 1
        if any(load < LOAD_LIMIT for load in loads.values()):
            assert loads[chosen] < LOAD_LIMIT
            self.spared += any(load >= LOAD_LIMIT for load in loads.values())
        else:
            assert loads[chosen] == min(loads.values())
            self.overloaded += 1

    def is_true(self, number: int, service: Service, offer: Assignment) -> None:
        """Name, team, service, tier, load, rest and turn are what they are said to be."""
        person = self.by_id[str(offer.person)]
        said = STANDING.match(offer.because)
        assert said, offer.because
        load = self.seen.load(str(person.id), number)
        assert said["name"] == person.name
        assert (said["team"], said["service"]) == (service.team, service.name)
        assert int(said["tier"]) == service.tier
        assert said["load"] == (
            "nothing else" if load == 0 else f"{load} other incident{'s' if load > 1 else ''}"
        )
        nights = self.seen.nights(str(person.id), self.now, person.zone)
        times = {0: None, 1: "once"}.get(nights, f"{nights} times")
        found = re.search(r"\(([^()]+) last night\)", offer.because)
        assert (found and found[1]) == times, offer.because
        is_paged = any(
            self.now - at <= timedelta(days=7) for at in self.seen.pages.get(str(person.id), [])
        )
        assert ("not paged lately" in offer.because) is not is_paged
        began = self.seen.began.get(str(person.id), [])
        turns = {number for at, number in began if self.now - at <= EIGHT_WEEKS}
        commanded = re.search(r"commanded (\d+) in the last 8 weeks", offer.because)
        assert (int(commanded[1]) if commanded else 0) == len(turns)
        if (last := self.seen.last_page(str(person.id), self.now)) is not None:
            ago = re.search(r"last paged (\d+) (s|min|h|d) ago", offer.because)
            assert ago, offer.because
            unit = {"s": 1, "min": 60, "h": 3_600, "d": 86_400}[ago[2]]
            assert 0 <= (self.now - last).total_seconds() - int(ago[1]) * unit < unit
        mark = self.catalog.training.get(person.handle)  # type: ignore[call-overload]
        assert (", trained" in offer.because) is (mark is Training.TRAINED)
        assert (", in training" in offer.because) is (mark is Training.IN_TRAINING)

    def are_true(self, number: int, team: Team, offer: Assignment) -> None:
        """Each one who was not asked has the first reason there is, and it is so."""
        inputs = {one["person"]: one for one in offer.facts["inputs"]["candidates"]}
        known = {one: self.known(one, number, place) for one, place in self.places(team).items()}
        best = known[str(offer.person)]
        said = {one["person"]: one["because"] for one in offer.facts["alternatives"]}

        assert inputs.keys() == known.keys()
        assert {one: facts["load"] for one, facts in inputs.items()} == {
            one: each.load for one, each in known.items()
        }
        assert said == {
            one: self.why_not(each, best, number) for one, each in known.items() if each is not best
        }

    def why_not(self, each: "Known", best: "Known", number: int) -> str:
        """What has to be said of somebody who could have been asked instead of ``best``."""
        severity = self.seen.severity[number]
        name, other = each.name, best.name
        did = self.seen.refused[number].get(each.person)
        if did is None and each.training == LEARNS and severity in NOT_ALONE:
            did = f"is in training, and not asked to command a {severity}"
        if did is not None:
            return f"{name} {did}"
        if each.load >= LOAD_LIMIT > best.load:
            return f"{name} commands {each.load} incidents, the limit is {LOAD_LIMIT}"
        if best.load >= LOAD_LIMIT and each.load > best.load:
            return f"{name} commands {each.load}, {other} {best.load}"
        if each.place[0] > best.place[0]:
            return f"{name} {LATER[each.place[0]]}"
        assert each.place[0] == best.place[0], "somebody nearer was passed over"
        if each.place[0] == ON_THE_PATH and each.place > best.place:
            return f"{name} is further along the escalation path"
        return self.less_suited(each, best)

    def less_suited(self, each: "Known", best: "Known") -> str:
        """The first thing in which they differ; in it, the one who is asked has the less of it."""
        name, other = each.name, best.name
        week = f"{name} was paged {often(each.week)} in the last week"
        turn = f"{name} commanded {each.turns} in the last 8 weeks"
        learns = {LEARNS: f"{name} is in training, {other} is not"}
        ladder = (
            (each.load, best.load, f"{name} commands {each.load}, {other} {best.load}"),
            (each.nights, best.nights, f"{name} was paged {often(each.nights)} last night"),
            (each.week, best.week, f"{week}, {other} {best.week or 'not at all'}"),
            (
                each.training,
                best.training,
                learns.get(each.training, f"{name} is not marked as trained, {other} is"),
            ),
            (each.turns, best.turns, f"{turn}, {other} {best.turns or 'none'}"),
            (each.began, best.began, f"{name} commanded more recently than {other}"),
            (each.paged, best.paged, f"{name} was paged more recently than {other}"),
        )
        for mine, theirs, said in ladder:
            if mine != theirs:
                assert mine > theirs, said
                return said
        return f"{name} would do as well; {other} comes first in the order of asking"

    def known(self, one: str, number: int, place: tuple[int, int]) -> "Known":
        """What can be known of somebody, as of now."""
        person = self.by_id[one]
        lately = [at for at in self.seen.pages.get(one, []) if self.now - at <= WEEK]
        began = [
            (at, of) for at, of in self.seen.began.get(one, []) if self.now - at <= EIGHT_WEEKS
        ]
        mark = self.catalog.training.get(person.handle)  # type: ignore[call-overload]
        return Known(
            person=one,
            name=person.name,
            place=place,
            load=self.seen.load(one, number),
            nights=self.seen.nights(one, self.now, person.zone),
            week=len(lately),
            training={Training.TRAINED: 0, Training.IN_TRAINING: LEARNS}.get(mark, 1),
            turns=len({of for _, of in began}),
            began=max((at.timestamp() for at, _ in began), default=0.0),
            paged=max((at.timestamp() for at in lately), default=0.0),
        )

    def places(self, team: Team) -> dict[str, tuple[int, int]]:
        """Everybody the team names, with the best place they are named in: on call, path, team."""
        found = dict.fromkeys(self.on_call(team), (0, 0))
        for step, hop in enumerate(team.escalation):  # as they are written, the nearest first
            named = [self.catalog.rotations[name] for name in hop.rotations]
            duty = [each.person for each in everyone_on_call(named, self.now)]
            for handle in (*hop.people, *duty):
                found.setdefault(str(self.people[handle].id), (ON_THE_PATH, step))
        for handle in team.members:
            found.setdefault(str(self.people[handle].id), (ON_THE_PATH + 1, 0))
        return found

    def nobody_is_left(self, number: int, team: Team, service: Service, said: str) -> None:
        """Of everybody it is said why they are not asked."""
        start = f"Nobody in {team.name}, which owns {service.name}, is left to ask: "
        assert said.startswith(start), said
        for one, place in self.places(team).items():
            each = self.known(one, number, place)
            assert self.why_not(each, each, number) in said

    def able(self, team: Team, number: int) -> list[str]:
        """Everybody the team names who was not asked before and is not too new for this."""
        handles = [*team.members]
        for hop in team.escalation:
            handles += hop.people
            named = [self.catalog.rotations[name] for name in hop.rotations]
            handles += [duty.person for duty in everyone_on_call(named, self.now)]
        is_bad = self.seen.severity[number] in NOT_ALONE
        every = dict.fromkeys([*self.on_call(team), *(str(self.people[h].id) for h in handles)])
        learning = {
            str(self.people[one].id)
            for one, marked in self.catalog.training.items()
            if marked is Training.IN_TRAINING
        }
        return [
            one
            for one in every
            if one not in self.seen.refused[number] and not (is_bad and one in learning)
        ]

    def on_call(self, team: Team) -> list[str]:
        """The owners who are on call now."""
        named = [self.catalog.rotations[name] for name in team.on_call]
        return [str(self.people[duty.person].id) for duty in everyone_on_call(named, self.now)]

    def most_affected(self, failing: tuple[str, ...]) -> Service:
        """The heaviest: tier and number of dependents; nothing burns here."""
        services = [self.catalog.services.by_name[name] for name in failing]  # type: ignore[index]
        return min(
            services,
            key=lambda one: (-WEIGHT[one.tier] * (1 + len(set(self.reach(one.name)))), one.name),
        )

    def reach(self, origin: str) -> Iterator[str]:
        """Everything that needs it, near and far."""
        seen, queue = {origin}, deque([origin])
        while queue:
            for name in self.dependents.get(queue.popleft(), ()):
                if name not in seen:
                    seen.add(name)
                    queue.append(name)
                    yield name


def test_150_outages_each_ask_an_owner_on_call_within_the_limit_and_say_why(
    sqlite_url: str,
) -> None:
    store = Store(sqlite_url)
    played = Played(organisation(1_000, 40), store, seed=4)

    played.play(150)
    store.close()

    assert played.questions > 150
    assert played.asked_owner > 100
    assert min(played.nobody, played.spared, played.overloaded) > 0
    assert min(played.climbed, played.drills) > 5


@pytest.mark.slow
def test_1000_outages_among_5000_services_and_300_teams(database_url: str) -> None:
    store = Store(database_url)
    played = Played(organisation(), store, seed=5)

    played.play(1_000)
    store.close()

    assert played.questions > 1_000
    assert played.asked_owner > 800
