"""Generated pages and schemas say what the code says, and can be read by those they are for."""

import ast
import copy
import json
import re
from itertools import product
from pathlib import Path

import pytest
from jsonschema import Draft7Validator, FormatChecker

from chassis.bus.on import handlers
from chassis.domain import BACK, Transition
from chassis.pages import asyncapi
from chassis.pages.facts import published
from chassis.pages.files import PUBLISHED, ROOT, files, stale, write
from chassis.pages.moves import states
from chassis.pages.routes import public, routes
from chassis.pages.service import kept
from chassis.provision import tables
from chassis.registry import services
from chassis.service import Service
from contracts.sdk.envelope import OPTIONAL
from contracts.sdk.registry import all_facts, by_wire
from contracts.sdk.schema import ATTRIBUTES
from services.petition.domain.moves import MOVES
from services.petition.domain.whistle import WHISTLE_MOVES

CLASSES = services()
# © AsyncAPI Initiative, Apache-2.0, of @asyncapi/specs 6.11.1, without white space
ASYNCAPI = json.loads(Path(__file__).with_name("asyncapi-3.0.0.json").read_text("utf-8"))

every_service = pytest.mark.parametrize("service", CLASSES)


@pytest.fixture(scope="module")
def wanted():
    return files(CLASSES)


@pytest.fixture(scope="module")
def document():
    return asyncapi.document(CLASSES)


def section(wanted, service, title):
    """The lines of a part of a service's page."""
    page = wanted[f"docs/services/{service}.md"]
    return re.search(rf"^## {title} .*?$(.*?)(?=^## |\Z)", page, re.M | re.S)[1]


def first_cells(text):
    """What stands in code in the first cell of each row of a table."""
    return re.findall(r"^\| `([^`]+)` \|", text, re.M)


# files


def test_every_generated_file_is_what_the_code_says(wanted):
    assert stale(wanted) == [], "run `make docs`"


def test_a_missing_a_changed_and_a_left_over_file_are_stale(wanted, tmp_path):
    write(wanted, tmp_path)
    assert stale(wanted, tmp_path) == []
    schemas = tmp_path / PUBLISHED / "schemas"
    (schemas / "petition.submitted.v1.json").unlink()
    (schemas / "sla.elapsed.v1.json").write_text("{}")
    (schemas / "market.sold.v1.json").write_text("{}")
    (tmp_path / "docs/services/market.md").write_text("# market")
    (tmp_path / "docs/roles.md").write_text("# nobody")
    assert [path.rpartition("/")[2] for path in stale(wanted, tmp_path)] == [
        "market.sold.v1.json",
        "petition.submitted.v1.json",
        "sla.elapsed.v1.json",
        "roles.md",
        "market.md",
    ]
    write(wanted, tmp_path)
    assert stale(wanted, tmp_path) == []


# the page of a service


@every_service
def test_a_service_publishes_what_its_domain_names(service):
    own = {fact.__name__: fact for fact in all_facts() if fact.producer() == service}
    folder = ROOT / "services" / service
    paths = [folder / "domain.py", *folder.glob("domain/*.py")]
    nodes = [node for path in paths if path.exists() for node in ast.walk(ast.parse(path.read_text("utf-8")))]
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    assert set(published(CLASSES[service])) == {own[name] for name in own.keys() & names}


@every_service
def test_every_fact_that_is_promised_is_on_the_page_of_its_producer(wanted, service):
    promised = [fact.wire() for fact in all_facts() if fact.producer() == service]
    assert first_cells(section(wanted, service, "facts published")) == promised


@every_service
def test_a_page_names_all_facts_that_are_handled_and_where(wanted, service):
    rows = re.findall(r"^\| `([^`]+)` \| [^|]+ \| (.*) \|$", section(wanted, service, "facts consumed"), re.M)
    found = {(wire, method) for wire, methods in rows for method in re.findall(r"`(\w+)`", methods)}
    handled = {(fact.wire(), each.method_name) for each in handlers(CLASSES[service]) for fact in each.facts}
    assert found == handled


@every_service
def test_a_page_names_all_routes(wanted, service):
    assert first_cells(section(wanted, service, "routes")) == [
        f"{route.method} {route.url}" for route in public(CLASSES[service])
    ]


