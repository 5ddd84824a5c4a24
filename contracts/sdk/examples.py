"""Golden examples: one fact of each kind, the same in every run."""

from functools import singledispatch
from uuid import NAMESPACE_URL, uuid5

from contracts.sdk import kinds

TIME = "2026-11-22T07:45:00.123Z"
VILLAGE, TOWN, CITY = "510183122211", "510183122", "510183"
SAMPLES = {
    "number": "QL-2026-000123",
    "author": "0197a3c0-0000-7000-8000-00000000beef",
    "region": VILLAGE,
    "village": VILLAGE,
    "parent": TOWN,
    "code": VILLAGE,
    "office": TOWN,
    "level": "town",
    "late_level": "village",
    "from_level": "village",
    "from_office": VILLAGE,
    "category": "environment",
    "clock": "answer",
    "role": "secretary",
    "channel": "sms",
    "provider": "console",
    "template": "petition_submitted",
    "matter_source": "petition",
    "amount": 3,
    "stars": 5,
}


def example(fact):
    """The whole envelope of an example, as a JSON-ready dict."""
    data = _part(fact)
    return {
        "specversion": "1.0",
        "id": _id(fact.wire()),
        "source": f"/{fact.producer()}",
        "type": fact.wire(),
        "subject": _id(fact.producer()),
        "sequence": "0000000001",
        "time": TIME,
        "datacontenttype": "application/json",
        "regionid": data.get("village") or data.get("region") or CITY,
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "correlationid": _id("correlation"),
        "causationid": _id("causation"),
        "data": data,
    }


def _part(schema):
    return {name: SAMPLES.get(name, _sample(field)) for name, field in schema().fields.items()}


def _id(seed):
    fresh = uuid5(NAMESPACE_URL, seed).hex
    return f"0197a3c0-{fresh[:4]}-7{fresh[4:7]}-8{fresh[7:10]}-{fresh[10:22]}"


@singledispatch
def _sample(field):
    raise TypeError(f"{type(field).__name__} is not a kind that facts may carry")


@_sample.register
def _(field: kinds.Id):
    return _id("matter")


@_sample.register
def _(field: kinds.Code):
    return "sample"


@_sample.register
def _(field: kinds.Category):
    return field.choices[0]


@_sample.register
def _(field: kinds.Count):
    return 1


@_sample.register
def _(field: kinds.Flag):
    return True


@_sample.register
def _(field: kinds.Moment):
    return TIME


@_sample.register
def _(field: kinds.PlaceName):
    return "大同镇陶坝村"


@_sample.register
def _(field: kinds.Several):
    return [_sample(field.inner)]


@_sample.register
def _(field: kinds.Part):
    return _part(field.nested)
