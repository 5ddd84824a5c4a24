"""Everything about one matter, across services, as a timeline: facts, what became of each, rows they caused."""

from dataclasses import fields

from chassis.core.group import provided
from chassis.operate.county import CannotDo
from chassis.parts.collections import REFERENCES
from chassis.store import Collection, Repository


def trace(county, number):
    """The entries of a matter's timeline; `number` is what people call it, or its id. Raises CannotDo.

    A fact belongs to it by subject, by naming it or one of its facts, and by being caused, directly or not, by one
    that does: whatever a fact causes has its correlation id.
    """
    facts = _story(county, _subject(county, number))
    if not facts:
        raise CannotDo(f"nothing is known of {number}")
    found = [*map(_told, facts.values()), *_effects(county, facts), *_caused(county, facts)]
    return sorted(found, key=lambda entry: (entry["at"], entry["id"]))


def _subject(county, number):
    """The id of the aggregate with this number, in whichever service numbers its aggregates."""
    for service, collection in _collections(county):
        numbered = any("number" in index.document["key"] for index in collection.indexes)
        kept = county.database(service)[collection.collection]
        if numbered and (row := kept.find_one({"number": number}, {"_id": 1})):
            return row["_id"]
    return number


def _story(county, subject):
    """Fact id → row with its service, found by following references until there are no new ones."""
    facts, size = _matching(county, {"subject": subject}), 0
    first = min(facts, default="")
    while len(facts) > size:
        size, found = len(facts), _matching(county, linked(subject, facts))
        facts |= {id: row for id, row in found.items() if id >= first}
    return facts


def linked(subject, facts):
    """The query for facts of the same stories, or that name a subject or one of these; answered from indexes."""
    stories = {row["correlationid"] for row in facts.values() if row["correlationid"]}
    named = [{name: {"$in": [subject, *facts]}} for name in REFERENCES]
    return {"$or": [{"correlationid": {"$in": list(stories)}}, *named]}


def _matching(county, query):
    return {
        row["_id"]: row | {"service": service}
        for service in county.services
        for row in county.database(service).events.find(query)
    }


def _told(row):
    about = {name: row[name] for name in ("type", "subject", "sequence", "causationid", "correlationid", "data")}
    return {"at": row["time"], "id": row["_id"], "service": row["service"], "kind": "fact", "what": row["type"]} | about


def _of(row):
    """How an effect names the fact it is of."""
    return {"fact": row["_id"], "of": f"{row['type']} {row['sequence']}"}


def _effects(county, facts):
    """What became of the facts in the inbox of everybody who is told them."""
    for service in county.deployed():
        told = {(each.handler, each.fact.wire()) for each in county.told(service)}
        keys = {
            handler.key(fact, row["service"]): (handler.named, fact)
            for fact, row in facts.items()
            for handler, wire in told
            if wire == row["type"]
        }
        for row in county.database(service).inbox.find({"_id": {"$in": list(keys)}}):
            handler, fact = keys[row["_id"]]
            yield {
                "at": row["at"],
                "id": row["_id"],
                "service": service,
                "kind": _fate(row),
                "what": handler,
                **_of(facts[fact]),
                **_place(county.database(service), row),
            }


def _fate(row):
    return "discarded" if row.get("discarded") else "parked" if row.get("parked") else "handled"


def _place(database, row):
    held = (
        database.parked.find_one({"_id": row["_id"]}, {"_id": 0, "error": 1, "lane": 1}) if row.get("parked") else None
    )
    return held or {}


def _caused(county, facts):
    """Aggregates that name one of the facts as their cause, with their state."""
    for service, collection in _collections(county):
        if isinstance(collection, Repository) and "cause" in {each.name for each in fields(collection.aggregate)}:
            for row in county.database(service)[collection.collection].find({"cause": {"$in": list(facts)}}):
                what = f"{collection.collection} {row['state']}"
                made = {"at": row["created_at"], "id": row["_id"], "service": service, "kind": "row", "what": what}
                yield made | _of(facts[row["cause"]])


def _collections(county):
    """(service, Collection) of all that services keep."""
    for service, cls in county.services.items():
        for collection in provided(cls, Collection).values():
            yield service, collection
