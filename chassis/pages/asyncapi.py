"""contracts/published/asyncapi.json: AsyncAPI 3 of all facts, for programs in any language."""

from chassis.bus.broker import exchange_of, queue_of
from chassis.pages.facts import title
from chassis.pages.text import summary
from chassis.provision import QUEUE_ARGUMENTS, consumed
from contracts.sdk.envelope import CONTENT_TYPE
from contracts.sdk.examples import example
from contracts.sdk.fact import kinds_of
from contracts.sdk.kinds import PERSONAL, PERSONAL_NUMBERS, Part, data_schema
from contracts.sdk.registry import all_facts
from contracts.sdk.schema import common_schema, meanings, own_attributes

BINDING = {"bindingVersion": "0.3.0"}
ABOUT = """Facts of village life. A fact carries ids, codes and counts, never a person's data.
It may come twice: remember `id` and `source` with its effect. Facts of one `source` and `subject` come in the order of
`sequence`. Ignore fields you do not know."""
SERVER = {
    "host": "{broker}",
    "pathname": "/{county}",
    "protocol": "amqps",
    "protocolVersion": "0-9-1",
    "description": "RabbitMQ of a county; the virtual host is the county's",
    "variables": {
        "broker": {"description": "host and port, as the county's operator says"},
        "county": {"description": "code of the county", "examples": ["510183"]},
    },
    "security": [{"$ref": "#/components/securitySchemes/account"}],
}
ACCOUNT = {
    "type": "userPassword",
    "description": "The subscriber's own account, from the county's operator: it may read its queue and nothing else",
}
HEADERS = {
    "type": "object",
    "description": "Header table; beside it the properties `message_id` and `type` are the body's `id` and `type`",
    "properties": {
        "subject": {"type": "string", "minLength": 1, "maxLength": 255, "description": "the body's `subject`"},
        "sequence": {"type": "integer", "minimum": 1, "description": "the body's `sequence`, as a number"},
    },
    "required": ["subject", "sequence"],
}
FACT = {
    "contentType": CONTENT_TYPE,
    "headers": {"$ref": "#/components/schemas/Headers"},
    "correlationId": {"location": "$message.payload#/correlationid", "description": "what one request led to"},
}
OWN_QUEUE = {
    "address": "{queue}",
    "title": "订阅者自己的队列",
    "description": "A subscriber's own queue, bound by the operator to the types it wants",
    "parameters": {"queue": {"description": "name of the queue, e.g. `bulletin.inbox`"}},
}


def document(classes):
    """The AsyncAPI document as a dict; `classes` are the services by name."""
    facts = all_facts()
    heard = {queue_of(name): (cls, _ordered(consumed(cls))) for name, cls in classes.items()}
    return {
        "asyncapi": "3.0.0",
        "id": "urn:xiangyin:facts",
        "info": {"title": "乡音 Xiangyin", "version": "1.0.0", "description": ABOUT},
        "defaultContentType": CONTENT_TYPE,
        "servers": {"county": SERVER},
        "channels": {fact.wire(): _exchange(fact) for fact in facts}
        | {queue: _queue(queue, summary(cls), wanted) for queue, (cls, wanted) in heard.items()}
        | {"subscriber": OWN_QUEUE | _bound("{queue}", facts)},
        "operations": {f"{fact.producer()}.sends.{fact.wire()}": _sends(fact) for fact in facts}
        | {f"{cls.name}.receives": _receives(queue) for queue, (cls, _) in heard.items()}
        | {"subscriber.receives": _receives("subscriber")},
        "components": _components(facts),
    }


def _ordered(facts):
    return sorted(facts, key=lambda fact: fact.wire())


def _components(facts):
    parts = _parts(facts)
    envelope = {"Envelope": common_schema() | {"description": "CloudEvents 1.0"}, "Headers": HEADERS}
    return {
        "messages": {fact.wire(): _message(fact, parts) for fact in facts},
        "messageTraits": {"fact": FACT},
        "schemas": envelope | {name: _within(part, parts) for name, part in parts.items()},
        "securitySchemes": {"account": ACCOUNT},
    }


def _exchange(fact):
    exchange = {"name": exchange_of(fact.producer()), "type": "topic", "durable": True, "autoDelete": False}
    return {
        "address": fact.wire(),
        "messages": _messages([fact]),
        "bindings": {"amqp": {"is": "routingKey", "exchange": exchange, **BINDING}},
    }


def _queue(queue, about, facts):
    return {"address": queue, "description": about, **_bound(queue, facts)}


def _bound(queue, facts):
    properties = {"name": queue, "durable": True, "exclusive": False, "autoDelete": False}
    bound = {"is": "queue", "queue": properties, **BINDING, "x-arguments": QUEUE_ARGUMENTS}
    return {"messages": _messages(facts), "bindings": {"amqp": bound}}


def _messages(facts):
    return {fact.wire(): {"$ref": f"#/components/messages/{fact.wire()}"} for fact in facts}


def _sends(fact):
    return {"action": "send", "channel": {"$ref": f"#/channels/{fact.wire()}"}}


def _receives(channel):
    return {"action": "receive", "channel": {"$ref": f"#/channels/{channel}"}}


def _message(fact, parts):
    chinese, english = meanings(fact)
    return {
        "name": fact.wire(),
        "title": title(fact),
        "summary": english,
        "description": chinese,
        "traits": [{"$ref": "#/components/messageTraits/fact"}],
        "bindings": {"amqp": {"contentEncoding": "utf-8", "messageType": fact.wire(), **BINDING}},
        "payload": {"allOf": [{"$ref": "#/components/schemas/Envelope"}, _own(fact, parts)]},
        "examples": [{"payload": example(fact)}],
    }


def _own(fact, parts):
    own = own_attributes(fact) | {"data": _shared(data_schema(fact), parts)}
    return {"type": "object", "properties": own, "required": ["data"]}


def _parts(facts):
    """Name → schema of what several facts share: their structures, and what no value may be."""
    structures = {field.nested for fact in facts for _, field in kinds_of(fact) if isinstance(field, Part)}
    named = {each.__name__: data_schema(each) for each in structures}
    return {"PersonalText": PERSONAL, "PersonalNumber": PERSONAL_NUMBERS} | dict(sorted(named.items()))


def _shared(schema, parts):
    """A schema with references to components in place of these parts."""
    if isinstance(schema, list):
        return [_shared(each, parts) for each in schema]
    if not isinstance(schema, dict):
        return schema
    optional = schema.get("type") == ["object", "null"]
    bare = {key: value for key, value in schema.items() if key != "description"}
    for name, part in parts.items():
        if bare | ({"type": "object"} if optional else {}) == part:
            return _reference(name, optional, schema.get("description"))
    return _within(schema, parts)


def _within(schema, parts):
    return {key: _shared(value, parts) for key, value in schema.items()}


def _reference(name, optional, description):
    found = [{"$ref": f"#/components/schemas/{name}"}, *([{"type": "null"}] if optional else [])]
    return {"anyOf": found, "description": description} if description else found[0]
