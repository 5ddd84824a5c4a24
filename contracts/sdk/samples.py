"""Sample values of golden examples, the same in every run."""

from uuid import NAMESPACE_URL, uuid5

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
"""Name of a field → its sample; a field of another name has the sample of its kind."""


def sample_id(seed: str) -> str:
    """A UUID that looks like version 7."""
    fresh = uuid5(NAMESPACE_URL, seed).hex
    return f"0197a3c0-{fresh[:4]}-7{fresh[4:7]}-8{fresh[7:10]}-{fresh[10:22]}"


def samples(schema):
    """Field name → sample, of a fact's data or of a part of it."""
    return {name: SAMPLES.get(name, field.sample()) for name, field in schema().fields.items()}
