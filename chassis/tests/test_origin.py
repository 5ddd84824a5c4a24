"""A fact is believed when all that was proven and all that is said agree, and only then; nobody waits for the rest."""

import json
from dataclasses import replace
from struct import pack

import eventlet
import pytest
from amqp import Message
from eventlet import wsgi
from prometheus_client import REGISTRY

from chassis.auth import people
from chassis.bus import origin
from chassis.domain import new_id, now
from chassis.service import Service, on
from chassis.store import Rows
from chassis.testing import wait_until
from chassis.tests.example import health
from chassis.tests.operate import xiangyin
from contracts.identity.villagers import PersonErased
from contracts.petition.letters import PetitionSigned
from contracts.sdk.envelope import parse, render
from contracts.sdk.examples import example
from contracts.sdk.registry import by_wire
from contracts.sla import ClockElapsed

WIRE, QUEUE = ClockElapsed.wire(), "example.inbox"
ID = new_id()
HONEST = {
    "exchange": "sla.events",
    "routing_key": WIRE,
    "type": WIRE,
    "message_id": ID,
    "subject": "a",
    "sequence": 1,
    "body": example(ClockElapsed) | {"id": ID, "subject": "a"},
}
DISAGREEMENTS = {
    "another's exchange": {"exchange": "petition.events"},
    "an exchange of no service": {"exchange": "sla"},
    "another's key": {"routing_key": "petition.signed.v1"},
    "the queue as key": {"routing_key": QUEUE},
    "another's type": {"type": "petition.signed.v1"},
    "no type": {"type": None},
    "no id": {"message_id": None},
    "another id": {"message_id": new_id()},
    "an id that is none": {"message_id": "zzz", "body": HONEST["body"] | {"id": "zzz"}},
    "another subject": {"subject": "b"},
    "no subject": {"subject": None},
    "a subject of bytes": {"subject": b"a"},
    "a subject that cannot be stored": {"subject": "\ud800", "body": HONEST["body"] | {"subject": "\ud800"}},
    "another place": {"sequence": 2},
    "no place": {"sequence": None},
    "a word as place": {"sequence": "1"},
    "a place that cannot be stored": {"sequence": 2**63, "body": HONEST["body"] | {"sequence": str(2**63)}},
    "a body of another type": {"body": HONEST["body"] | example(PetitionSigned) | {"id": ID, "subject": "a"}},
    "a body of a type nobody knows": {"body": HONEST["body"] | {"type": "sla.struck.v9"}},
    "a body of another source": {"body": HONEST["body"] | {"source": "/petition"}},
    "too large": {"body": HONEST["body"] | {"more": "x" * origin.MOST_BYTES}},
}
every_disagreement = pytest.mark.parametrize("name", DISAGREEMENTS)


def received(exchange, routing_key, body, subject, sequence, **properties):
    """A message as it comes from the broker."""
    given = {name: value for name, value in properties.items() if value is not None}
    headers = {"subject": subject, "sequence": sequence}
    message = Message(json.dumps(body).encode(), application_headers=headers, **given)
    message.delivery_info = {"exchange": exchange, "routing_key": routing_key}
    return message


def believed(said):
    return origin.believed(origin.delivered(received(**said), QUEUE), by_wire())


def test_a_fact_whose_message_agrees_with_itself_is_believed():
    assert believed(HONEST).id == ID
    assert believed(HONEST | {"exchange": "", "routing_key": QUEUE}).id == ID


@every_disagreement
def test_a_message_that_disagrees_in_anything_is_not_believed(name):
    with pytest.raises(origin.NotBelieved):
        believed(HONEST | DISAGREEMENTS[name])


@every_disagreement
def test_it_is_set_aside_in_its_senders_lane_and_under_no_facts_name(name):
    said = HONEST | DISAGREEMENTS[name]
    place = origin.aside(origin.delivered(received(**said), QUEUE))
    assert (place["source"], place["subject"]) == (f"/{said['exchange'].partition('.')[0]}", "")
    assert not origin.ID.fullmatch(place["id"])
    with pytest.raises(origin.NotBelieved):
        origin.believed(place, by_wire())


