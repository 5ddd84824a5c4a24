"""Who a fact is from: believed only when what was proven and everything the message says of itself agree.

The broker proves by which exchange and routing key a message came, and one account alone may write to an exchange; of
history it is proven whose address was asked. Properties and body are the sender's word. What does not agree is set
aside in its sender's own lane, under a name made of its bytes: it holds up nobody else and takes no fact's place.
"""

import hashlib
import json
import re

from chassis.bus.broker import exchange_of
from contracts.sdk.envelope import Undecodable, parse
from contracts.sdk.fact import producer_of

MOST_BYTES = 1_000_000
KEPT_BYTES = 10_000  # of what is larger
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PLACE = ("id", "source", "type", "subject", "sequence")


class NotBelieved(Exception):
    """A message that is not, or not provably, from the producer of what it says."""


def delivered(message, queue):
    """What a message of the queue says of itself, its `source` proven; `type` is "" unless key and exchange fit it.

    An operator's copy comes straight into the queue: no service's account may write to the default exchange.
    """
    properties, headers = message.properties, message.headers or {}
    exchange, key = message.delivery_info["exchange"], message.delivery_info["routing_key"]
    wire, copy = properties.get("type", ""), (exchange, key) == ("", queue)
    fits = copy or (wire == key and exchange == exchange_of(producer_of(wire)))
    return {
        "id": properties.get("message_id"),
        "source": f"/{producer_of(wire if copy else exchange)}",
        "type": wire if fits else "",
        "subject": headers.get("subject"),
        "sequence": headers.get("sequence"),
        "body": bytes(message.body),
    }


def served(line, producer, wires):
    """What a line of a producer's history says of itself; `type` is "" unless it was asked for."""
    try:
        said = dict(json.loads(line))
        sequence = int(said["sequence"])
    except (ValueError, KeyError, TypeError, ArithmeticError, RecursionError):
        said, sequence = {}, 0
    wire = said.get("type")
    own = {"source": f"/{producer}", "type": wire if wire in wires else "", "sequence": sequence, "body": line}
    return {name: said.get(name) for name in ("id", "subject")} | own


def believed(message, known):
    """The Envelope of a message. Raises NotBelieved, or Undecodable when its producer sent what cannot be read."""
    if not _placed(message):
        raise NotBelieved("place")
    try:
        fact = parse(message["body"], known)
    except Undecodable as error:
        raise NotBelieved("body") if _contradicts(message) else error from None
    if any(getattr(fact, name) != message[name] for name in PLACE):
        raise NotBelieved("body")
    return fact


def recorded(row, producer):
    """Whether a row of a producer's `events` is a fact it may tell: nobody records another's."""
    return row["source"] == f"/{producer}" == f"/{producer_of(row['type'])}"


def aside(message):
    """The place of a message that is not believed: its sender's own lane."""
    said, body = repr([message[name] for name in PLACE]), message["body"]
    name = hashlib.sha256(said.encode("utf-8", "backslashreplace") + body).hexdigest()[:32]
    kept = body if len(body) <= MOST_BYTES else body[:KEPT_BYTES]
    return {"id": name, "source": message["source"], "type": "", "subject": "", "sequence": 0, "body": kept}


def _placed(message):
    """Whether the place is one that a fact of this source can have."""
    return (
        message["source"] == f"/{producer_of(message['type'])}"
        and _is_text(message["id"], ID.fullmatch)
        and _is_text(message["subject"], lambda subject: 0 < len(subject) < 256 and subject.isprintable())
        and type(message["sequence"]) is int
        and 0 < message["sequence"] < 2**63
        and len(message["body"]) <= MOST_BYTES
    )


def _contradicts(message):
    """Whether a body that is no known fact still says that it belongs elsewhere."""
    try:
        said = dict(json.loads(message["body"]))
    except (ValueError, TypeError, RecursionError):
        return False
    return any(said.get(name, message[name]) != message[name] for name in ("id", "source", "type", "subject"))


def _is_text(value, fits):
    return isinstance(value, str) and fits(value)
