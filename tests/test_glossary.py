"""docs/glossary.md speaks of words that the code has, each once and in order."""

import ast
import re

from tests.test_architecture import ROOT, sources, tree

ROWS = re.findall(r"^\| `(\w+)` \| ([^|]+) \| (.+) \|$", ROOT.joinpath("docs", "glossary.md").read_text("utf-8"), re.M)
NAMES = ("id", "attr", "arg", "name")  # where a syntax tree has names


def words_of(path):
    """Names of a module and all in it, and words of its strings; docstrings are no code."""
    nodes = list(ast.walk(tree(path)))
    prose = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    yield path.stem
    for node in nodes:
        yield from (value for name in NAMES if isinstance(value := getattr(node, name, None), str))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield from re.findall(r"\w+", node.value)


def test_each_word_is_one_of_the_codes():
    code = {word for path in sources("contracts", "chassis", "services") for word in words_of(path)}
    assert len(ROWS) > 100
    assert [word for word, _, _ in ROWS if word not in code] == []


def test_they_stand_in_order_once_with_a_term_in_chinese():
    words = [word for word, _, _ in ROWS]
    assert words == sorted(set(words), key=str.lower)
    assert [word for word, chinese, _ in ROWS if not re.search(r"[\u4e00-\u9fff]", chinese)] == []