@every_service
def test_every_route_says_in_a_sentence_what_it_is_for(service):
    cls = CLASSES[service]
    assert [route.method_name for route in routes(cls) if not getattr(cls, route.method_name).__doc__] == []


@every_service
def test_a_page_names_all_settings_and_collections(wanted, service):
    cls = CLASSES[service]
    assert first_cells(section(wanted, service, "settings")) == sorted(cls.wanted_settings)
    assert first_cells(section(wanted, service, "collections")) == [each.collection for each in kept(cls)]
    assert {each.collection for each in kept(cls)} <= tables(cls).keys()


@every_service
def test_a_page_names_the_groups_that_a_service_is_made_of(wanted, service):
    own = [each.__name__ for each in CLASSES[service].composition if each not in Service.composition]
    assert first_cells(section(wanted, service, "groups")) == sorted(own)


@pytest.mark.parametrize("kind", ["clues 举报", "petitions 来信", "questions 咨询", "reports 上报", "whistles 哨声"])
def test_each_kind_of_matter_of_petition_is_there_with_its_moves(wanted, kind):
    text = section(wanted, "petition", "matters and moves")
    part = re.search(rf"^### {kind}$(.*?)(?=^### |\Z)", text, re.M | re.S)[1]
    aggregate = next(each.aggregate for each in kept(CLASSES["petition"]) if each.collection == kind.partition(" ")[0])
    assert {name.removesuffix(" ✗") for name in first_cells(part)} == set(aggregate.moves)
    assert "stateDiagram-v2" in part


@every_service
def test_the_readme_of_a_service_leads_to_places_that_its_page_has(wanted, service):
    text = (ROOT / "services" / service / "README.md").read_text("utf-8")
    links = re.findall(r"\(\.\./\.\./(docs/services/\w+\.md)(?:#([^)]+))?\)", text)
    heads = {path: {anchor(each) for each in re.findall(r"^#+ (.*)$", wanted[path], re.M)} for path, _ in links}
    assert f"docs/services/{service}.md" in heads
    assert [place for path, place in links if place and place not in heads[path]] == []


def anchor(head):
    """The name that GitHub gives a heading."""
    return re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-")


# diagrams


STATE, WORD = r"(\[\*\]|[a-z_]+)", r"\w+"
LINES = {
    "stateDiagram-v2": rf"{STATE} --> {STATE}( : [a-z_ ,✗]+)?",
    "flowchart LR": rf'{WORD}|{WORD} -->\|"[^"|`]+"\| {WORD}|{WORD} -\.-> {WORD}',
}
RESERVED = {"end", "state", "note", "class", "style", "direction", "subgraph", "default", "graph", "click"}


def test_every_diagram_is_well_formed(wanted):
    """As Mermaid's own parser reads it; that one needs Node and was asked when the forms were chosen."""
    diagrams = [text for page in wanted.values() for text in re.findall(r"^```mermaid\n(.*?)^```$", page, re.M | re.S)]
    for diagram in diagrams:
        kind, *lines = diagram.splitlines()
        assert [line for line in lines if not re.fullmatch(f"    (?:{LINES[kind]})", line)] == []
        assert RESERVED & set(re.findall(WORD, re.sub(r"\|.*?\||: .*", "", diagram.partition("\n")[2]))) == set()
    assert len(diagrams) >= 1 + len(CLASSES) + 5


def test_a_diagram_has_an_arrow_for_each_way_a_move_may_go():
    moves = {
        "read": Transition("office", ("filed",), "open"),
        "ask": Transition("office", ("open", "late"), "waiting"),
        "supply": Transition("author", ("waiting",), BACK),
        "urge": Transition("author", ("open",), None),
        "check": Transition("office", ("open",), "closed", refuted=Transition("office", ("open",), "late")),
    }
    assert list(states(moves)) == [
        "[*] --> filed",
        "filed --> open : read",
        "open --> waiting : ask",
        "late --> waiting : ask",
        "waiting --> open : supply",
        "waiting --> late : supply",
        "open --> closed : check",
        "open --> late : check ✗",
        "closed --> [*]",
    ]


