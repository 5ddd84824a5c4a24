"""The Kubernetes manifests: they render, they are valid, every pod is as bare as it can be, and they fit the code."""

import base64
import inspect
import json
import os
import re
import subprocess
import sys
from functools import cache
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

import kubernetes_validate
import pytest
import yaml
from prometheus_client import REGISTRY

from chassis.core import metrics, settings
from chassis.privacy import child
from chassis.registry import names, services
from chassis.web import decoding
from deploy.k8s import generate, secrets

K8S = Path(__file__).parents[1] / "deploy" / "k8s"
ENVIRONMENTS = sorted(path.name for path in K8S.joinpath("environments").iterdir())
VERSIONS = ["1.30", kubernetes_validate.latest_version()]
SECRET_VALUES = re.compile(r"password|secret(?!s_dir)|token|uri$|key$", re.I)

every_environment = pytest.mark.parametrize("environment", ENVIRONMENTS)


@cache
def rendered(environment):
    """The objects of one environment."""
    kubectl = Path(sys.executable).with_name("kubectl")
    folder = K8S / "environments" / environment
    run = subprocess.run([kubectl, "kustomize", folder], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    return list(yaml.safe_load_all(run.stdout))


def objects(environment, *kinds):
    return [each for each in rendered(environment) if each["kind"] in kinds]


def workloads(environment):
    return objects(environment, "Deployment", "StatefulSet", "Job")


def pod(workload):
    return workload["spec"]["template"]["spec"]


def pod_labels(environment):
    return [each["spec"]["template"]["metadata"]["labels"] for each in workloads(environment)]


def containers(environment):
    """(workload's name, container) of all, those that run first too."""
    for each in workloads(environment):
        for container in pod(each).get("initContainers", []) + pod(each)["containers"]:
            yield each["metadata"]["name"], container


def name(each):
    return f"{each['kind']}/{each['metadata']['name']}"


def matches(selector, labels):
    return selector.items() <= labels.items()


@every_environment
@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_is_valid(environment, version):
    for each in rendered(environment):
        kubernetes_validate.validate(each, version, strict=True)


@every_environment
def test_every_object_but_the_namespace_is_in_the_namespace(environment):
    (namespace,) = objects(environment, "Namespace")
    others = [each for each in rendered(environment) if each is not namespace]
    assert {each["metadata"].get("namespace") for each in others} == {namespace["metadata"]["name"]}
    assert len({name(each) for each in others}) == len(others)


# bare pods


@every_environment
def test_no_pod_runs_as_root_or_speaks_to_the_cluster(environment):
    for each in workloads(environment):
        context = pod(each)["securityContext"]
        assert (context["runAsNonRoot"], context["seccompProfile"]["type"]) == (True, "RuntimeDefault"), name(each)
        assert context["runAsUser"] > 0
        assert pod(each)["automountServiceAccountToken"] is False
        assert pod(each)["serviceAccountName"] == "xiangyin"


@every_environment
def test_every_container_is_stripped_and_limited(environment):
    for owner, container in containers(environment):
        stripped = {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["securityContext"] == stripped, owner
        assert container["resources"].keys() == {"requests", "limits"}, owner
        assert all(limit.keys() == {"cpu", "memory"} for limit in container["resources"].values()), owner


@every_environment
def test_who_takes_apart_what_people_send_has_memory_for_its_children(environment):
    most = (256 << 20) + (decoding.LANES + 1) * child.MEMORY  # itself, those who wait, and the background
    limits = {owner: container["resources"]["limits"]["memory"] for owner, container in containers(environment)}
    decoders = [service for service in services() if any(getattr(route, "decode", None) for route in routes(service))]
    assert decoders
    assert [each for each in decoders if int(limits[f"{each}-service"].removesuffix("Mi")) << 20 < most] == []


def routes(service):
    """The entrypoints of a service."""
    for _, method in inspect.getmembers(services()[service], inspect.isfunction):
        yield from getattr(method, "nameko_entrypoints", ())


@every_environment
def test_every_image_is_a_certain_one(environment):
    images = {container["image"] for _, container in containers(environment)}
    assert all(re.fullmatch(r"[\w./-]+:\d+\.\d+\.\d+", image) for image in images), images


@every_environment
def test_whatever_keeps_running_is_probed_and_ends_politely(environment):
    for each in objects(environment, "Deployment", "StatefulSet"):
        assert pod(each)["terminationGracePeriodSeconds"] >= 60
        for container in pod(each)["containers"]:
            assert {"startupProbe", "livenessProbe", "readinessProbe"} <= container.keys(), name(each)
            assert "preStop" in container["lifecycle"], name(each)


@every_environment
def test_services_are_probed_on_the_health_port(environment):
    for each in objects(environment, "Deployment"):
        (container,) = pod(each)["containers"]
        probes = {kind: container[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness", "readiness")}
        assert {get["port"] for get in probes.values()} == {"health"}
        assert [probes[kind]["path"] for kind in ("startup", "liveness", "readiness")] == [
            "/livez",
            "/livez",
            "/readyz",
        ]


@every_environment
def test_secrets_are_named_and_never_written(environment):
    assert objects(environment, "Secret") == []
    for owner, container in containers(environment):
        written = [var["name"] for var in container.get("env", []) if "value" in var]
        assert [var for var in written if SECRET_VALUES.search(var)] == [], owner
    data = [key for each in objects(environment, "ConfigMap") for key in each["data"]]
    assert [key for key in data if SECRET_VALUES.search(key)] == []


@every_environment
def test_every_secret_that_is_wanted_is_made_and_explained_to_operators(environment, tmp_path):
    made = made_secrets(tmp_path)
    wanted = [pair for each in workloads(environment) for pair in secrets_of(pod(each))]
    assert {name for name, _ in wanted} == made.keys()
    assert [(name, key) for name, key in wanted if key and key not in made[name]] == []
    guide = K8S.parents[1].joinpath("docs", "operate.md").read_text("utf-8")
    general = {re.sub(rf"^({'|'.join(services())})-", "NAME-", name) for name in made}
    assert [name for name in general if f"`{name}`" not in guide] == []


def secrets_of(spec):
    """(Secret, key or None) of all that a pod refers to."""
    for volume in spec.get("volumes", []):
        if "secret" in volume:
            keys = [item["key"] for item in volume["secret"].get("items", [])]
            yield from ((volume["secret"]["secretName"], key) for key in keys or [None])
    for container in spec["containers"]:
        yield from (
            (source["secretRef"]["name"], None) for source in container.get("envFrom", []) if "secretRef" in source
        )
        values = [var["valueFrom"] for var in container.get("env", []) if "valueFrom" in var]
        yield from ((v["secretKeyRef"]["name"], v["secretKeyRef"]["key"]) for v in values if "secretKeyRef" in v)


def test_secrets_are_made_once(tmp_path):
    assert list(secrets.manifests("510183", tmp_path)) == list(secrets.manifests("510183", tmp_path))


def made_secrets(folder):
    """Secret → its keys."""
    return {each["metadata"]["name"]: each["data"].keys() for each in secrets.manifests("510183", folder)}


def test_every_account_gets_its_addresses_and_what_the_operator_gave(tmp_path):
    tmp_path.joinpath("petition.CLUE_MAIL").write_text("pops://mail.example:995/510183\n")
    made = {each["metadata"]["name"]: each["data"] for each in secrets.manifests("510183", tmp_path)}
    given = base64.b64decode(made["petition-account"]["CLUE_MAIL"]).decode()
    assert given == "pops://mail.example:995/510183"
    assert made["sla-account"].keys() == {"AMQP_URI", "MONGO_URI"}
    assert made["administrator"].keys() == {"AMQP_ADMIN", "MONGO_ADMIN"}


# things that point at each other


@every_environment
def test_every_selector_finds_somebody_and_only_one_kind_of_pod(environment):
    for each in objects(environment, "Service", "PodDisruptionBudget"):
        selector = each["spec"]["selector"].get("matchLabels", each["spec"]["selector"])
        assert len([labels for labels in pod_labels(environment) if matches(selector, labels)]) == 1, name(each)


@every_environment
def test_every_service_port_leads_to_a_port_of_its_pods(environment):
    for each in objects(environment, "Service"):
        (owner,) = [w for w in workloads(environment) if matches(each["spec"]["selector"], labels_of(w))]
        there = {value for port in pod(owner)["containers"][0]["ports"] for value in port.values()}
        assert {port.get("targetPort", port["port"]) for port in each["spec"]["ports"]} <= there, name(each)


def labels_of(workload):
    return workload["spec"]["template"]["metadata"]["labels"]


@every_environment
def test_every_autoscaler_scales_a_deployment(environment):
    deployments = {each["metadata"]["name"] for each in objects(environment, "Deployment")}
    targets = [each["spec"]["scaleTargetRef"]["name"] for each in objects(environment, "HorizontalPodAutoscaler")]
    assert sorted(targets) == ["identity-service", "petition-service"]
    assert set(targets) <= deployments


@every_environment
def test_nothing_may_talk_unless_allowed(environment):
    policies = {each["metadata"]["name"]: each["spec"] for each in objects(environment, "NetworkPolicy")}
    assert policies["deny-all"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    for labels in pod_labels(environment):
        own = [spec for spec in policies.values() if spec["podSelector"] and chosen(spec["podSelector"], labels)]
        assert own, labels


def chosen(selector, labels):
    return matches(selector.get("matchLabels", {}), labels)


@every_environment
def test_no_pod_reaches_anything_outside_the_cluster_but_one_address_of_a_component(environment):
    policies = objects(environment, "NetworkPolicy")
    ways_out = {each["metadata"]["name"] for each in policies if reaches_out(each["spec"])}
    assert ways_out == ({"sms-gateway"} if environment == "production" else set())
    for each in policies:
        assert all("to" in rule for rule in each["spec"].get("egress", [])), name(each)


@pytest.mark.parametrize("component", sorted(path.name for path in K8S.joinpath("egress").iterdir()))
def test_each_way_out_is_one_services_to_one_port_of_few_addresses(component):
    policy = yaml.safe_load(K8S.joinpath("egress", component, "network.yaml").read_text("utf-8"))
    assert policy["spec"]["podSelector"]["matchLabels"]["app.kubernetes.io/name"] in services()
    (rule,) = policy["spec"]["egress"]
    assert len(rule["ports"]) == 1
    assert min(ip_network(each["ipBlock"]["cidr"]).prefixlen for each in rule["to"]) >= 24


@every_environment
def test_names_are_asked_of_the_clusters_own_servers_only(environment):
    (policy,) = [p for p in objects(environment, "NetworkPolicy") if p["metadata"]["name"] == "ask-for-names"]
    (rule,) = policy["spec"]["egress"]
    (where,) = rule["to"]
    assert where["podSelector"] == {"matchLabels": {"k8s-app": "kube-dns"}}
    assert {port["port"] for port in rule["ports"]} == {53}


def reaches_out(policy):
    return any("ipBlock" in where for rule in policy.get("egress", []) for where in rule.get("to", []))


@every_environment
def test_mongodb_runs_no_javascript_and_offers_no_zlib(environment):
    (mongo,) = [each for each in objects(environment, "StatefulSet") if each["metadata"]["name"] == "mongo"]
    (container,) = pod(mongo)["containers"]
    assert {"--noscripting", "--networkMessageCompressors=snappy,zstd", "--slowms=10000"} <= set(container["args"])
    assert tuple(map(int, container["image"].rpartition(":")[2].split("."))) >= (7, 0, 35)  # CVE-2026-9740


# the manifests fit the code


def test_what_follows_from_the_list_of_services_is_up_to_date():
    assert generate.stale() == []


@every_environment
def test_every_service_of_the_code_runs_and_is_provisioned(environment):
    for kind, module in (("Deployment", "chassis.run"), ("Job", "chassis.provision")):
        found = [each for each in objects(environment, kind) if "app.kubernetes.io/name" in labels_of(each)]
        assert sorted(labels_of(each)["app.kubernetes.io/name"] for each in found) == names()
        assert {tuple(pod(each)["containers"][0]["args"]) for each in found} == {(module, "$(SERVICE)")}


@every_environment
@pytest.mark.parametrize("service", services())
def test_every_setting_a_service_wants_is_given(environment, service, tmp_path):
    (deployment,) = [d for d in objects(environment, "Deployment") if d["metadata"]["name"] == f"{service}-service"]
    maps = {each["metadata"]["name"]: each["data"] for each in objects(environment, "ConfigMap")}
    sources = [
        source["configMapRef"]["name"]
        for source in pod(deployment)["containers"][0]["envFrom"]
        if "configMapRef" in source
    ]
    told, kept = {key for source in sources for key in maps[source]}, made_secrets(tmp_path)[f"{service}-account"]
    known = settings.EVERY | services()[service].wanted_settings
    wanted = {name for name, setting in known.items() if setting.required}
    assert {*wanted, "PEERS"} - told - kept == set()
    assert kept - wanted == told & kept == set()
    assert told - known.keys() == {"PYTHONUNBUFFERED"}
    assert kept == {name for name, setting in known.items() if setting.secret}
    peers = dict(pair.split("=") for pair in maps[sources[1]]["PEERS"].split(","))
    assert peers == {each: f"http://{each}-internal" for each in services()}


@pytest.fixture(scope="module")
def with_tls(tmp_path_factory):
    """The objects of production with the component for TLS, by kind and name."""
    folder = tmp_path_factory.mktemp("tls")
    folders = {"resources": "environments/production", "components": "tls"}
    lists = {kind: [os.path.relpath(K8S / each, folder.resolve())] for kind, each in folders.items()}
    folder.joinpath("kustomization.yaml").write_text(yaml.safe_dump(lists | {"namespace": "xiangyin"}))
    kubectl = Path(sys.executable).with_name("kubectl")
    run = subprocess.run([kubectl, "kustomize", folder], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    return {name(each): each for each in yaml.safe_load_all(run.stdout)}


def test_with_the_component_for_tls_every_service_has_a_certificate_and_asks_its_peers_by_https(with_tls):
    for each in with_tls.values():
        kubernetes_validate.validate(each, VERSIONS[0], strict=True)
    for service in services():
        (container,) = pod(with_tls[f"Deployment/{service}-service"])["containers"]
        assert values(container)["PEERS"] == ",".join(f"{each}=https://{each}-internal:80" for each in services())
        assert values(container)["TLS_DIR"] == "/run/tls"
        (container,) = pod(with_tls[f"Job/{service}-provision"])["containers"]
        assert values(container)["REQUESTS_CA_BUNDLE"] == "/run/tls/ca.crt"
        for kind in ("Deployment", "Job"):
            workload = with_tls[f"{kind}/{service}-{'service' if kind == 'Deployment' else 'provision'}"]
            assert mounted(workload, "/run/tls") == f"{service}-tls"


def test_with_the_component_for_tls_members_of_a_cluster_speak_it_to_clients_and_to_each_other(with_tls, tmp_path):
    mongo, rabbit = with_tls["StatefulSet/mongo"], with_tls["StatefulSet/rabbitmq"]
    assert "--tlsMode=requireTLS" in pod(mongo)["containers"][0]["args"]
    between = "-proto_dist inet_tls -ssl_dist_optfile /etc/rabbitmq/inter_node_tls.config"
    environment = values(pod(rabbit)["containers"][0])
    for variable in ("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "RABBITMQ_CTL_ERL_ARGS"):
        assert environment[variable] == between
    (configured,) = [each for key, each in with_tls.items() if key.startswith("ConfigMap/rabbitmq-tls")]
    files = {mount.get("subPath"): mount["mountPath"] for mount in pod(rabbit)["containers"][0]["volumeMounts"]}
    assert {files[each] for each in configured["data"]} == {
        "/etc/rabbitmq/conf.d/20-tls.conf",
        "/etc/rabbitmq/inter_node_tls.config",
    }
    volumes = {volume["name"]: volume for volume in pod(rabbit)["volumes"]}
    assert volumes["tls-config"]["configMap"]["name"] == configured["metadata"]["name"]
    assert (mounted(mongo, "/run/tls"), mounted(rabbit, "/run/tls")) == ("mongo-tls", "rabbitmq-tls")
    assert mounted(with_tls["Job/mongo-initiate"], "/run/tls") == "mongo-tls"


def test_with_the_component_for_tls_secrets_name_ports_that_are_open_and_no_plain_one_is(with_tls, tmp_path):
    made = {each["metadata"]["name"]: each["data"] for each in secrets.manifests("510183", tmp_path, secrets.TLS)}
    addresses = {**made["administrator"], **made["petition-account"]}
    asked = {urlsplit(base64.b64decode(addresses[each]).decode()).port for each in ("AMQP_URI", "AMQP_ADMIN")}
    assert asked == {5671, 15671} == {port["port"] for port in with_tls["Service/rabbitmq"]["spec"]["ports"]}
    for each in ("MONGO_URI", "MONGO_ADMIN"):
        assert b"&tls=true&tlsCAFile=/run/tls/ca.crt" in base64.b64decode(addresses[each])
    policies = [each["spec"] for key, each in with_tls.items() if key.startswith("NetworkPolicy")]
    rules = [rule for policy in policies for way in ("ingress", "egress") for rule in policy.get(way, [])]
    opened = {port["port"] for rule in rules for port in rule.get("ports", [])}
    assert opened >= asked
    assert opened & {5672, 15672} == set()


def values(container):
    return {variable["name"]: variable.get("value") for variable in container["env"]}


def mounted(workload, path):
    """The Secret at a path in every container that keeps running."""
    (mount,) = [each for each in pod(workload)["containers"][0]["volumeMounts"] if each["mountPath"] == path]
    (volume,) = [each for each in pod(workload)["volumes"] if each["name"] == mount["name"]]
    return volume["secret"]["secretName"]


@every_environment
def test_dashboard_and_alerts_use_metrics_that_exist(environment):
    assert metrics.__name__
    data = {each["metadata"]["name"]: each["data"] for each in objects(environment, "ConfigMap")}
    dashboard = json.loads(data["xiangyin-dashboard"]["dashboard.json"])
    groups = [group for text in data["xiangyin-alerts"].values() for group in yaml.safe_load(text)["groups"]]
    rules = [rule for group in groups for rule in group["rules"]]
    questions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]] + [
        r["expr"] for r in rules
    ]
    used = {name for question in questions for name in re.findall(r"xiangyin_\w+", question)}
    there = {sample for metric in REGISTRY.collect() for sample in possible_names(metric)}
    assert used
    assert used - there == set()


def possible_names(metric):
    suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}
    return [metric.name + suffix for suffix in suffixes.get(metric.type, [""])]


def test_alerts_watch_every_service():
    rules = K8S.joinpath("monitoring", "services.yaml").read_text("utf-8")
    assert set(re.findall(r'absent\(xiangyin_hub_lag_seconds\{service="(\w+)"', rules)) == set(services())
