"""The operator's tools on running services: look, retry, discard, audit, replay, detach, trace."""

from datetime import timedelta

import eventlet
import pytest

from chassis.bus import parking
from chassis.domain import NotYet, new_id
from chassis.operate.audit import Audit
from chassis.operate.trace import linked
from chassis.provision import provision
from chassis.testing import wait_until
from chassis.tests.operate import BROKEN, ExampleService, Matter, PetitionService, act, xiangyin
from contracts.petition.letters import PetitionAnswered, PetitionSigned

pytestmark = pytest.mark.county_of("operate")

WHY = ("--who", "li", "--why", "mended")


@pytest.fixture(autouse=True)
def mended():
    BROKEN.clear()
    yield
    BROKEN.clear()


@pytest.fixture
def producer(running):
    made = running(PetitionService)
    for n in range(3):
        made.service.matters.add(Matter(id=f"m{n}", number=f"QL-2026-00000{n}"))
    return made


@pytest.fixture
def subscriber(producer, running):
    made = running(ExampleService, peers={"petition": producer.url})
    done = {"_id": {"$regex": "^count:"}, "done": True}
    wait_until(lambda: made.database.cursors.count_documents(done) == 2, "its history")
    return made


def counted(subscriber, subject):
    row = subscriber.database.tally.find_one({"_id": subject})
    return row and row["n"]


def of_its_own(rows, what):
    """One column of an audit, for the handlers that are not the chassis's."""
    return [row[what] for row in rows if row["handler"] not in ("keep_revocation", "destroy_keys")]


def held(operator, producer, subscriber, rounds=3):
    """The key of the fact that holds up m0, after some rounds of which its first failed."""
    BROKEN["m0"] = KeyError("boom")
    act(producer, rounds)
    wait_until(lambda: subscriber.database.parked.count_documents({}) == rounds, "the parked facts")
    wait_until(lambda: counted(subscriber, "m2") == rounds, "the neighbours")
    code, lanes = xiangyin(operator, "parked", "list", "--json")
    assert (code, len(lanes)) == (0, 1)
    assert (lanes[0]["service"], lanes[0]["subject"], lanes[0]["waiting"]) == ("example", "m0", rounds)
    assert lanes[0]["error"].startswith("KeyError at operate.py")
    return lanes[0]["first"]


def test_a_lane_that_waits_for_a_person_is_tried_again_when_she_says_so(operator, producer, subscriber):
    key = held(operator, producer, subscriber)
    stuck = {"$set": {"next_at": None, "state": "needs_a_person", "attempts": 7}}
    subscriber.database.blocked.update_one({}, stuck)
    BROKEN.clear()
    code, answer = xiangyin(operator, "parked", "retry", "example", key, *WHY, "--json")
    assert (code, answer) == (0, {"service": "example", "retried": key})
    wait_until(lambda: counted(subscriber, "m0") == 3, "the lane")
    wait_until(lambda: not subscriber.database.blocked.find_one(), "the lane to open")
    row = subscriber.database.audit_log.find_one()
    assert (row["who"], row["why"], row["what"], row["key"]) == ("li", "mended", "parked.retry", key)


def test_a_discarded_fact_is_never_run_and_its_lane_goes_on(operator, producer, subscriber):
    key = held(operator, producer, subscriber)
    BROKEN.clear()
    assert xiangyin(operator, "parked", "discard", "example", key, *WHY)[0] == 0
    wait_until(lambda: counted(subscriber, "m0") == 2, "the rest of the lane")
    wait_until(lambda: not subscriber.database.blocked.find_one(), "the lane to open")
    assert subscriber.database.inbox.find_one({"_id": key})["discarded"]
    code, answer = xiangyin(operator, "parked", "discard", "example", key, *WHY)
    assert code == 1
    assert "not_parked" in answer
    assert subscriber.database.audit_log.count_documents({"what": "parked.discard"}) == 1
    count = next(row for row in Audit(operator).rows() if row["handler"] == "count")
    assert (count["facts"], count["handled"], count["discarded"], count["waiting"]) == (9, 8, 1, 0)


def test_the_whole_lane_can_be_discarded_while_it_is_being_tried(operator, producer, subscriber, monkeypatch):
    monkeypatch.setattr(parking, "NOT_YET", timedelta(milliseconds=1))
    BROKEN["m0"] = NotYet()
    act(producer, 5)
    wait_until(lambda: subscriber.database.parked.count_documents({}) == 5, "the parked facts")
    for row in subscriber.database.parked.find().sort("sequence", 1):
        assert xiangyin(operator, "parked", "discard", "example", row["_id"], *WHY)[0] == 0
    wait_until(lambda: not subscriber.database.blocked.find_one(), "the lane to open")
    BROKEN.clear()
    act(producer, 1)
    wait_until(lambda: counted(subscriber, "m0") == 1, "the next fact")


