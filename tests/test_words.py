"""The interface and the docs say one thing by one word, which editors know from Django, WordPress and Wagtail."""

import ast
import re

import pytest
from django.utils.translation.template import templatize

from tests.test_pins import ROOT

pytestmark = pytest.mark.one_database

FUNCTIONS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
# The word that is not used: the one that is.
RETIRED = {
    r"bins?|binned": "trash",
    r"desk": "admin, dashboard",
    r"ledgers?": "daily counts",
    r"put back": "restore",
    r"delete[ds]? for good": "delete permanently",
    r"with(draw|drawn|drew|draws|drawing|drawal)": "unpublish",
    r"working drafts?": "draft changes",
    r"set aside": "conflicting copy",
    r"settle[ds]?": "resolve",
    r"carried over": "imported",
    r"sign(ed|s)? (in|out)|signing (in|out)": "log in, log out",
    r"second factors?": "two-factor authentication",
    r"robots?": "bots",
    r"mend(ed|s)?": "correct, fix",
    r"given up": "merged",
    r"look(s|ed)? alike|lookalikes?": "possible duplicates",
    r"tid(y|ied|ies)": "purge",
    r"nought": "zero",
    r"anew": "again",
    r"besides": "also",
    r"by (itself|themselves)": "automatically",
    r"any more": "no longer",
    r"deeds?": "action",
    r"fold(ed|s)? (days|counts|months)": "roll up",
    r"doctors?": "checks",
}
PATTERN = re.compile(rf"\b(?:{'|'.join(RETIRED)})\b", re.IGNORECASE)
# `robots.txt` and `noindex` are of the web's own language.
ALLOWED = re.compile(r"robots\.txt")


def texts_of_module(path):
    for node in ast.walk(ast.parse(path.read_text())):
        is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS
        for argument in node.args if is_call else ():
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield argument.value


def texts():
    for folder in ("events", "organizations", "forum_site"):
        for path in (ROOT / folder).rglob("*.py"):
            if "migrations" not in path.parts:
                yield from ((path, text) for text in texts_of_module(path))
    for path in (ROOT / "templates").rglob("*.*"):
        calls = re.findall(r"(?:gettext|ngettext|pgettext)\((.*?)\)\s", templatize(path.read_text()), re.DOTALL)
        yield from ((path, call) for call in calls)


def test_no_sentence_of_the_interface_has_a_retired_word():
    found = list(texts())
    assert len(found) > 1200
    assert [(path.name, text) for path, text in found if PATTERN.search(ALLOWED.sub("", text))] == []


@pytest.mark.parametrize(
    "name", ["README.md", "CONTRIBUTING.md", *sorted(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))]
)
def test_no_page_of_the_docs_has_a_retired_word(name):
    text = re.sub(r"```.*?```|`[^`\n]+`|<[^>\s]+>", "", (ROOT / name).read_text(), flags=re.DOTALL)
    assert [line for line in text.splitlines() if PATTERN.search(ALLOWED.sub("", line))] == []
