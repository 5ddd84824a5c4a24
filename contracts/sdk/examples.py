"""Golden examples: one fact of each kind, the same in every run."""

from contracts.sdk.samples import CITY, TIME, sample_id, samples


def example(fact):
    """The whole envelope of an example, as a JSON-ready dict."""
    data = samples(fact)
    return {
        "specversion": "1.0",
        "id": sample_id(fact.wire()),
        "source": f"/{fact.producer()}",
        "type": fact.wire(),
        "subject": sample_id(fact.producer()),
        "sequence": "0000000001",
        "time": TIME,
        "datacontenttype": "application/json",
        "regionid": data.get("village") or data.get("region") or CITY,
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "correlationid": sample_id("correlation"),
        "causationid": sample_id("causation"),
        "data": data,
    }