@pytest.mark.parametrize("moves", [MOVES, WHISTLE_MOVES], ids=["letter", "whistle"])
def test_a_diagram_shows_every_move_that_changes_a_state(moves):
    drawn = "\n".join(states(moves))
    for name, row in moves.items():
        if row.target and row.target != BACK:
            assert all(
                re.search(rf"^{source} --> {row.target} : (.*, )?{name}\b", drawn, re.M) for source in row.sources
            )


# AsyncAPI


def test_the_asyncapi_document_is_one_by_its_official_schema(document):
    assert [f"{list(error.path)}: {error.message}" for error in Draft7Validator(ASYNCAPI).iter_errors(document)] == []


SPOILT = {
    "an operation that does nothing": (("operations", "sla.receives", "action"), "hear"),
    "a server that speaks nothing": (("servers", "county", "protocol"), None),
    "a security scheme of no kind": (("components", "securitySchemes", "account", "type"), "secret"),
    "a queue of no kind": (("channels", "sla.inbox", "bindings", "amqp", "is"), "pipe"),
    "a message without words": (("components", "messages", "sla.elapsed.v1", "summary"), 7),
}


def little(node):
    """A document without the facts of all services but one."""
    if not isinstance(node, dict):
        return node
    return {
        key: little(value) for key, value in node.items() if not re.search("(identity|petition|notify)[.].*v1", key)
    }


@pytest.mark.parametrize(("path", "value"), SPOILT.values(), ids=SPOILT.keys())
def test_the_official_schema_refuses(document, path, value):
    spoilt = copy.deepcopy(little(document))
    assert Draft7Validator(ASYNCAPI).is_valid(spoilt)
    node = spoilt
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    assert not Draft7Validator(ASYNCAPI).is_valid(spoilt)


def test_every_reference_in_the_asyncapi_document_leads_somewhere(document):
    found = set(references(document))
    for reference in found:
        target = document
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]
    assert {f"#/components/messages/{wire}" for wire in by_wire()} <= found
    assert {f"#/components/schemas/{name}" for name in document["components"]["schemas"]} <= found


def references(node):
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        node = list(node.values())
    if isinstance(node, list):
        for inner in node:
            yield from references(inner)


def test_every_fact_has_a_channel_and_every_service_a_queue_and_a_subscriber_one_of_its_own(document):
    queues = {f"{name}.inbox" for name in CLASSES}
    assert document["channels"].keys() == by_wire().keys() | queues | {"subscriber"}
    own = document["channels"]["subscriber"]
    assert own["messages"].keys() == by_wire().keys()
    assert own["bindings"]["amqp"]["x-arguments"]["x-queue-type"] == "quorum"


def test_the_envelope_stands_in_the_asyncapi_document_once(document):
    components = document["components"]
    assert {*ATTRIBUTES, *OPTIONAL} == components["schemas"]["Envelope"]["properties"].keys()
    for wire, message in components["messages"].items():
        envelope, own = message["payload"]["allOf"]
        assert envelope == {"$ref": "#/components/schemas/Envelope"}, wire
        assert own["properties"].keys() == {"source", "type", "data"}, wire


def test_each_example_fits_the_payload_that_the_asyncapi_document_says_and_no_other(document):
    components = {"components": document["components"]}
    messages = document["components"]["messages"]
    validators = {
        wire: Draft7Validator(
            {"$ref": f"#/components/messages/{wire}/payload", **components}, format_checker=FormatChecker()
        )
        for wire in messages
    }
    for wire, message in messages.items():
        for example in message["examples"]:
            validators[wire].validate(example["payload"])
            for name in (*ATTRIBUTES, "data"):
                without = {key: value for key, value in example["payload"].items() if key != name}
                assert not validators[wire].is_valid(without), (wire, name)
    strangers = list(messages)[:10]
    assert not any(
        validators[wire].is_valid(messages[other]["examples"][0]["payload"])
        for wire, other in product(strangers, strangers)
        if wire != other
    )


def test_what_no_value_may_be_is_refused_by_the_asyncapi_document_too(document):
    schema = {"$ref": "#/components/messages/petition.submitted.v1/payload", "components": document["components"]}
    payload = copy.deepcopy(document["components"]["messages"]["petition.submitted.v1"]["examples"][0]["payload"])
    payload["data"]["number"] = "13800138000"
    assert not Draft7Validator(schema).is_valid(payload)
