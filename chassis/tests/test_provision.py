"""Each service's accounts can do their work and nothing else, shown by trying what is forbidden."""

import pytest
import requests
from amqp import Message
from amqp.exceptions import AccessRefused
from pymongo import IndexModel
from pymongo.errors import OperationFailure

from chassis.bus import broker
from chassis.bus.topology import NotProvisioned, require_provisioned
from chassis.data.mongo import connect
from chassis.provision import Mismatch, provision
from chassis.service import Service, on
from chassis.store import Rows, index
from contracts.identity.access import AccessRevoked
from contracts.identity.villagers import PersonErased
from contracts.petition.letters import PetitionClosed, PetitionSubmitted

pytestmark = pytest.mark.own_county


class Tallies(Rows):
    collection = "tallies"
    indexes = [index("village", unique=True)]


class ExampleService(Service):
    name = "example"
    tallies = Tallies()

    @on(PetitionSubmitted, PetitionClosed)
    def tally(self, fact):
        """Count it."""


class LaterExampleService(Service):
    """The same service, a release later."""

    name = "example"

    @on(PetitionClosed)
    def tally(self, fact):
        """Count it."""


class NeighbourService(Service):
    name = "petition"


@pytest.fixture
def example(county):
    """The environment of the example service, provisioned beside a neighbour."""
    provision(NeighbourService, county.environment("petition") | county.admins)
    env = county.environment("example") | county.admins
    provision(ExampleService, env)
    return env


@pytest.fixture
def channel(example):
    """A channel of the example service's own account."""
    with broker.connect(example["AMQP_URI"]) as connection:
        yield connection.default_channel


@pytest.fixture
def client(example):
    """A MongoDB client of the example service's own account."""
    with connect(example["MONGO_URI"]) as client:
        yield client


@pytest.fixture
def database(example, client):
    return client[f"{example['COUNTY']}_example"]


def publish(channel, exchange, key):
    """Publish with confirm: raises when refused."""
    channel.confirm_select()
    channel.basic_publish_confirm(Message(b"{}"), exchange, key)


def bindings(county, service):
    queue = county.broker("GET", f"queues/{county.name}/{broker.queue_of(service)}/bindings").json()
    return {(each["source"], each["routing_key"]) for each in queue if each["source"]}


class TestBroker:
    def test_a_service_publishes_to_its_own_exchange_and_reads_its_own_queue(self, channel):
        publish(channel, "example.events", "example.happened.v1")
        channel.basic_consume("example.inbox")

    def test_it_may_not_publish_to_any_other_exchange(self, channel):
        for exchange in ("petition.events", "", "amq.topic"):
            with pytest.raises(AccessRefused):
                publish(channel.connection.channel(), exchange, "petition.inbox")

    def test_it_may_not_publish_under_anothers_key(self, channel):
        for key in ("petition.submitted.v1", "examples.happened.v1", "example", ""):
            with pytest.raises(AccessRefused):
                publish(channel.connection.channel(), "example.events", key)

    def test_it_may_not_read_another_services_queue(self, channel):
        with pytest.raises(AccessRefused):
            channel.basic_consume("petition.inbox")

    def test_it_may_not_change_the_topology(self, channel):
        for attempt in (
            lambda channel: channel.queue_declare("new", durable=True, auto_delete=False),
            lambda channel: channel.exchange_declare("new", "topic"),
            lambda channel: channel.queue_delete("example.inbox"),
            lambda channel: channel.exchange_delete("example.events"),
            lambda channel: channel.queue_bind("example.inbox", "petition.events", "petition.signed.v1"),
            lambda channel: channel.queue_purge("petition.inbox"),
        ):
            with pytest.raises(AccessRefused):
                attempt(channel.connection.channel())

    def test_its_account_is_no_administrator(self, county, example):
        user, _, password = example["AMQP_URI"].partition("//")[2].partition("@")[0].partition(":")
        admin = county.admins["AMQP_ADMIN"]
        address = f"http://{user}:{password}@{admin.rpartition('@')[2]}/api/vhosts"
        assert requests.get(address, timeout=10).status_code == 401

    def test_the_queue_is_a_quorum_queue_with_a_single_active_consumer_and_no_limit(self, county, example):
        queue = county.broker("GET", f"queues/{county.name}/example.inbox").json()
        assert queue["durable"]
        assert queue["arguments"] == {"x-queue-type": "quorum", "x-single-active-consumer": True}

    def test_it_is_bound_to_what_the_service_handles_also_after_a_change(self, county, example):
        submitted, closed = PetitionSubmitted.wire(), PetitionClosed.wire()
        every_service = {("identity.events", fact.wire()) for fact in (AccessRevoked, PersonErased)}
        found = bindings(county, "example")
        assert found == {("petition.events", submitted), ("petition.events", closed)} | every_service
        provision(LaterExampleService, example)
        assert bindings(county, "example") == {("petition.events", closed)} | every_service

    def test_provisioning_twice_changes_nothing(self, county, example):
        before = bindings(county, "example")
        provision(ExampleService, example)
        assert bindings(county, "example") == before

    def test_changed_queue_arguments_fail_fast_with_a_sentence(self, county):
        county.broker("PUT", f"vhosts/{county.name}")
        with broker.connect(county.amqp()) as connection:
            connection.default_channel.queue_declare("example.inbox", durable=True, auto_delete=False)
        with pytest.raises(Mismatch, match="example.inbox with other properties .*drain and delete it first"):
            provision(ExampleService, county.environment("example") | county.admins)


