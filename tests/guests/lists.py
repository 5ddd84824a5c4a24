"""Every list that follows from the services that are installed, as JSON: `python -m tests.guests.lists FOLDER`.

A program of its own, so that a guest's classes and facts are in no other test's process.
"""

import json
import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from chassis import registry
from chassis.operate.county import County as Operated
from chassis.pages.files import files
from contracts.sdk.registry import all_facts
from deploy.k8s import generate as k8s
from deploy.k8s import secrets
from deploy.local.county import County

ADMINS = {"AMQP_ADMIN": "http://127.0.0.1:9", "MONGO_ADMIN": "mongodb://127.0.0.1:9", "AMQP_ADDRESS": "127.0.0.1:9"}


def lists(folder):
    """Name of the list → names of the services in it."""
    return local(folder / "local") | cluster(folder / "cluster") | written() | operated()


def local(home):
    """What `make run` starts."""
    county = County(home, ADMINS)
    county.make_keys()
    trusted = json.loads(home.joinpath("secrets", "identity", "services.json").read_text())["keys"]
    environments = {name: county.environment(name) for name in county.services}
    return {
        "ports": list(county.ports),
        "peers": [pair.partition("=")[0] for pair in environments["identity"]["PEERS"].split(",")],
        "processes": [county.process(name).command[-1] for name in county.services],
        "accounts": [urlsplit(env["AMQP_URI"]).username.partition("_")[2] for env in environments.values()],
        "keys": [path.parent.name for path in home.glob("secrets/*/vault.key")],
        "trusted": [key["kid"] for key in trusted],
    }


def cluster(folder):
    """What Kubernetes is given."""
    k8s.write(folder)
    made = [each["metadata"]["name"] for each in secrets.manifests("510183", folder)]
    (group,) = yaml.safe_load(folder.joinpath("monitoring/services.yaml").read_text())["groups"]
    tls = yaml.safe_load(folder.joinpath("tls/services/kustomization.yaml").read_text())["patches"]
    return {
        "overlays": [path.parent.name for path in folder.glob("services/*/kustomization.yaml")],
        "addresses": [pair.split("=")[-2] for pair in peers(folder).split(",")],
        "secrets": [name.removesuffix("-keys") for name in made if name.endswith("-keys")],
        "alert": [part.split('"')[1] for part in group["rules"][0]["expr"].split(" or ")],
        "certificates": [patch["target"]["name"].partition("-")[0] for patch in tls[1:]],
    }


def peers(folder):
    return folder.joinpath("service/peers.env").read_text().splitlines()[1]


def written():
    """What is written for people and machines to read."""
    made = files(registry.services())
    operations = json.loads(made["contracts/published/asyncapi.json"])["operations"]
    index = made["docs/services/README.md"]
    return {
        "roles": [line[3:] for line in made["docs/roles.md"].splitlines() if line.startswith("## ")],
        "pages": [path[14:-3] for path in made if path.startswith("docs/services/")],
        "index": re.findall(r"^\| \[(\w+)\]", index, re.M),
        "diagram": re.findall(r"--> ?\|.*\| (\w+)$", index, re.M),
        "consumers": re.findall(r"`petition.submitted.v1` \| .*? \| (.*?) \|", made["docs/catalogue.md"])[0].split(
            ", "
        ),
        "subscribers": sorted({name.partition(".")[0] for name in operations if ".receives" in name}),
        "producers": sorted({name.partition(".")[0] for name in operations if ".sends" in name}),
        "catalogue": [line[3:] for line in made["docs/catalogue.md"].splitlines() if line.startswith("## ")],
        "facts": sorted({fact.producer() for fact in all_facts()}),
    }


def operated():
    """What `xiangyin` looks at, and what can be provisioned and run."""
    env = ADMINS | {"COUNTY": "510183"}
    with Operated.of(env) as county:
        return {"operator": list(county.services), "run": registry.names()}


if __name__ == "__main__":
    json.dump(lists(Path(sys.argv[1])), sys.stdout)
