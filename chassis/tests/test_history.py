"""History and relay: a subscriber deployed late gets all once and in order; nothing recorded is lost or reordered."""

import os
from collections import defaultdict
from dataclasses import dataclass

import eventlet
import pytest
from amqp import Message
from pymongo import MongoClient
from pymongo.monitoring import CommandListener

from chassis.bus import broker, history
from chassis.bus.inbox import Inbox
from chassis.data import unit
from chassis.domain import Aggregate, now
from chassis.service import Service, on
from chassis.store import Repository, Rows
from chassis.testing import wait_until
from contracts.petition.letters import PetitionAnswered, PetitionSigned

SUBJECTS, FACTS = 7, 30


@dataclass(kw_only=True)
class Matter(Aggregate):
    def sign(self):
        self._record(PetitionSigned)

    def answer(self):
        self._record(PetitionAnswered)

    def _record(self, fact):
        place = {"village": "510183122211", "office": "510183122", "level": "town", "category": "roads"}
        self.record(fact, now(), number=self.id, round=1, clocks=[], **place)


class Matters(Repository):
    aggregate, collection = Matter, "matters"


class PetitionService(Service):
    """A producer that hears nothing."""

    name = "petition"
    matters = Matters()


class Effects(Rows):
    collection = "effects"


class ExampleService(Service):
    """A subscriber."""

    name = "example"
    effects = Effects()

    @on(PetitionSigned)
    def note_signed(self, fact):
        self.effects.insert({"_id": fact.id, "subject": fact.subject, "sequence": fact.sequence})

    @on(PetitionAnswered)
    def note_answered(self, fact):
        self.effects.insert({"_id": fact.id, "subject": fact.subject, "sequence": fact.sequence})


class OldService(Service):
    """The subscriber before it had its second handler."""

    name = "example"
    effects = Effects()

    @on(PetitionSigned)
    def note_signed(self, fact):
        self.effects.insert({"_id": fact.id, "subject": fact.subject, "sequence": fact.sequence})


@pytest.fixture
def producer(running):
    made = running(PetitionService)
    for n in range(SUBJECTS):
        made.service.matters.add(Matter(id=f"m{n}"))
    return made


def act(producer, rounds=FACTS):
    for step in range(rounds):
        for n in range(SUBJECTS):
            with producer.service.matters.edit(f"m{n}") as matter:
                matter.sign() if step % 2 else matter.answer()


def by_subject(rows):
    found = defaultdict(list)
    for row in rows:
        found[row["subject"]].append(row["sequence"])
    return found


def relayed(producer):
    wait_until(lambda: not producer.database.outbox.count_documents({}), "an empty outbox")


def test_a_subscriber_deployed_late_gets_all_history_once_and_joins_the_live_facts(producer, running):
    act(producer)
    relayed(producer)
    subscriber = running(ExampleService, peers={"petition": producer.url})
    act(producer, 5)
    total = SUBJECTS * (FACTS + 5)
    wait_until(lambda: subscriber.database.effects.count_documents({}) >= total, "all effects")
    orders = by_subject(subscriber.database.effects.find().sort("$natural", 1))
    assert orders == {f"m{n}": list(range(1, FACTS + 6)) for n in range(SUBJECTS)}
    assert subscriber.database.parked.find_one({}) is None


def test_a_new_handler_misses_nothing_that_the_old_replica_still_takes_while_it_is_rolled_out(producer, running):
    old = running(OldService, peers={"petition": producer.url})
    act(producer, 4)
    new = running(ExampleService, peers={"petition": producer.url})
    inbox = next(each for each in new.container.subextensions if isinstance(each, Inbox))
    wait_until(lambda: inbox.ready, "the end of history")
    assert not inbox.active
    act(producer, 4)
    wait_until(lambda: new.database.effects.count_documents({}) == SUBJECTS * 6, "what the old replica handles")
    relayed(producer)
    old.stop()
    act(producer, 1)
    wait_until(lambda: new.database.effects.count_documents({}) == SUBJECTS * 9, "all effects")


def test_facts_that_were_committed_late_keep_their_order_for_whoever_reads_on(producer, running, monkeypatch):
    act(producer, 2)
    with producer.service.matters.edit("m0") as matter:
        matter.sign()
    relayed(producer)
    late = list(producer.database.events.find({"subject": "m0"}))
    producer.database.events.delete_many({"subject": "m0"})
    with monkeypatch.context() as interrupted:
        interrupted.setattr(history.CatchUp, "_finish", lambda *_: None)
        subscriber = running(ExampleService, peers={"petition": producer.url})
        wait_until(lambda: subscriber.database.effects.count_documents({}) == 2 * (SUBJECTS - 1), "what is there")
        subscriber.stop()
    producer.database.events.insert_many(late)
    subscriber.start()
    wait_until(lambda: subscriber.database.effects.count_documents({}) == 2 * SUBJECTS + 1, "the rest")
    assert by_subject(subscriber.database.effects.find().sort("$natural", 1))["m0"] == [1, 2, 3]


