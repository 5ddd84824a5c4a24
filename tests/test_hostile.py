"""A hostile service of the county: each account in turn publishes what only others may say, in every form it can.

Nothing happens, and nobody waits. Services and bindings are read from code and broker, so a later service is covered;
one of the county's own, bound to all there is, stands for those to come.
"""

import json
from functools import cache
from itertools import cycle, product

import eventlet
import pytest
from amqp import Message

from chassis.auth.people import Person
from chassis.bus import broker
from chassis.bus.on import handlers
from chassis.domain import new_id
from chassis.parts.collections import CHASSIS
from chassis.provision import consumed
from chassis.registry import services
from chassis.service import Service, on
from chassis.store import Rows
from chassis.testing import wait_until
from contracts.identity.regions import RegionMerged
from contracts.identity.villagers import PersonErased
from contracts.sdk.examples import example
from contracts.sdk.fact import producer_of, read
from contracts.sdk.registry import all_facts, by_wire
from contracts.sla import ClockElapsed
from tests.matters import AUTHOR, NEXT_VILLAGE, VILLAGE, lived_in

SUBJECT, UNTOUCHED = new_id(), new_id()
NAMED = (SUBJECT, AUTHOR, VILLAGE)
BOOKKEEPING = CHASSIS.keys() - {"events", "idempotency", "audit_log"} | {"signals", "watched"}
FORMS = [form for form in product((False, True), repeat=3) if any(form)]  # property, body, source: whether forged
C1 = (True, True, True)

pytestmark = [pytest.mark.feature("I04"), pytest.mark.timeout(300)]


class Heard(Rows):
    collection = "heard"


class BulletinService(Service):
    """A county's own subscriber, to all there is."""

    name = "bulletin"
    heard = Heard()

    @on(*all_facts())
    def hear(self, fact):
        self.heard.insert({"_id": f"{fact.id}{fact.source}"})


CLASSES = services() | {"bulletin": BulletinService}


@pytest.fixture
def victim(running, regions, county):
    """`victim(name)`: a service with something in it, among all accounts there are."""

    def there(name):
        for each, cls in CLASSES.items():
            county.provision(cls, county.environment(each))
        return running(BulletinService) if name == "bulletin" else lived_in(running, regions, name)

    return there


def bound_keys(service, account):
    """Routing keys by which the exchange of an account leads to a service."""
    county, queue = service.county, broker.queue_of(service.cls.name)
    found = county.broker("GET", f"queues/{county.name}/{queue}/bindings").json()
    return sorted(each["routing_key"] for each in found if each["source"] == broker.exchange_of(account))


def forgeries(service, account):
    """(key, Message) of all that an account can send to a service and that is not its own fact, told as it should."""
    keys, heard = bound_keys(service, account), {fact.wire() for fact in consumed(service.cls)}
    turns = zip(by_wire(), cycle(keys), cycle(NAMED), strict=False)
    for (wire, key, subject), form in product(turns, FORMS):
        if wire != key or form[2]:
            yield key, forged(account, key, wire, subject, form)
        if form == C1:
            yield f"{account}.any.v1", forged(account, key, wire, subject, form, CC=[key])
    for wire, key in product(heard, keys):
        if producer_of(wire) != account:
            yield key, forged(account, key, wire, SUBJECT, C1)


def forged(account, key, wire, subject, form, **headers):
    """A fact of the type by which it is routed, or of another in any of three places."""
    in_property, in_body, in_source = form
    other = producer_of(wire) if producer_of(wire) != account else "somebody"
    said = {"id": new_id(), "subject": subject, "source": f"/{other if in_source else account}"}
    return message(sample(wire if in_body else key) | said, wire if in_property else key, **headers)


@cache
def sample(wire):
    """An example of a type."""
    return example(by_wire()[wire])


def message(body, wire, **headers):
    """It as a relay would send it."""
    headers |= {"subject": body["subject"], "sequence": 1}
    return Message(json.dumps(body).encode(), message_id=body["id"], type=wire, application_headers=headers)