@pytest.mark.parametrize("line", [b"", b"{", b"[]", b"1", b'{"type": []}', b'{"sequence": 1e999}', b"[" * 100_000])
def test_a_line_of_history_that_is_no_fact_is_not_believed(line):
    with pytest.raises(origin.NotBelieved):
        origin.believed(origin.served(line, "sla", [WIRE]), by_wire())


class Effects(Rows):
    collection = "effects"


class ExampleService(Service):
    """A subscriber of two producers."""

    name = "example"
    effects = Effects()

    @on(ClockElapsed, PetitionSigned)
    def note(self, fact):
        self.effects.insert({"_id": f"{fact.id}{fact.source}", "subject": fact.subject, "sequence": fact.sequence})


@pytest.fixture
def service(running):
    return running(ExampleService)


DATA = {"matter_source": "petition", "matter": "m", "clock": "sign", "round": 1, "level": "town", "due_at": now()}


def effects(service, subject):
    return [row["sequence"] for row in service.database.effects.find({"subject": subject}).sort("$natural", 1)]


def send(service, message, exchange, key):
    service.amqp.default_channel.basic_publish(message, exchange, key)


def forge(service, fact):
    """Petition says what only sla may say, under the name and in the place of a fact of sla's to come."""
    place = {"subject": fact.subject, "sequence": fact.sequence}
    message = Message(render(fact), message_id=fact.id, type=fact.type, application_headers=place)
    send(service, message, "petition.events", PetitionSigned.wire())


def parked(service, count=1):
    rows = lambda: list(service.database.parked.find())  # noqa: E731
    return wait_until(lambda: len(rows()) == count and rows(), "what is set aside")


def test_a_forged_fact_is_set_aside_for_a_person_and_the_honest_ones_go_on(service, lines):
    first = service.tell(ClockElapsed, "a", **DATA)
    honest = replace(first, id=new_id(), sequence=2)
    forge(service, honest)
    [row] = parked(service)
    assert (row["handler"], row["source"], row["error"].split()[0]) == ("not_believed", "/petition", "NotBelieved")
    lane = service.database.blocked.find_one()
    assert (lane["state"], lane["next_at"], lane["waiting"]) == ("needs_a_person", None, 1)
    service.deliver(honest)
    service.handled(honest)
    assert effects(service, "a") == [1, 2]
    alarm = lambda: REGISTRY.get_sample_value("xiangyin_not_believed", {"service": "example"})  # noqa: E731
    wait_until(lambda: alarm() == 1, "the alarm")
    told = [line for line in lines() if line["event"] == "not_believed"]
    assert [(line["level"], line["sender"]) for line in told] == [("error", "/petition")]
    assert honest.id not in str(told)


@pytest.mark.county_of("operate")
def test_neither_a_retry_nor_a_discarded_neighbour_makes_it_believed(service, operator):
    first = service.tell(ClockElapsed, "a", **DATA)
    for sequence in (2, 3):
        forge(service, replace(first, id=new_id(), sequence=sequence))
    keys = [row["_id"] for row in parked(service, 2)]
    why = ("--who", "li", "--why", "looked")
    assert xiangyin(operator, "parked", "retry", "example", keys[0], *why)[0] == 0
    tried = {"state": "needs_a_person", "attempts": {"$gt": 1}}
    wait_until(lambda: service.database.blocked.find_one(tried), "the try")
    assert xiangyin(operator, "parked", "discard", "example", keys[0], *why)[0] == 0
    wait_until(lambda: service.database.blocked.find_one({"waiting": 1, "state": "needs_a_person"}), "the next")
    assert xiangyin(operator, "parked", "discard", "example", keys[1], *why)[0] == 0
    wait_until(lambda: not service.database.blocked.find_one(), "the end of the lane")
    assert effects(service, "a") == [1]


