"""Secrets of one county for Kubernetes, made at the first run and kept in a folder of files of mode 600.

python -m deploy.k8s.secrets 510183 FOLDER | kubectl apply -n xiangyin -f -
"""

import base64
import json
import secrets
import sys
from pathlib import Path

from chassis.keys import keep, make_keys
from contracts.readers import services

MEMBERS = ",".join(f"mongo-{number}.mongo-nodes:27017" for number in range(3))


def manifests(county, folder):
    """Kubernetes Secrets for brokers, databases and every service of the county."""
    names = services()
    make_keys(folder, names)
    broker, database = _made(folder, "rabbitmq.password"), _made(folder, "mongo.password")
    yield _secret("rabbitmq", password=broker, cookie=_made(folder, "rabbitmq.cookie"))
    yield _secret("mongo", password=database, keyfile=_made(folder, "mongo.keyfile", 256))
    yield _secret(
        "administrator", AMQP_ADMIN=f"http://admin:{broker}@rabbitmq:15672", MONGO_ADMIN=_mongo("admin", database)
    )
    for name in names:
        yield _secret(f"{name}-account", **_account(county, name, _made(folder, f"{name}.password")))
        yield _secret(f"{name}-keys", **{path.name: path.read_bytes() for path in sorted(Path(folder, name).iterdir())})


def _account(county, service, password):
    user = f"{county}_{service}"
    return {"AMQP_URI": f"amqp://{user}:{password}@rabbitmq:5672/{county}", "MONGO_URI": _mongo(user, password, user)}


def _mongo(user, password, source="admin"):
    return f"mongodb://{user}:{password}@{MEMBERS}/?replicaSet=xiangyin&authSource={source}"


def _made(folder, name, size=24):
    path = Path(folder, name)
    if not path.exists():
        keep(path, secrets.token_hex(size).encode())
    return path.read_text()


def _secret(name, **values):
    data = {key: base64.b64encode(_bytes(value)).decode() for key, value in values.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": data}


def _bytes(value):
    return value if isinstance(value, bytes) else value.encode()


if __name__ == "__main__":
    county, folder = sys.argv[1:]
    sys.stdout.write(json.dumps({"apiVersion": "v1", "kind": "List", "items": list(manifests(county, folder))}))