def test_a_person_and_the_consumer_at_work_on_one_lane_do_not_hinder_each_other(operator, producer, subscriber):
    key = held(operator, producer, subscriber)
    BROKEN.clear()
    with subscriber.database.client.start_session() as consumer, consumer.start_transaction():
        subscriber.database.blocked.update_one({}, {"$set": {"attempts": 3}}, session=consumer)
        person = eventlet.spawn(xiangyin, operator, "parked", "discard", "example", key, *WHY)
        eventlet.sleep(0.1)
        assert not person.dead
    assert person.wait()[0] == 0
    wait_until(lambda: counted(subscriber, "m0") == 2, "the rest of the lane")


def test_an_operator_does_the_same_over_http_and_nobody_else(operator, producer, subscriber, person):
    key = held(operator, producer, subscriber)
    someone, http = person("operator"), subscriber.http
    for path in ("/v1/parked", f"/v1/parked/{key}"):
        assert http.get(path, person=person("villager")).status_code == 403
    assert http.get("/v1/parked", person=someone).json()["lanes"][0]["first"] == key
    fact = http.get(f"/v1/parked/{key}", person=someone).json()
    assert (fact["body"]["subject"], fact["sequence"], fact["lane"]["waiting"]) == ("m0", 1, 3)
    assert http.get("/v1/parked/nothing", person=someone).status_code == 404
    assert http.post(f"/v1/parked/{key}/discard", json={}, person=someone).status_code == 422
    assert http.post(f"/v1/parked/{key}/discard", json={"why": "坏了"}, person=person("villager")).status_code == 403
    BROKEN.clear()
    assert http.post(f"/v1/parked/{key}/discard", json={"why": "坏了"}, person=someone).status_code == 204
    wait_until(lambda: counted(subscriber, "m0") == 2, "the rest of the lane")
    row = subscriber.database.audit_log.find_one()
    assert (row["who"], row["why"]) == (someone.id, "坏了")


def test_the_service_itself_may_not_change_its_audit_log(subscriber):
    own = subscriber.service.database.audit_log
    own.insert_one({"_id": "1"})
    for change in (lambda: own.delete_one({"_id": "1"}), lambda: own.update_one({"_id": "1"}, {"$set": {"who": "x"}})):
        with pytest.raises(Exception, match="not authorized"):
            change()


def test_bytes_that_are_no_fact_are_shown_as_they_came(operator, subscriber):
    key = new_id()
    subscriber.send(b"{broken", "petition.signed.v1", key, "a", 1)
    wait_until(lambda: subscriber.database.parked.count_documents({}) == 2, "the parked rows")
    code, fact = xiangyin(operator, "parked", "show", "example", f"count:1:{key}@petition", "--json")
    assert (code, fact["body"], fact["error"].split()[0]) == (0, "{broken", "Undecodable")


def test_status_shows_queue_outbox_lag_and_who_holds_what(operator, producer, subscriber):
    held(operator, producer, subscriber)
    code, rows = xiangyin(operator, "status", "--json")
    assert (code, [row["service"] for row in rows]) == (0, ["petition", "example"])
    example = rows[1]
    assert example["queue"].keys() == {"messages", "messages_unacknowledged", "consumers"}
    assert example["parked"] == {"facts": 3, "lanes": {"retrying": 1}}
    assert (example["outbox"]["facts"], example["lag_seconds"], example["paused"]) == (0, 0, None)
    assert example["leases"].keys() == {"relay"}
    with subscriber.paused():
        act(producer, 1)
        wait_until(lambda: xiangyin(operator, "status", "--json")[1][1]["lag_seconds"] > 0, "some lag")
    assert "needs" not in xiangyin(operator, "status")[1]


@pytest.mark.timeout(90)
def test_an_audit_finds_what_was_lost_and_a_replay_fills_it_once(operator, producer, subscriber):
    act(producer, 4)
    wait_until(lambda: counted(subscriber, "m2") == 4, "the effects")
    code, rows = xiangyin(operator, "audit", "--json")
    assert (code, sum(row["holes"] for row in rows), sum(row["waiting"] for row in rows)) == (0, 0, 0)
    lost = list(subscriber.database.inbox.find({"_id": {"$regex": "^count:"}}).sort("_id", -1).limit(2))
    subscriber.database.inbox.delete_many({"_id": {"$in": [row["_id"] for row in lost]}})
    subscriber.database.tally.delete_many({})
    code, rows = xiangyin(operator, "audit", "--json")
    assert (code, of_its_own(rows, "holes")) == (1, [2, 0])
    code, answer = xiangyin(operator, "replay", *WHY, "--json")
    assert (code, answer) == (0, {"sent": {"example": 2}})
    assert sum(row["n"] for row in subscriber.database.tally.find()) == 2
    assert subscriber.database.audit_log.find_one()["facts"] == 2
    assert xiangyin(operator, "replay", *WHY, "--json") == (0, {"sent": {}})


