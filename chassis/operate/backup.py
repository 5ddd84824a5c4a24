"""A county's databases in files, and back: one file of BSON documents per collection, as mongodump writes them.

What was erased stays erased: a restore puts keys back, but never takes a tombstone away (docs/privacy.md).
"""

from functools import partial
from itertools import islice
from pathlib import Path

import bson
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import UpdateOne

from chassis.operate.county import CannotDo

RAW = CodecOptions(RawBSONDocument)
CHUNK = 1000
FOR_GOOD = ("erased", "masters")  # only ever added to


def backup(county, folder, vaults, services):
    """Write the data, or the `vaults`, of services as of one moment; returns [{collection, documents}]."""
    folder = Path(folder)
    folder.mkdir(mode=0o700, parents=True)
    with county.client.start_session(snapshot=True) as session:
        return [_write(collection, folder, session) for collection in _collections(county, vaults, services)]


def restore(county, folder, services):
    """Put services' collections back as a folder has them; the services must not run. Raises CannotDo."""
    chosen = [path for path in sorted(Path(folder).glob("*.bson")) if _service(county, path) in services]
    if not chosen:
        raise CannotDo(f"{folder} has nothing of {', '.join(services)} in county {county.name}")
    for path in chosen:
        _require_masters(county, path)
    return [_read(county, path) for path in chosen]


def _collections(county, vaults, services):
    for service in services:
        database = county.client[f"{county.database(service).name}{'_vault' if vaults else ''}"]
        for name in sorted(database.list_collection_names(filter={"name": {"$not": {"$regex": "^system"}}})):
            yield database.get_collection(name, RAW)


def _write(collection, folder, session):
    path, count = folder / f"{collection.full_name}.bson", 0
    with path.open("xb") as file:
        for document in collection.find(session=session):
            file.write(document.raw)
            count += 1
    path.chmod(0o600)
    return {"collection": collection.full_name, "documents": count}


def _read(county, path):
    database, _, name = path.stem.partition(".")
    collection, count = county.client[database].get_collection(name, RAW), 0
    put = partial(_add, collection) if name in FOR_GOOD else collection.insert_many
    if name not in FOR_GOOD:
        collection.delete_many({})
    with path.open("rb") as file:
        documents = bson.decode_file_iter(file, RAW)
        while chunk := list(islice(documents, CHUNK)):
            put(chunk)
            count += len(chunk)
    return {"collection": path.stem, "documents": count}


def _add(collection, documents):
    """Those that are not there."""
    rows = [bson.decode(each.raw) for each in documents]
    changes = [UpdateOne({"_id": row.pop("_id")}, {"$setOnInsert": row}, upsert=True) for row in rows]
    collection.bulk_write(changes)


def _require_masters(county, path):
    """Raises CannotDo for keys whose master key has turned and was destroyed: nobody can open them any more."""
    database, _, name = path.stem.partition(".")
    if not (database.endswith("_vault") and name == "keys"):
        return
    with path.open("rb") as file:
        under = {key["masterKey"]["provider"] for key in bson.decode_file_iter(file)}
    retired = county.client[database].masters.find_one({"_id": {"$in": list(under)}, "retired": {"$ne": None}})
    if retired:
        raise CannotDo(
            f"{path.name} holds keys under a master key that was destroyed on {retired['retired']:%Y-%m-%d}: "
            "nobody can open them; take a backup of the vaults that was made after that"
        )


def _service(county, path):
    return path.stem.partition(".")[0].removeprefix(f"{county.name}_").removesuffix("_vault")
