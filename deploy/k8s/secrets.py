"""Secrets of one county for Kubernetes, made at the first run and kept in a folder of files of mode 600.

python -m deploy.k8s.secrets 510183 FOLDER [tls] | kubectl apply -n xiangyin -f -

`tls`: the addresses are those of deploy/k8s/tls. What an operator knows and we cannot make, such as the password of a
mailbox (a `secret` setting), is read from FOLDER/SERVICE.SETTING, mode 600; without the file it is empty.
"""

import base64
import json
import secrets
import sys
from pathlib import Path

from chassis.auth.keys import keep, make_keys
from chassis.registry import services

MEMBERS = ",".join(f"mongo-{number}.mongo-nodes:27017" for number in range(3))
PLAIN = {"amqp": "amqp://{}@rabbitmq:5672", "http": "http://{}@rabbitmq:15672", "mongo": ""}
TLS = {
    "amqp": "amqps://{}@rabbitmq:5671",
    "http": "https://{}@rabbitmq:15671",
    "mongo": "&tls=true&tlsCAFile=/run/tls/ca.crt",
}


def manifests(county, folder, at=PLAIN):
    """Kubernetes Secrets for brokers, databases and every service of the county; `at` is PLAIN or TLS."""
    make_keys(folder, {name: cls.key_files for name, cls in services().items()})
    broker, database = _made(folder, "rabbitmq.password"), _made(folder, "mongo.password")
    yield _secret("rabbitmq", password=broker, cookie=_made(folder, "rabbitmq.cookie"))
    yield _secret("mongo", password=database, keyfile=_made(folder, "mongo.keyfile", 256))
    admin = at["http"].format(f"admin:{broker}")
    yield _secret("administrator", AMQP_ADMIN=admin, MONGO_ADMIN=_mongo("admin", database, "admin", at))
    for name in services():
        account = _account(county, name, _made(folder, f"{name}.password"), at)
        yield _secret(f"{name}-account", **account, **_given(folder, name))
        yield _secret(f"{name}-keys", **{path.name: path.read_bytes() for path in sorted(Path(folder, name).iterdir())})


def _account(county, service, password, at):
    user = f"{county}_{service}"
    amqp = at["amqp"].format(f"{user}:{password}")
    return {"AMQP_URI": f"{amqp}/{county}", "MONGO_URI": _mongo(user, password, user, at)}


def _mongo(user, password, source, at):
    return f"mongodb://{user}:{password}@{MEMBERS}/?replicaSet=xiangyin&authSource={source}{at['mongo']}"


def _given(folder, service):
    wanted = [name for name, setting in services()[service].wanted_settings.items() if setting.secret]
    files = {setting: Path(folder, f"{service}.{setting}") for setting in wanted}
    return {setting: file.read_text().strip() if file.exists() else "" for setting, file in files.items()}


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
    county, folder, *tls = sys.argv[1:]
    made = manifests(county, folder, TLS if tls == ["tls"] else PLAIN)
    sys.stdout.write(json.dumps({"apiVersion": "v1", "kind": "List", "items": list(made)}))
