"""A rebuild makes exactly what live facts made, while they go on arriving, and however often it is interrupted."""

import eventlet
import pytest

from chassis.bus import pause
from chassis.operate import rebuild
from chassis.operate.county import CannotDo
from chassis.operate.rebuild import Rebuild
from chassis.testing import wait_until
from chassis.tests.operate import BROKEN, ExampleService, GreedyService, Matter, PetitionService, act, xiangyin

WHY = ("--who", "li", "--why", "new rule")
SUBJECTS = 3


class Interrupted(Exception):
    """As if the command had been killed."""


@pytest.fixture(autouse=True)
def mended():
    BROKEN.clear()
    yield
    BROKEN.clear()


@pytest.fixture
def producer(running):
    made = running(PetitionService)
    for n in range(SUBJECTS):
        made.service.matters.add(Matter(id=f"m{n}", number=str(n)))
    return made


@pytest.fixture
def subscriber(producer, running):
    made = running(ExampleService, peers={"petition": producer.url})
    done = {"_id": {"$regex": "^count:"}, "done": True}
    wait_until(lambda: made.database.cursors.count_documents(done) == 2, "its history")
    return made


def told(subscriber, n):
    """Wait until each subject was counted so often."""
    every = {"n": {"$gte": n * BROKEN.get("step", 1)}}
    wait_until(lambda: subscriber.database.tally.count_documents(every) == SUBJECTS, "the effects")


def tally(subscriber):
    return {row["_id"]: (row["n"], row["last"]) for row in subscriber.database.tally.find()}


def leftovers(subscriber):
    names = subscriber.database.list_collection_names()
    states = subscriber.database.cursors.count_documents({"_id": "rebuild"})
    return [name for name in names if "." in name], states, subscriber.database.leases.find_one({"_id": "paused"})


def test_a_rebuild_makes_what_the_handlers_of_today_make_of_all_facts(operator, producer, subscriber):
    act(producer, 10)
    told(subscriber, 10)
    before = tally(subscriber)
    subscriber.database.tally.update_many({}, {"$inc": {"n": 5}})
    code, answer = xiangyin(operator, "rebuild", "example", *WHY, "--json")
    assert (code, answer) == (0, {"service": "example", "facts": 30, "collections": ["tally"]})
    assert tally(subscriber) == before == {f"m{n}": (10, 10) for n in range(SUBJECTS)}
    assert "subject_1" in subscriber.database.tally.index_information()
    assert subscriber.database.seen.count_documents({}) == 15
    assert leftovers(subscriber) == ([], 0, None)
    row = subscriber.database.audit_log.find_one()
    assert (row["what"], row["who"], row["facts"]) == ("rebuild", "li", 30)
    act(producer, 2)
    told(subscriber, 12)


def test_facts_that_arrive_during_a_rebuild_count_once(operator, producer, subscriber, monkeypatch):
    monkeypatch.setattr(rebuild, "CHUNK", 20)
    monkeypatch.setattr(rebuild, "FEW", 30)
    act(producer, 20)
    told(subscriber, 20)
    rounds, over = [20], []

    def live():
        while not over:
            act(producer, 2)
            rounds[0] += 2
            eventlet.sleep(0.02)

    writer = eventlet.spawn(live)
    for _ in range(3):
        assert xiangyin(operator, "rebuild", "example", *WHY)[0] == 0
    over.append(True)
    writer.wait()
    told(subscriber, rounds[0])
    assert rounds[0] > 24
    assert tally(subscriber) == {f"m{n}": (rounds[0], rounds[0]) for n in range(SUBJECTS)}
    assert subscriber.database.parked.find_one() is None


@pytest.mark.parametrize("place", ["_run", "_swap_from_here", "_change_places", "_end"])
def test_an_interrupted_rebuild_is_taken_up_where_it_was(operator, producer, subscriber, monkeypatch, place):
    monkeypatch.setattr(rebuild, "CHUNK", 10)
    act(producer, 10)
    told(subscriber, 10)
    subscriber.database.tally.update_many({}, {"$inc": {"n": 5}})
    whole, calls = getattr(Rebuild, place), []

    def interrupted(self, *args):
        calls.append(args)
        if len(calls) == 2 or place != "_run":
            raise Interrupted()
        return whole(self, *args)

    with monkeypatch.context() as patch:
        patch.setattr(Rebuild, place, interrupted)
        with pytest.raises(Interrupted):
            Rebuild(operator, "example", "li", "new rule").run()
    act(producer, 2)
    code, _ = xiangyin(operator, "rebuild", "example", *WHY)
    assert code == 0
    told(subscriber, 12)
    assert tally(subscriber) == {f"m{n}": (12, 12) for n in range(SUBJECTS)}
    assert leftovers(subscriber) == ([], 0, None)


