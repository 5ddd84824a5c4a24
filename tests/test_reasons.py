"""Why somebody's data were opened is a sentence of the code's, never what somebody typed (M3).

Read from the code: wherever the access log is written, the reason is followed back, through the functions that pass it
on, to where it comes from.
"""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LISTS = {"LOOK_REASONS", "CARE_REASONS"}
OPENS = {"open": 2, "open_many": 2, "keep": 2}
"""The methods of the vault and of the access log that take a reason, and its place among their arguments."""


@cache
def functions(service):
    """(name, definition, file) of every function of a service, or of the chassis."""
    files = [
        path for path in (ROOT / service).rglob("*.py") if "tests" not in path.parts and "testing" not in path.parts
    ]
    trees = [(ast.parse(path.read_text("utf-8")), path) for path in sorted(files)]
    return [
        (each.name, each, path) for tree, path in trees for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)
    ]


def is_opening(call):
    """Whether a call writes the access log: `….vault.open(…)`, `….keys.open_many(…)`, `….reads.keep(…)`."""
    wanted = isinstance(call.func, ast.Attribute) and call.func.attr in OPENS
    owner = ast.unparse(call.func.value).rpartition(".")[2] if wanted else ""
    return owner == "reads" if wanted and call.func.attr == "keep" else owner in ("vault", "keys")


def argument(call, place, name):
    """The expression given for a parameter, or None where its default is taken."""
    named = {word.arg: word.value for word in call.keywords}
    return named.get(name) or (call.args[place] if len(call.args) > place else None)


class Reasons:
    """Where the reasons of one service come from; `free` are the places where somebody may have typed one."""

    def __init__(self, service):
        self.service, self.free, self.count, self.followed = service, [], 0, set()
        for _, function, path in functions(service):
            for call in (each for each in ast.walk(function) if isinstance(each, ast.Call) and is_opening(each)):
                self.count += 1
                self._judge(argument(call, OPENS[call.func.attr], "reason"), function, path)

    def _judge(self, reason, function, path):
        if reason is None or self._is_ours(reason):
            return
        if isinstance(reason, ast.Name) and (given := self._assigned(reason.id, function)):
            return [self._judge(each, function, path) for each in given]
        names = [each.arg for each in function.args.args]
        if isinstance(reason, ast.Name) and reason.id in names:
            return self._follow(function, names.index(reason.id), reason.id)
        self.free.append(f"{path.relative_to(ROOT)}:{reason.lineno}: {ast.unparse(reason)}")

    def _is_ours(self, reason):
        """A literal, a constant, or what a list of ours has for a code."""
        if isinstance(reason, ast.Call) and isinstance(reason.func, ast.Attribute) and reason.func.attr == "get":
            return ast.unparse(reason.func.value) in LISTS and all(map(self._is_ours, reason.args[1:]))
        if isinstance(reason, ast.Subscript):
            return ast.unparse(reason.value) in LISTS
        return isinstance(reason, ast.Constant) or (isinstance(reason, ast.Name) and reason.id.isupper())

    def _assigned(self, name, function):
        pairs = []
        for each in (each for each in ast.walk(function) if isinstance(each, ast.Assign)):
            target, value = each.targets[0], each.value
            both = isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
            pairs += zip(target.elts, value.elts, strict=True) if both else [(target, value)]
        return [value for target, value in pairs if isinstance(target, ast.Name) and target.id == name]

    def _follow(self, function, place, name):
        """To everybody who calls this function with a reason."""
        if (function.name, name) in self.followed or (self.service == "chassis" and function.name in OPENS):
            return  # a circle; or the vault itself, whose callers are looked for in every service
        self.followed.add((function.name, name))
        bound = function.args.args[0].arg == "self"
        for _, caller, path in functions(self.service):
            for call in (each for each in ast.walk(caller) if isinstance(each, ast.Call)):
                if ast.unparse(call.func).rpartition(".")[2] == function.name and not is_opening(call):
                    self._judge(argument(call, place - bound, name), caller, path)


SERVICES = ["chassis", *sorted(f"services/{path.parent.name}" for path in ROOT.glob("services/*/__init__.py"))]


@pytest.mark.parametrize("service", SERVICES)
def test_why_somebody_was_read_is_never_free_text(service):
    assert Reasons(service).free == []


def test_what_opens_personal_data_was_found():
    assert Reasons("services/identity").count >= 9
    assert Reasons("services/petition").count >= 4


@pytest.mark.parametrize(
    ("body", "ours"),
    [
        ('self.vault.open(sealed, reader, "查看来信")', True),
        ("self.vault.open_many(sealed, reader, OWN)", True),
        ('self.vault.open(sealed, reader, LOOK_REASONS[call.body["reason"]])', True),
        ('self.vault.open(sealed, reader, call.body["reason"])', False),
        ('self.vault.open(sealed, reader, reason=call.body["reason"])', False),
        ('self.vault.open(sealed, reader, f"查看 {call.body}")', False),
        ('why = call.body["why"]; self.vault.reads.keep(reader, (), why)', False),
        ('self._read(call.body["reason"])', False),
        ('self._read("查看")', True),
    ],
)
def test_free_text_is_noticed_however_it_goes(body, ours, monkeypatch):
    source = (
        f"def show(self, call, sealed, reader):\n    {body}\ndef _read(self, why):\n    self.vault.open(1, 2, why)\n"
    )
    found = [(each.name, each, ROOT / "x.py") for each in ast.parse(source).body]
    monkeypatch.setattr("tests.test_reasons.functions", lambda service: found)
    assert (Reasons("x").free == []) is ours
