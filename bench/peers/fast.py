"""FastStream as its documentation shows it: one MongoDB insert per message, through PyMongo's own asyncio client.

`python -m bench.peers.fast QUEUE`
"""

import asyncio
import os
import sys

from faststream import FastStream
from faststream.rabbit import Channel, QueueType, RabbitBroker, RabbitQueue
from pymongo import AsyncMongoClient

PREFETCH = 100

rows = AsyncMongoClient(os.environ["MONGO_URI"]).peers.fast
broker = RabbitBroker(os.environ["AMQP_URI"], default_channel=Channel(prefetch_count=PREFETCH), logger=None)


@broker.subscriber(RabbitQueue(sys.argv[1], queue_type=QueueType.QUORUM, durable=True))
async def keep(event: dict):
    await rows.insert_one({"_id": event["subject"], "event": event})


if __name__ == "__main__":
    asyncio.run(FastStream(broker, logger=None).run())