def test_an_audit_names_what_was_handled_and_its_producer_never_recorded(operator, producer, subscriber):
    act(producer, 2)
    wait_until(lambda: counted(subscriber, "m2") == 2, "the effects")
    invented = subscriber.tell(PetitionSigned, "m9", **vars(first_of(producer, PetitionSigned))["data"])
    lost, anothers = (row["_id"] for row in producer.database.events.find({"type": PetitionAnswered.wire()}).limit(2))
    producer.database.events.delete_one({"_id": lost})
    producer.database.events.update_one({"_id": anothers}, {"$set": {"type": "sla.elapsed.v1"}})
    code, rows = xiangyin(operator, "audit", "--json")
    assert code == 1
    named = {row["handler"]: row["unrecorded"] for row in rows if row["service"] == "example"}
    assert named["count"] == sorted([lost, anothers, invented.id])
    assert named["note"] == [invented.id]
    assert named["destroy_keys"] == []
    assert invented.id in xiangyin(operator, "audit")[1]
    assert xiangyin(operator, "rebuild", "example", *WHY)[0] == 1


def first_of(producer, fact):
    return producer.facts(fact)[0]


def test_what_waits_for_a_stopped_subscriber_is_no_hole(operator, producer, subscriber):
    with subscriber.paused():
        act(producer, 2)
        code, rows = xiangyin(operator, "audit", "--wait", "14", "--json")
        assert (code, of_its_own(rows, "waiting"), of_its_own(rows, "holes")) == (3, [6, 3], [0, 0])


def test_a_handler_without_history_is_held_to_what_came_since_it_was_deployed(operator, producer, subscriber):
    subscriber.stop()
    subscriber.database.cursors.delete_many({"_id": {"$regex": "^note:"}})
    subscriber.database.inbox.delete_many({})
    act(producer, 2)
    wait_until(lambda: not producer.database.outbox.find_one(), "the relay")
    subscriber.start()
    wait_until(lambda: counted(subscriber, "m2") == 2, "the effects")
    marked = {"_id": "note:1:petition.signed.v1", "since": {"$exists": True}}
    wait_until(lambda: subscriber.database.cursors.find_one(marked), "the first delivery")
    act(producer, 2)
    wait_until(lambda: counted(subscriber, "m2") == 4, "the effects")
    note = next(row for row in Audit(operator).settle(5).rows() if row["handler"] == "note")
    assert (note["facts"], note["handled"]) == (3, 3)


@pytest.mark.timeout(90)
def test_a_detached_subscriber_gets_what_it_missed_when_it_is_provisioned_again(operator, producer, subscriber):
    act(producer, 2)
    wait_until(lambda: counted(subscriber, "m2") == 2, "the effects")
    wait_until(lambda: operator.queue("example").get("consumers"), "the broker to count it")
    code, answer = xiangyin(operator, "detach", "example", *WHY)
    assert (code, "is running" in answer) == (1, True)
    subscriber.stop()
    wait_until(lambda: not operator.queue("example")["consumers"], "the broker to miss it")
    assert xiangyin(operator, "detach", "example", *WHY)[0] == 0
    act(producer, 2)
    wait_until(lambda: not producer.database.outbox.find_one(), "the relay")
    with pytest.raises(RuntimeError, match="chassis.provision"):
        subscriber.start()
    provision(subscriber.cls, subscriber.config | subscriber.county.admins)
    subscriber.start()
    wait_until(lambda: counted(subscriber, "m2") == 4, "what it missed")


def test_a_trace_tells_a_matter_by_its_number_with_every_effect(operator, producer, subscriber):
    held(operator, producer, subscriber, 2)
    wait_until(lambda: subscriber.database.inbox.count_documents({"_id": {"$regex": "^note:"}}) == 3, "its notes")
    code, story = xiangyin(operator, "trace", "QL-2026-000001", "--json")
    facts = [entry["what"] for entry in story if entry["kind"] == "fact"]
    effects = sorted((entry["kind"], entry["what"]) for entry in story if entry["kind"] != "fact")
    assert (code, facts) == (0, [PetitionAnswered.wire(), PetitionSigned.wire()])
    assert effects == [("handled", "count"), ("handled", "count"), ("handled", "note")]
    parked = xiangyin(operator, "trace", "m0", "--json")[1]
    assert [entry["kind"] for entry in parked].count("parked") == 2
    assert "petition.signed.v1" in xiangyin(operator, "trace", "m0")[1]
    assert xiangyin(operator, "trace", "QL-0")[0] == 1
    events = producer.database.events
    plan = events.find(linked("m0", {row["_id"]: row for row in events.find()})).explain()["queryPlanner"]
    assert "COLLSCAN" not in str(plan["winningPlan"]) and "correlationid_1" in str(plan["winningPlan"])


def test_a_command_says_in_one_sentence_what_it_cannot_do(operator, subscriber):
    assert "there is no service nobody" in xiangyin(operator, "parked", "show", "nobody", "x")[1]
    assert "Missing option '--why'" in xiangyin(operator, "parked", "retry", "example", "x")[1]
