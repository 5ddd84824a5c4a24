"""What each service says of itself in the docstring of its `service.py` (or `service/`): Owns, Publishes, Consumes.

Read as text, so that neither a service nor Nameko is imported; `tests/test_architecture.py` holds it against the code.
"""

import ast
import re
from pathlib import Path

SERVICES = Path(__file__).parents[1] / "services"
WORD = r"\n *(?:Owns|Publishes|Consumes) "
SECTION = re.compile(rf"^ *(Owns|Publishes|Consumes) +(.*(?:\n +.*)*?)(?={WORD}|\n *\n|\s*\Z)", re.M)
FACT = re.compile(r"\b([a-z]+)?\.([a-z_]+)\b")


def services():
    """Names of the services, in order."""
    return sorted(path.name for path in SERVICES.iterdir() if _map(path.name).exists())


def said(service):
    """{"Owns": {…}, "Publishes": {…}, "Consumes": {…}} of one service; facts by their wire name without version."""
    sections = dict(SECTION.findall(_docstring(service)))
    facts = {name: set(_facts(sections.get(name, ""))) for name in ("Publishes", "Consumes")}
    return facts | {"Owns": {word.strip() for word in re.split(r"[,;]", sections.get("Owns", ""))} - {""}}


def consumers():
    """Wire name of a fact → services that say they consume it."""
    found = {}
    for service in services():
        for fact in said(service)["Consumes"]:
            found.setdefault(fact, []).append(service)
    return found


def _docstring(service):
    tree = ast.parse(_map(service).read_text("utf-8"))
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name.endswith("Service")]
    return ast.get_docstring(classes[0]) or ""


def _map(service):
    single = SERVICES / service / "service.py"
    return single if single.exists() else single.with_suffix("") / "__init__.py"


def _facts(text):
    producer = ""
    for own, name in FACT.findall(text):
        producer = own or producer
        yield f"{producer}.{name}"