def test_parked_and_discarded_facts_stay_so(operator, producer, subscriber):
    BROKEN["m0"] = KeyError("boom")
    act(producer, 3)
    wait_until(lambda: subscriber.database.parked.count_documents({}) == 3, "the parked facts")
    first = subscriber.database.parked.find_one(sort=[("sequence", 1)])["_id"]
    xiangyin(operator, "parked", "discard", "example", first, *WHY)
    BROKEN.clear()
    assert xiangyin(operator, "rebuild", "example", *WHY)[0] == 0
    second = subscriber.database.parked.find_one(sort=[("sequence", 1)])
    if second:
        xiangyin(operator, "parked", "retry", "example", second["_id"], *WHY)
    wait_until(lambda: tally(subscriber).get("m0") == (2, 3), "the rest of the lane")
    wait_until(lambda: tally(subscriber)["m1"] == (3, 3), "the neighbours")
    assert xiangyin(operator, "rebuild", "example", *WHY)[0] == 0
    assert tally(subscriber) == {"m0": (2, 3), "m1": (3, 3), "m2": (3, 3)}


def test_a_handler_that_fails_on_history_leaves_everything_as_it_was(operator, producer, subscriber):
    act(producer, 3)
    told(subscriber, 3)
    BROKEN["m1"] = KeyError("boom")
    code, answer = xiangyin(operator, "rebuild", "example", *WHY)
    assert code == 1
    assert "count fails on" in answer
    assert tally(subscriber) == {f"m{n}": (3, 3) for n in range(SUBJECTS)}
    BROKEN.clear()
    assert xiangyin(operator, "rebuild", "example", "--cancel", *WHY)[0] == 0
    assert leftovers(subscriber) == ([], 0, None)
    assert tally(subscriber) == {f"m{n}": (3, 3) for n in range(SUBJECTS)}


def test_only_what_is_derived_is_written_and_only_a_service_that_derives_is_rebuilt(operator, producer, running):
    greedy = running(GreedyService, peers={"petition": producer.url})
    act(producer, 2)
    wait_until(lambda: greedy.database.seen.count_documents({}) == SUBJECTS, "the effects")
    code, answer = xiangyin(operator, "rebuild", "analytics", *WHY)
    assert (code, "NotDerived" in answer) == (1, True)
    assert greedy.database.seen.count_documents({}) == SUBJECTS
    code, answer = xiangyin(operator, "rebuild", "petition", *WHY)
    assert (code, "derived from facts alone" in answer) == (1, True)


def test_a_command_frozen_while_another_took_its_rebuild_over_changes_nothing(operator, producer, subscriber):
    act(producer, 2)
    told(subscriber, 2)
    frozen = Rebuild(operator, "example", "li", "new rule")
    frozen.lease.release()
    Rebuild(operator, "example", "wang", "also").lease.release()
    with pytest.raises(CannotDo, match="taken this rebuild over"):
        frozen.run()
    assert tally(subscriber) == {f"m{n}": (2, 2) for n in range(SUBJECTS)}
    assert xiangyin(operator, "rebuild", "example", "--cancel", *WHY)[0] == 0


def test_one_rebuild_at_a_time(operator, producer, subscriber):
    first = Rebuild(operator, "example", "li", "new rule")
    with pytest.raises(CannotDo, match="somebody else"):
        Rebuild(operator, "example", "wang", "also")
    first.cancel()


def test_a_paused_service_commits_nothing_and_loses_nothing(producer, subscriber):
    act(producer, 2)
    told(subscriber, 2)
    pause.hold(subscriber.database, "test")
    act(producer, 2)
    wait_until(lambda: not producer.database.outbox.find_one(), "the relay")
    eventlet.sleep(1)
    assert tally(subscriber) == {f"m{n}": (2, 2) for n in range(SUBJECTS)}
    pause.lift(subscriber.database)
    told(subscriber, 4)
    assert tally(subscriber) == {f"m{n}": (4, 4) for n in range(SUBJECTS)}
    assert subscriber.database.parked.find_one() is None


def test_a_pause_waits_for_the_transaction_that_is_open(subscriber):
    own = subscriber.container.subextensions
    client = next(each.client for each in own if hasattr(each, "client"))
    with client.start_session() as session, session.start_transaction():
        client[subscriber.database.name].tally.insert_one({"_id": "open"}, session=session)
        holder = eventlet.spawn(pause.hold, subscriber.database, "test")
        eventlet.sleep(0.5)
        assert not holder.dead
    holder.wait()
    assert subscriber.database.tally.find_one({"_id": "open"})
    pause.lift(subscriber.database)
