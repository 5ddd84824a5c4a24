"""Makes the members one replica set with one administrator. Safe to repeat.

Signs in as MongoDB's own `__system` account, whose password is the members' key file without its white space.
"""

import os
from pathlib import Path

from pymongo import MongoClient
from pymongo.errors import OperationFailure

ALREADY_INITIALIZED, USER_EXISTS = 23, 51003


def initiate(members, key, password, authority=None):
    """Bring the set of `members` (host:port) up; `password` is for the account `admin`; `authority`: TLS, its file."""
    sign_in = {"username": "__system", "password": key, "authSource": "local", "authMechanism": "SCRAM-SHA-256"}
    sign_in |= {"tls": True, "tlsCAFile": authority} if authority else {}
    with MongoClient(members[0], directConnection=True, **sign_in) as client:
        _once(ALREADY_INITIALIZED, client, "replSetInitiate", _configuration(members))
    with MongoClient(members, replicaSet="xiangyin", w="majority", **sign_in) as client:
        _once(USER_EXISTS, client, "createUser", "admin", pwd=password, roles=["root"])


def _configuration(members):
    return {"_id": "xiangyin", "members": [{"_id": number, "host": host} for number, host in enumerate(members)]}


def _once(exists, client, command, value, **options):
    try:
        client.admin.command(command, value, **options)
    except OperationFailure as error:
        if error.code != exists:
            raise


if __name__ == "__main__":
    key = "".join(Path(os.environ["KEY_FILE"]).read_text().split())
    initiate(os.environ["MEMBERS"].split(","), key, os.environ["PASSWORD"], os.environ.get("CA_FILE"))
