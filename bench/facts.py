"""The payload of every pair: the golden `petition.submitted`, each with ids of its own and from another village."""

import csv
import json
from itertools import cycle

from amqp import Message

from bench.town import ROOT
from chassis.domain import new_id, now
from contracts.petition.letters import PetitionSubmitted
from contracts.sdk.envelope import CONTENT_TYPE
from contracts.sdk.examples import example
from contracts.sdk.kinds import rfc3339

WIRE = PetitionSubmitted.wire()
SUBMITTED = example(PetitionSubmitted)


def villages():
    """Ids of the county's villages and communities, for ever in turn."""
    with ROOT.joinpath("services/identity/data/regions-510183.csv").open(encoding="utf-8") as lines:
        return cycle([row["id"] for row in csv.DictReader(lines) if len(row["id"]) == 12])


def submitted(count):
    """`count` envelopes, as dicts, of this moment: no clock of theirs has run out."""
    at = rfc3339(now())
    for _, village in zip(range(count), villages(), strict=False):
        data = SUBMITTED["data"] | {"village": village}
        yield SUBMITTED | {"id": new_id(), "subject": new_id(), "time": at, "regionid": village, "data": data}


def body(envelope):
    """Its wire bytes."""
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()


def message(envelope, content_type=CONTENT_TYPE):
    """It as our relay would send it; peers get the same bytes as plain JSON."""
    return Message(
        body(envelope),
        content_type=content_type,
        content_encoding="utf-8",
        delivery_mode=2,
        message_id=envelope["id"],
        type=WIRE,
        application_headers={"subject": envelope["subject"], "sequence": 1},
    )


def row(envelope):
    """It as a row of our `outbox`."""
    return {"_id": envelope["id"], "subject": envelope["subject"], "sequence": 1, "wire": {WIRE: body(envelope)}}