class TestDatabase:
    def test_a_service_works_on_its_own_collections(self, database):
        database.tallies.insert_one({"_id": 1, "village": "510183122211"})
        database.tallies.update_one({"_id": 1}, {"$inc": {"count": 1}})
        assert database.tallies.delete_one({"_id": 1}).deleted_count == 1

    def test_what_has_happened_cannot_be_changed_or_deleted(self, database):
        database.events.insert_one({"_id": "a", "subject": "x", "sequence": 1})
        for attempt in (
            lambda events: events.update_one({}, {"$set": {"data": {}}}),
            lambda events: events.replace_one({}, {}),
            lambda events: events.find_one_and_update({}, {"$set": {"data": {}}}),
            lambda events: events.delete_one({}),
            lambda events: events.drop(),
            lambda events: events.aggregate([{"$match": {}}, {"$out": "events"}]),
            lambda events: events.aggregate([{"$match": {}}, {"$merge": "events"}]),
            lambda events: events.rename("gone"),
        ):
            with pytest.raises(OperationFailure, match="not authorized"):
                attempt(database.events)
        assert database.events.count_documents({}) == 1

    def test_what_was_provisioned_can_only_be_read(self, database):
        with pytest.raises(OperationFailure, match="not authorized"):
            database.topology.update_one({"_id": "inbox"}, {"$set": {"types": []}})

    def test_it_reads_no_other_database(self, county, client):
        for name in (f"{county.name}_petition", f"{county.name}_petition_vault", "admin", "local"):
            for collection in ("events", "keys", "system.users", "oplog.rs"):
                with pytest.raises(OperationFailure, match="not authorized"):
                    client[name][collection].find_one()

    def test_it_may_not_change_structure_or_rights(self, database):
        for attempt in (
            lambda database: database.create_collection("new"),
            lambda database: database.tallies.create_index("count"),
            lambda database: database.tallies.drop(),
            lambda database: database.new.insert_one({}),
            lambda database: database.command("createUser", "friend", pwd="x", roles=[]),
            lambda database: database.command("grantRolesToRole", "service", roles=["readWrite"]),
            lambda database: database.client.drop_database(database.name),
        ):
            with pytest.raises(OperationFailure, match="not authorized"):
                attempt(database)

    def test_a_unique_index_is_there(self, county, example):
        assert county.database("example").tallies.index_information()["village_1"]["unique"]
        events = county.database("example").events.index_information()
        assert events["subject_1_sequence_1"]["unique"]

    def test_a_changed_index_fails_fast_with_a_sentence(self, county):
        county.database("example").tallies.create_indexes([IndexModel("village")])
        with pytest.raises(Mismatch, match="_example.tallies has another such index"):
            provision(ExampleService, county.environment("example") | county.admins)

    def test_a_service_whose_handlers_changed_does_not_start_before_it_is_provisioned_again(self, database):
        facts = (PetitionSubmitted, PetitionClosed, AccessRevoked, PersonErased)
        require_provisioned(database, [fact.wire() for fact in facts])
        with pytest.raises(NotProvisioned, match="python -m chassis.provision"):
            require_provisioned(database, [PetitionClosed.wire()])

    def test_a_new_password_replaces_the_old_one(self, example):
        user, old = f"{example['COUNTY']}_example", example["MONGO_URI"]
        password = old.partition("//")[2].partition("@")[0].partition(":")[2]
        new = old.replace(f"{user}:{password}@", f"{user}:renewed@")
        provision(ExampleService, example | {"MONGO_URI": new})
        with connect(new) as client:
            assert client[user].tallies.find_one() is None
        with connect(old) as client, pytest.raises(OperationFailure):
            client[user].tallies.find_one()
