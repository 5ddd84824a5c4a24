"""Filling holes: copies of facts a handler should have had and has not, straight into the subscriber's queue.

Its inbox runs each for the handlers that lack it, once; later facts of the subject were handled already.
"""

import base64
from collections import defaultdict

from chassis.bus.origin import recorded
from chassis.operate.audit_log import note
from chassis.operate.compare import by_producer
from contracts.sdk.envelope import CONTENT_TYPE, Envelope, render

PAGE = 500


def replay(county, audit, who, why):
    """Send what an Audit found lost; returns service → how many facts."""
    sent = {}
    for service, lost in _by_service(audit).items():
        note(county.database(service), who, why, "replay", facts=len(lost))
        sent[service] = sum(_send(county, service, *each) for each in by_producer(sorted(lost)).items())
    return sent


def stored(database, producer, ids):
    """Envelopes of these facts from their producer's `events`, in order of their ids; of its own facts only."""
    for start in range(0, len(ids), PAGE):
        for row in database.events.find({"_id": {"$in": ids[start : start + PAGE]}}).sort("_id", 1):
            if recorded(row, producer):
                yield Envelope(id=row.pop("_id"), **row)


def _by_service(audit):
    lost = defaultdict(set)
    for account, expected in audit.holes():
        lost[account.service].add(expected)
    return lost


def _send(county, service, producer, ids):
    count = 0
    for count, fact in enumerate(stored(county.database(producer), producer, ids), 1):  # noqa: B007
        county.send(service, _message(fact))
    return count


def _message(fact):
    properties = {
        "message_id": fact.id,
        "type": fact.type,
        "content_type": CONTENT_TYPE,
        "content_encoding": "utf-8",
        "delivery_mode": 2,
        "headers": {"subject": fact.subject, "sequence": fact.sequence},
    }
    body = base64.b64encode(render(fact)).decode()
    return {"properties": properties, "payload": body, "payload_encoding": "base64"}