def publish(service, account, messages):
    """Publish (key, Message) with a service's own account; returns how many, once the broker has taken them all.

    What is not confirmed yet may be lost with its channel.
    """
    count, out, uri = 0, set(), service.county.environment(account)["AMQP_URI"]
    with broker.connect(uri) as connection:
        channel = connection.default_channel
        channel.confirm_select()
        channel.events["basic_ack"].add(lambda tag, more: out.difference_update(range(1 if more else tag, tag + 1)))
        for count, (key, each) in enumerate(messages, 1):
            out.add(count)
            channel.basic_publish(each, broker.exchange_of(account), key)
            keep_alive(service)
        while out:
            connection.drain_events(timeout=20)
    return count


def keep_alive(service):
    """Let all others of this process work; the connection of the honest producers has only us."""
    eventlet.sleep(0)
    broker.drain(service.amqp, 0)
    broker.beat(service.amqp)


def kept(service):
    """Fingerprints of all that a service keeps, its keys too, but for what the bus notes."""
    found = [database.command("dbHash")["collections"] for database in (service.database, vault(service))]
    return [{name: print for name, print in prints.items() if name not in BOOKKEEPING} for prints in found]


def vault(service):
    return service.county.admin[f"{service.database.name}_vault"]


def set_aside(service, count):
    """Wait until so many messages were not believed."""

    def there():
        keep_alive(service)
        return service.database.parked.count_documents({"handler": "not_believed"}) == count

    wait_until(there, f"{count} forgeries", 200)


def fates(service, subject):
    """What became of honest facts about one subject, one of each kind: (type, handler) → whether it was parked."""
    facts = sorted(consumed(service.cls), key=lambda fact: fact.wire())
    told = [service.tell(fact, subject, wait=False, **read(fact, example(fact)["data"])) for fact in facts]
    service.handled(*told)
    places = {handler.key(fact.id, producer_of(fact.type)): (fact.type, handler.named)
              for handler, fact in product(handlers(service.cls), told)}  # fmt: skip
    rows = service.database.inbox.find({"_id": {"$in": list(places)}})
    return {places[row["_id"]]: bool(row.get("parked")) for row in rows}


@pytest.mark.parametrize("name", CLASSES)
def test_whatever_an_account_publishes_in_anothers_name_nothing_happens_and_nobody_waits(victim, name):
    service, count = victim(name), 0
    before = kept(service)
    for account in CLASSES:
        count += publish(service, account, forgeries(service, account))
        set_aside(service, count)
    assert service.database.parked.count_documents({}) == count > 0
    assert kept(service) == before
    lanes = list(service.database.blocked.find())
    assert {(lane["handler"], lane["state"]) for lane in lanes} == {("not_believed", "needs_a_person")}
    assert fates(service, SUBJECT) == fates(service, UNTOUCHED)


def attack(service, fact, subject, **data):
    """The attack as it was seen: sla's account says what identity alone may say, under a key that is bound."""
    source = {"id": new_id(), "subject": subject, "source": "/identity"}
    body = example(fact) | source | {"data": example(fact)["data"] | data}
    publish(service, "sla", [(ClockElapsed.wire(), message(body, fact.wire()))])
    set_aside(service, 1)


@pytest.mark.parametrize("name", ["identity", "petition"])
def test_nobody_is_erased_because_another_service_than_identity_says_so(victim, name):
    service = victim(name)
    keys = [row["_id"] for row in vault(service)["keys"].find({"keyAltNames": AUTHOR})]
    attack(service, PersonErased, AUTHOR)
    assert keys == [row["_id"] for row in vault(service)["keys"].find({"keyAltNames": AUTHOR})] != []
    assert vault(service).erased.find_one() is None
    service.tell(PersonErased, AUTHOR)
    assert vault(service).erased.find_one({"_id": AUTHOR})


def test_no_village_is_merged_because_another_service_than_identity_says_so(victim):
    service = victim("petition")
    regions = list(service.database.regions.find())
    attack(service, RegionMerged, VILLAGE, into=NEXT_VILLAGE)
    assert list(service.database.regions.find()) == regions
    secretary = Person("other", None, {"secretary": (NEXT_VILLAGE,)})
    assert service.http.get("/v1/inbox", person=secretary).json()["items"] == []
