"""The physical limit: raw amqp and one bulk transaction per batch, the same rows, no validation and no promise.

`python -m bench.peers.bare QUEUE`
"""

import json
import os
import sys
from collections import Counter, deque
from urllib.parse import urlsplit

import amqp
from pymongo import InsertOne, MongoClient, UpdateOne

BATCH = 200


def main(queue):
    """Run until killed."""
    database, waiting = MongoClient(os.environ["MONGO_URI"]).peers, deque()
    at = urlsplit(os.environ["AMQP_URI"])
    login = {"userid": at.username, "password": at.password, "virtual_host": at.path[1:]}
    with amqp.Connection(f"{at.hostname}:{at.port}", **login) as connection, database.client.start_session() as session:
        channel = connection.channel()
        channel.basic_qos(0, 2 * BATCH, False)
        channel.basic_consume(queue, callback=waiting.append)
        while True:
            gather(connection, waiting)
            batch = [waiting.popleft() for _ in range(min(BATCH, len(waiting)))]
            session.with_transaction(lambda session: keep(database, batch, session))  # noqa: B023
            channel.basic_ack(batch[-1].delivery_tag, multiple=True)


def gather(connection, waiting):
    """At least one message, and those that are here already."""
    connection.drain_events()
    while len(waiting) < BATCH:
        try:
            connection.drain_events(timeout=0.001)
        except TimeoutError:
            return


def keep(database, batch, session):
    """Which messages were seen, and how many came from each village."""
    facts = [json.loads(message.body) for message in batch]
    counts = Counter(f"{fact['data']['village']}|{fact['time'][:10]}" for fact in facts)
    database.bare.bulk_write([InsertOne({"_id": fact["id"]}) for fact in facts], session=session)
    adds = [UpdateOne({"_id": key}, {"$inc": {"count": count}}, upsert=True) for key, count in counts.items()]
    database.counters.bulk_write(adds, session=session)


if __name__ == "__main__":
    main(sys.argv[1])