def test_history_comes_in_pages_but_the_youngest_facts_at_one_moment(producer, monkeypatch):
    act(producer, 2)
    wires = [PetitionSigned.wire(), PetitionAnswered.wire()]
    found, more = history.feed(producer.database, wires, "", 5)
    assert (len(found), more) == (2 * SUBJECTS, False)
    monkeypatch.setattr(history, "SETTLED_MS", -10_000)
    found, more = history.feed(producer.database, wires, "", 5)
    assert (len(found), more) == (5, True)
    rest, more = history.feed(producer.database, wires, found[-1]["_id"], 2 * SUBJECTS - 5)
    assert (len(rest), more) == (2 * SUBJECTS - 5, False)


class Handed(CommandListener):
    """How many documents the server has handed out."""

    documents = 0

    def started(self, event):
        pass

    failed = started

    def succeeded(self, event):
        cursor = event.reply.get("cursor", {})
        self.documents += len(cursor.get("firstBatch", ())) + len(cursor.get("nextBatch", ()))


def test_a_page_reads_no_more_than_it_gives(producer):
    wire, handed = PetitionSigned.wire(), Handed()
    rows = [{"_id": f"{number:06}", "type": wire, "subject": "m", "sequence": number} for number in range(900)]
    producer.database.events.insert_many(rows)
    with MongoClient(os.environ["MONGO_ADMIN"], event_listeners=[handed]) as client:
        found, more = history.feed(client[producer.database.name], [wire], "", 300)
    assert (len(found), more, handed.documents) == (300, True, 301)


def test_a_consumer_that_is_away_misses_nothing(producer, running):
    subscriber = running(ExampleService, peers={"petition": producer.url})
    with subscriber.paused():
        act(producer, 4)
        relayed(producer)
    wait_until(lambda: subscriber.database.effects.count_documents({}) == SUBJECTS * 4, "all effects")


def test_the_relay_sends_each_subject_in_order_and_deletes_only_what_was_confirmed(producer):
    with broker.connect(producer.county.amqp()) as connection:
        channel, seen = connection.default_channel, []
        queue = channel.queue_declare("", exclusive=True).queue
        channel.queue_bind(queue, "petition.events", "#")
        channel.basic_consume(queue, callback=seen.append, no_ack=True)
        act(producer, 10)
        relayed(producer)
        wait_until(lambda: not broker.drain(connection, 0.05) and len(seen) >= SUBJECTS * 10, "messages")
    headers = [message.headers for message in seen]
    assert by_subject(headers) == {f"m{n}": list(range(1, 11)) for n in range(SUBJECTS)}
    assert {message.content_type for message in seen} == {"application/cloudevents+json"}
    assert all(message.properties["message_id"] and message.properties["type"] for message in seen)


def test_a_relay_with_nothing_to_send_keeps_its_connection(running, monkeypatch, lines):
    monkeypatch.setattr(broker, "HEARTBEAT", 2)
    running(PetitionService)
    eventlet.sleep(7)
    assert [line for line in lines() if line["event"] == "broker_away"] == []


def test_a_fact_nobody_is_bound_to_is_published_and_kept_as_history(producer):
    act(producer, 1)
    relayed(producer)
    answer = producer.internal("example").get("/v1/facts?types=petition.answered.v1")
    assert len(answer.text.splitlines()) == SUBJECTS
    assert '"sequence":"0000000001"' in answer.text.splitlines()[0]
    assert "next" not in answer.links


def test_settled_history_has_a_link_to_what_comes_next(producer, monkeypatch):
    monkeypatch.setattr(history, "SETTLED_MS", -10_000)
    act(producer, 1)
    client = producer.internal("example")
    answer = client.get("/v1/facts?types=petition.answered.v1&limit=3")
    assert len(answer.text.splitlines()) == 3
    rest = client.get(f"/v1/facts{answer.links['next']['url']}")
    assert '"subject":"m3"' in rest.text.splitlines()[0]


def test_a_command_that_fails_to_commit_publishes_nothing(producer):
    def body():
        with producer.service.matters.edit("m0") as matter:
            matter.sign()
        raise KeyError("boom")

    with pytest.raises(KeyError):
        unit.command(producer.database, body)
    assert producer.database.events.find_one({}) is None


def test_the_broker_refuses_a_service_what_is_not_its_own(producer, running):
    running(ExampleService, peers={"petition": producer.url})
    for forbidden in (
        lambda channel: channel.basic_publish(Message(b"{}"), "example.events", "x"),
        lambda channel: channel.queue_declare("new"),
        lambda channel: channel.queue_delete("petition.inbox"),
        lambda channel: channel.basic_consume("example.inbox"),
    ):
        with (
            broker.connect(producer.config["AMQP_URI"]) as connection,
            pytest.raises(Exception, match="ACCESS_REFUSED"),
        ):
            forbidden(connection.default_channel)
            broker.drain(connection, 5)
