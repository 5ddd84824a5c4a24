"""A reader knows where any line belongs (design §2): arrows, file names, docstrings, sizes."""

import ast
import inspect
import re
import subprocess
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from statistics import median, quantiles
from textwrap import dedent

import pytest
from nameko.extensions import DependencyProvider

from chassis.core.group import Uses, provided
from chassis.pages.routes import routes
from chassis.registry import names, services
from chassis.web.http import JSON_LIMIT
from chassis.web.parsing import BODIES
from contracts.sdk.fact import Fact
from contracts.sdk.registry import all_facts
from tests import features

ROOT = Path(__file__).parents[1]
SERVICES = names()
FILES = {"__init__.py", "README.md"}
PARTS = {"domain", "schemas", "service", "store"}  # each a file, or a folder once it passes 250 lines
TESTS = {"__init__.py", "test_domain.py", "test_service.py", "test_store.py"}
MORE = {
    "codes.py": "draws QR codes",
    "commands.py": "commands that `xiangyin` gets from this service",
    "mail.py": "reads hostile e-mails in a child process",
    "factors.py": "checks passwords and the codes of authenticator apps",
    "providers.py": "speaks to other people's systems",
    "sealing.py": "seals to keys that no server holds",
    "sheets.py": "writes spreadsheets, or reads hostile ones in a child process",
    "seed.py": "loads the data a service ships with",
}
BANNED = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "base", "misc", "lib"}
SECRETS = {
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "a signed token": r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}",
    "a cloud key": r"\b(?:AKIA|AKID|LTAI)[A-Za-z0-9]{16,}",
    "a path of one machine": r"(?<![\w.}])/(?:work|root|Users/\w+|home/\w+)/",
    "a registry's host": r"\b(?:pypi|pythonhosted|docker|ghcr|quay|gcr|mirrors)\.(?:org|io|\w+\.com)\b|registry\.npm",
}

every_service = pytest.mark.parametrize("service", SERVICES)


def sources(*folders):
    """Python files of the product itself, without tests."""
    found = (path for folder in folders for path in ROOT.joinpath(folder).rglob("*.py"))
    return sorted(path for path in found if "tests" not in path.parts)


def part(service, name):
    """The files of a part of a service: `store.py`, or those of `store/`."""
    single = ROOT / "services" / service / f"{name}.py"
    return [single] if single.exists() else sorted(single.with_suffix("").glob("*.py"))


def domain_files(service):
    return part(service, "domain")


@cache
def tree(path):
    return ast.parse(path.read_text("utf-8"))


def imported(path):
    """Full names of the modules that a file imports."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


# arrows


def test_the_arrows_hold():
    """Rules in pyproject.toml: services → chassis → contracts; service → store → domain; domains reach no computer."""
    linter = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout + run.stderr


@every_service
def test_a_domain_imports_the_standard_library_its_base_and_the_contracts_only(service):
    allowed = tuple(
        f"{name}." for name in (*sys.stdlib_module_names, "chassis.domain", "contracts", f"services.{service}.domain")
    )
    names = {name for path in domain_files(service) for name in imported(path)}
    assert [name for name in sorted(names) if not f"{name}.".startswith(allowed)] == []


@every_service
def test_mongo_words_are_in_the_store_only(service):
    files = set(sources(f"services/{service}")) - set(part(service, "store"))
    mongo = {
        path.name
        for path in files
        for name in imported(path)
        if name.partition(".")[0] in ("pymongo", "bson", "gridfs")
    }
    assert mongo == set()


def test_nameko_and_its_kin_are_imported_in_the_chassis_only():
    kin = {"nameko", "eventlet", "kombu", "amqp"}
    files = sources("contracts", "services", "deploy")
    found = {str(path) for path in files for name in imported(path) if name.partition(".")[0] in kin}
    assert {path for path in found if "deploy/local" not in path} == set()


FACES = ("chassis.service", "chassis.domain", "chassis.store", "chassis.schemas", "chassis.photos")
PROGRAMS = {"seed.py"}  # run by an operator beside the service, on a database that it connects to itself


@every_service
def test_a_service_imports_the_faces_of_the_chassis_only(service):
    files = [path for path in sources(f"services/{service}") if path.name not in PROGRAMS]
    names = {name for path in files for name in imported(path) if name.startswith("chassis")}
    assert [name for name in sorted(names) if not f"{name}.".startswith(tuple(f"{face}." for face in FACES))] == []


# names of files


@every_service
def test_every_service_has_the_same_files(service):
    folder = ROOT / "services" / service
    there = {path.name for path in folder.iterdir()}
    tests = {path.name for path in folder.joinpath("tests").iterdir()}
    assert FILES - there == set()
    assert [name for name in PARTS if not part(service, name)] == []
    assert TESTS - tests == set()
    assert {Path(name).stem for name in there if name.endswith(".py")} - PARTS - {"__init__"} == {
        Path(name).stem for name in there & MORE.keys()
    }


def test_every_folder_of_services_is_a_service():
    folders = {path.name for path in ROOT.joinpath("services").iterdir() if path.is_dir() and path.name[0] not in "_."}
    assert folders == set(SERVICES)


@pytest.mark.parametrize("folder", ["chassis", "contracts", "services", "deploy", "tests", "bench"])
def test_no_file_has_a_name_that_would_take_anything(folder):
    assert [path for path in ROOT.joinpath(folder).rglob("*.py") if path.stem in BANNED] == []


# a service's class is its map


@cache
def cls(service):
    return services()[service]


@every_service
def test_the_docstring_says_what_it_is_for_and_leaves_lists_to_its_page(service):
    assert "\n\n" not in cls(service).__doc__


@every_service
def test_a_group_uses_what_it_declares_and_nothing_else(service):
    """A group has what stands in its body: collections, peers, settings, other groups (chassis/core/group.py)."""
    for group in cls(service).composition:
        used = names_of_self(group)
        declared = set(provided(group, DependencyProvider)) | ({"settings"} if group.settings else set())
        declared |= {name for name, value in vars(group).items() if isinstance(value, Uses)}
        assert (group.__name__, used - set(dir(group)), declared - used) == (group.__name__, set(), set())


def names_of_self(group):
    """Attributes of `self` that the body of a class reads, lambdas included."""
    tree = ast.parse(dedent(inspect.getsource(group)))
    return {each.attr for each in ast.walk(tree) if isinstance(each, ast.Attribute) and is_self(each.value)}


def is_self(node):
    return isinstance(node, ast.Name) and node.id == "self"


@every_service
def test_the_class_is_called_after_the_service(service):
    assert (cls(service).name, cls(service).__name__) == (service, f"{service.capitalize()}Service")


@every_service
def test_no_route_takes_more_json_than_a_form_needs_or_more_bytes_than_one_may_send_at_once(service):
    """JSON is parsed in the hub, so what is large comes as bytes; these fit one person's share of the memory."""
    found = [(f"{route.method} {route.url}", route) for route in routes(cls(service))]
    most = {True: BODIES.each, False: JSON_LIMIT}
    assert [name for name, route in found if route.limit > most[bool(route.upload)]] == []