def test_a_fact_that_takes_the_id_of_anothers_does_not_take_its_place(service):
    theirs = service.tell(ClockElapsed, "a", **DATA)
    body = example(PetitionSigned) | {"id": theirs.id, "subject": "b"}
    mine = parse(json.dumps(body).encode(), by_wire())
    service.send(json.dumps(body).encode(), mine.type, mine.id, mine.subject, mine.sequence)
    service.handled(mine)
    assert (effects(service, "a"), effects(service, "b")) == ([1], [1])


class Raw(Message):
    """A message whose properties are these bytes."""

    def __init__(self, body, properties):
        super().__init__(body)
        self.raw = properties

    def _serialize_properties(self):
        return self.raw


def test_properties_that_no_reader_can_read_end_no_consumer(service):
    timestamp, message_id = 1 << 6, 1 << 7
    send(service, Raw(b"1", pack(">HQ", timestamp, 2**63 - 1)), "sla.events", WIRE)
    send(service, Raw(b"2", pack(">HB", message_id, 2) + b"\xff\xfe"), "sla.events", WIRE)
    headers = {"subject": "a", "sequence": "one", "x-delivery-count": "often"}
    send(service, Message(b"3", type=WIRE, message_id="\x00", application_headers=headers), "sla.events", WIRE)
    coded = Message(b"\\ud800", type=WIRE, message_id=new_id(), application_headers={"subject": "a", "sequence": 1})
    coded.properties["content_encoding"] = "unicode_escape"
    send(service, coded, "sla.events", WIRE)
    assert {row["source"] for row in parked(service, 4)} == {"/sla"}
    service.tell(ClockElapsed, "b", **DATA)
    assert effects(service, "b") == [1]


@pytest.fixture
def feed(county):
    """`feed(lines)`: the address of a service that serves these as its history, and the county's public keys."""
    sockets = []

    def serve(lines):
        keys = json.dumps(people.jwks([county.access.public_key()])).encode()

        def answer(environ, start_response):
            start_response("200 OK", [("Content-Type", "application/json")])
            asked, history = environ["QUERY_STRING"], environ["PATH_INFO"] == "/v1/facts"
            return [b"\n".join(lines) if history and "after=&" in asked else b"" if history else keys]

        sockets.append(eventlet.listen(("127.0.0.1", 0)))
        eventlet.spawn(wsgi.server, sockets[-1], answer, log_output=False)
        return f"http://127.0.0.1:{sockets[-1].getsockname()[1]}"

    yield serve
    for socket in sockets:
        socket.close()


def line(fact, **changes):
    return json.dumps(example(fact) | {"id": new_id()} | changes).encode()


def test_a_history_that_tells_what_others_alone_may_tell_is_set_aside_and_the_rest_goes_on(running, feed):
    honest = [line(PetitionSigned, subject="a", sequence=f"{n:010d}") for n in (1, 2)]
    forged = [line(ClockElapsed, subject="a"), line(PetitionSigned, source="/sla", subject="a"), b"{broken"]
    service = running(ExampleService, peers={"petition": feed([honest[0], *forged, honest[1]])})
    wait_until(lambda: effects(service, "a") == [1, 2], "the honest lines")
    assert {(row["handler"], row["source"]) for row in parked(service, 3)} == {("not_believed", "/petition")}
    service.tell(ClockElapsed, "b", **DATA)
    assert effects(service, "b") == [1]


def test_nobody_is_erased_by_a_history_that_tells_no_erasure_and_the_service_is_not_ready(running, feed):
    service = running(ExampleService, peers={"identity": feed([line(PersonErased, type="identity.person_moved.v1")])})
    erasures = next(each for each in service.container.extensions if type(each).__name__ == "Erasures")
    wait_until(lambda: parked(service), "what is set aside")
    eventlet.sleep(0.2)
    assert not erasures.applied
    assert health(service.container, "/readyz").status_code == 503
    assert service.county.admin[f"{service.database.name}_vault"].erased.find_one() is None
