"""Documents hold against the code: every path, link, test, target and module that one names exists."""

import re
import shlex
import subprocess
from functools import cache
from importlib.util import find_spec

import pytest

from chassis.operate import cli
from tests.test_architecture import ROOT

TOP = "bench|chassis|contracts|deploy|docs|services|tests"
SUFFIX = "py|md|json|toml|ya?ml|csv|tsv|sh|conf|svg"
PATH = re.compile(rf"`((?:(?:{TOP})/[\w./*-]*)|(?:[\w-]+/)+[\w*-]+\.(?:{SUFFIX}))`")
OTHERS = re.compile(r"^\.run/|NAME|…|^identity/|^notify/|^secrets/")  # made by a run, or a place to fill in
LINK = re.compile(r"\]\(([^)\s]+)\)")
SHOWN = re.compile(r"^`([\w./-]+)`(?:[^\n`]*)\n\n```", re.M)  # a file whose text the document gives
TEST = re.compile(r"`(?:[\w/.]+::)?(test_\w+)`")
MODULE = re.compile(rf"python -m ((?:{TOP})(?:\.\w+)*)")


@cache
def tracked():
    """Every file that git keeps or would."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout.split("\n")
    return {name for name in names if ROOT.joinpath(name).is_file()}


def documents():
    return sorted(name for name in tracked() if name.endswith(".md") and "/data/" not in name)


def text_of(name):
    return ROOT.joinpath(name).read_text("utf-8")


def commands(text):
    """Lines of a document that are typed: those of blocks, and what stands in backticks."""
    blocks = re.findall(r"^```(?:console|sh)\n(.*?)^```", text, re.M | re.S)
    indented = re.findall(r"^(?: {4})+(\S.*)$", text, re.M)
    return [*"\n".join(blocks).split("\n"), *indented, *re.findall(r"`([^`\n]+)`", text)]


def exists(path, folder):
    """Whether a path, with `*` for anything, is there from the root or from the document's own folder."""
    wanted = re.compile(re.escape(path).replace(r"\*", "[^/]*") + ("" if path.endswith("/") else r"(/.*)?\Z"))
    places = (name.removeprefix(root) for root in {"", folder} for name in tracked() if name.startswith(root))
    return any(map(wanted.match, places))


def defined():
    """Names of all tests there are."""
    files = [name for name in tracked() if name.endswith(".py") and "test" in name]
    return {test for name in files for test in re.findall(r"^ *def (test_\w+)", text_of(name), re.M)}


@cache
def anchors(name):
    """Anchors of a document's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", text_of(name), re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


every_document = pytest.mark.parametrize("document", documents())


@every_document
def test_every_path_it_names_exists(document):
    text, folder = text_of(document), document.rpartition("/")[0]
    shown = set(SHOWN.findall(text)) | {path.rpartition("/")[0] for path in SHOWN.findall(text)}
    named = {path for path in PATH.findall(text) if path not in shown and not OTHERS.search(path)}
    assert [path for path in sorted(named) if not exists(path, f"{folder}/" if folder else "")] == []


@every_document
def test_every_link_leads_somewhere(document):
    broken = []
    for link in LINK.findall(re.sub(r"^```.*?^```", "", text_of(document), flags=re.M | re.S)):
        if re.match(r"https?:|mailto:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / document).parent.joinpath(path).resolve() if path else ROOT / document
        if not target.exists() or (anchor and anchor not in anchors(str(target.relative_to(ROOT)))):
            broken.append(link)
    assert broken == []


@every_document
def test_every_test_it_names_exists(document):
    assert sorted(set(TEST.findall(text_of(document))) - defined()) == []


@every_document
def test_every_module_it_runs_exists(document):
    named = set(MODULE.findall(text_of(document)))
    assert [module for module in sorted(named) if find_spec(module) is None] == []


TWINS = [name for name in documents() if name.endswith(".zh-CN.md")]


@pytest.mark.parametrize("chinese", TWINS)
def test_a_page_in_chinese_says_the_commands_and_names_of_its_english_twin(chinese):
    english = chinese.replace(".zh-CN", "")
    assert typed(chinese) == typed(english)
    assert named(chinese) ^ named(english) == set()


def typed(name):
    """Blocks of a document, and the commands of those that are indented, without comments."""
    blocks = re.findall(r"^ *```(\w*)\n(.*?)^ *```", text_of(name), re.M | re.S)
    indented = re.findall(r"^ {4,}((?:kubectl|python|make|xiangyin|export|curl) .*?)(?: +#.*)?$", text_of(name), re.M)
    return [text for language, text in blocks if language != "mermaid"], indented


def named(name):
    """What stands in backticks outside blocks."""
    return set(re.findall(r"`([^`\n]+)`", prose(text_of(name))))


def prose(text):
    return re.sub(r"^ *```.*?^ *```\n", "", text, flags=re.M | re.S)


@every_document
def test_every_command_of_xiangyin_it_names_exists(document):
    typed = re.findall(r"(?:`|^ +)(?:xiangyin|python -m chassis\.operate) ([a-z]+)", text_of(document), re.M)
    assert sorted(set(typed) - cli.main.commands.keys()) == []


@every_document
def test_every_run_of_pytest_it_shows_has_its_tests(document):
    for line in commands(text_of(document)):
        for path in re.findall(r"\bpytest\b.*? \"?((?:chassis|services|tests)/\S*?)\"?(?= |$)", line):
            file, _, test = path.partition("::")
            assert exists(file, "")
            assert not test or test.partition("[")[0] in defined()


MADE = sorted({line for name in documents() for line in commands(text_of(name)) if line.startswith("make ")})


@pytest.mark.parametrize("line", MADE)
def test_make_knows_what_to_do(line):
    words = [*shlex.split(line, comments=True), "--dry-run"]
    makefile, names = text_of("Makefile"), [word.partition("=")[0] for word in words if "=" in word]
    assert re.search(rf"^{words[1]}:", makefile, re.M)
    assert [name for name in names if name not in makefile] == []
    run = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=20)
    assert run.returncode == 0, run.stderr