def test_every_fact_class_is_called_after_its_fact():
    words = {
        fact.__name__: "".join(word.capitalize() for word in fact.name.partition(".")[2].split("_"))
        for fact in all_facts()
    }
    assert [name for name, word in words.items() if not name.endswith(word)] == []


def test_only_contracts_hold_facts():
    for service in SERVICES:
        import_module(f"services.{service}.service")
    own = [sub for sub in Fact.__subclasses__() if sub.__module__.startswith(("services.", "chassis."))]
    assert [sub for sub in own if "tests" not in sub.__module__] == []


# small


def bodies():
    """(lines, file, name) of every function body, its docstring not counted."""
    for path in sources("services", "chassis", "contracts"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0
                yield lines, str(path.relative_to(ROOT)), node.name


def test_bodies_are_short():
    found = sorted(bodies())
    lines = [body[0] for body in found]
    assert median(lines) <= 3, found[len(found) // 2 :]
    assert quantiles(lines, n=10)[-1] <= 10, found[-len(found) // 10 :]
    assert max(lines) <= 25, found[-1]


def test_files_are_short():
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines())
        for path in sources("chassis", "contracts", "services")
    }
    assert {name: length for name, length in lengths.items() if length > 250} == {}


# what is in the repository


def tracked():
    """(path, text) of every file that git keeps."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, timeout=60).stdout
    for name in filter(None, names.decode().split("\0")):
        path = ROOT / name
        if path.is_file():
            yield name, path.read_bytes().decode("utf-8", "ignore")


@pytest.mark.parametrize("pattern", SECRETS.values(), ids=SECRETS.keys())
def test_no_file_holds(pattern):
    wanted = re.compile(pattern)
    assert [f"{name}: {found[0][:12]}…" for name, text in tracked() if (found := wanted.search(text))] == []


@pytest.mark.costly
def test_a_scanner_of_secrets_finds_none():
    """Files that are generated, and lists of hashes, are not written by anybody who could let a secret slip."""
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, check=True, timeout=60, text=True).stdout
    written = [name for name in names.split() if not name.endswith((".lock", ".json", ".csv", ".tsv"))]
    scanner = [Path(sys.executable).with_name("detect-secrets-hook"), "--disable-plugin", "KeywordDetector"]
    run = subprocess.run([*scanner, *written], cwd=ROOT, capture_output=True, timeout=280, text=True)
    assert run.returncode == 0, run.stdout


# features

MARK = "pytest.mark.feature"


def marks(path):
    """(id, line and column) of every mark `feature` in a file: said at once, or one of a list that is gone through."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.GeneratorExp) and is_mark(node.elt):
            yield from ((each.value, place(node.elt)) for each in node.generators[0].iter.elts)
        elif is_mark(node) and isinstance(node.args[0], ast.Constant):
            yield node.args[0].value, place(node)


def place(node):
    return f"{node.lineno}:{node.col_offset}"


def is_mark(node):
    named = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "feature"
    return named and ast.unparse(node.func) == MARK


def test_every_feature_a_test_names_is_a_known_one():
    """Read from the text of all tests, as each run and each worker has a part of them only."""
    files = [ROOT / name for name, text in tracked() if name.endswith(".py") and "mark.feature(" in text]
    named = [(id, f"{path.relative_to(ROOT)}:{where}") for path in files for id, where in marks(path)]
    calls = sum(path.read_text("utf-8").count(f"{MARK}(") for path in files)
    assert len({where for _, where in named}) == calls > 100
    assert [where for id, where in named if id not in features.known()] == []
