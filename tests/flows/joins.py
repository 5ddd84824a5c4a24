"""What joins a person with something else in all that a county keeps: rows, keys, the oplog, logs, metrics, the broker.

A record is a row, an entry of the oplog, a line or a fact on the broker's disk. Its atoms are the ids, hashes, codes
and names of keys in it, also in what is sealed, for it is opened with all keys that the county has.
"""

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from chassis.privacy.keyring import key_id
from chassis.privacy.vault import VaultKeys
from chassis.registry import names

ATOM = re.compile(r"(?=[A-Za-z_-]*\d)(?!0{5})[A-Za-z0-9_-]{8,}")  # neither a word nor the number of a fact
UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
FACT, JSON = '{"specversion"', json.JSONDecoder()
SEALED = 34  # bytes: what begins a sealed field, and a first block


@dataclass(frozen=True)
class Record:
    """Where it is kept, the atoms in it, and the moments: of its own, and of its ids."""

    where: str
    atoms: frozenset
    moments: tuple = ()


def everything(town, since):
    """The Records of all that a Town keeps; of the oplog what was written since a timestamp of it."""
    vaults = {service: VaultKeys.of(town.environment(service), service) for service in names()}
    found = [*rows(town, vaults), *oplog(town, vaults, since)]
    for vault in vaults.values():
        vault.data.client.close()
    lines = [(path.name, line) for path in town.home.glob("logs/*.log") for line in path.read_text().splitlines()]
    lines += [("metrics", line) for line in town.metrics().decode().splitlines()]
    facts = town.brokers_disk().decode(errors="replace").split(FACT)[1:]
    found += [record_of("broker", values(JSON.raw_decode(FACT + fact)[0])) for fact in facts]
    return [*found, *(record_of(where, [line]) for where, line in lines)]


def rows(town, vaults):
    """Records of every document of every database of the county."""
    for service, vault in vaults.items():
        for database in (town.database(service), town.mongo[f"{town.name}_{service}_vault"]):
            for name in database.list_collection_names():
                documents = list(database[name].find())
                clear = opened(vault, documents)
                yield from (record_of(f"{database.name}.{name}", values(row), clear) for row in documents)


def oplog(town, vaults, since):
    """Records of what the oplog still has of the county."""
    entries = list(town.mongo.local["oplog.rs"].find({"ts": {"$gte": since}}))
    for service, vault in vaults.items():
        own = [[entry["o"], entry.get("o2")] for entry in entries if is_of(f"{town.name}_{service}", entry)]
        clear = opened(vault, own)
        yield from (record_of(f"{service}'s oplog", values(entry), clear) for entry in own)


def is_of(database, entry):
    """Whether an entry of the oplog is of this database or its vault."""
    written = {entry["ns"], *(each["ns"] for each in entry["o"].get("applyOps", ()))}
    return any(name.startswith((f"{database}.", f"{database}_vault.")) for name in written)


def opened(vault, documents):
    """Sealed bytes → what they say, of all that can be opened now."""
    sealed = list({value for row in documents for value in values(row) if is_sealed(value)})
    clear = vault.masked(sealed, lambda clear: clear.decode("latin-1") if isinstance(clear, bytes) else clear)
    return dict(zip(sealed, clear, strict=True))


def is_sealed(value):
    return isinstance(value, bytes) and len(value) >= SEALED and value[0] in (1, 2)


def values(document):
    """Every value in a document, however deep, and every name."""
    if isinstance(document, dict):
        return [*document, *values(list(document.values()))]
    return [value for each in document for value in values(each)] if isinstance(document, list) else [document]


def record_of(where, found, clear=()):
    """The Record of some values, sealed ones in the `clear` too."""
    clear = dict(clear)
    texts = [value for each in found for value in (each, clear.get(each) if is_sealed(each) else None)]
    texts = [str(text) for text in texts if isinstance(text, (str, UUID))]
    atoms = {atom for text in texts for atom in ATOM.findall(text)}
    atoms |= {bytes(value).hex() for value in found if isinstance(value, bytes) and len(value) <= 64}
    atoms |= {key_id(value).hex() for value in found if is_sealed(value)}
    moments = [value for value in found if isinstance(value, datetime)]
    moments += [made_at(id) for text in texts for id in UUID7.findall(text)]
    return Record(where, frozenset(atoms), tuple(moments))


def made_at(id):
    """The moment in a UUIDv7."""
    return datetime.fromtimestamp((UUID(id).int >> 80) / 1000, UTC)


class Joins:
    """Looks for chains from people to things through `records`; people are ids, things sets of atoms.

    What is `common` knowledge, as the ids of villages and of those who serve there, leads to nobody.
    """

    def __init__(self, records, people, common):
        self.people, self.common = people, common
        self.having = defaultdict(list)
        for record in records:
            for atom in record.atoms:
                self.having[atom].append(record)

    def found(self, person, things):
        """Where a person and a thing are in one record, or a thing with what is beside her alone, and what that is."""
        steps = {person} | self.own(person) - things
        return {(atom, record.where) for atom in steps for record in self.having[atom] if record.atoms & things}

    def own(self, person):
        """Atoms in the records of this person and of no other: her ids, hashes, trails, names of keys."""
        others = {atom for other in self.people if other != person for atom in self.beside(other)}
        return self.beside(person) - others - self.common

    def beside(self, person):
        """Atoms that are in a record with this person."""
        return {atom for record in self.having[person] for atom in record.atoms}
