"""The code of the release before runs on the tables of today: while a site is updated, and when that is taken back."""

import pytest

from tests.load.site import Site
from tests.migrating.releases import PREVIOUS, ROOT, Code, NoHistoryError, unpack


def test_release_before_does_its_work_on_tables_of_today(db, tmp_path):
    try:
        tree = unpack(PREVIOUS, tmp_path / PREVIOUS)
    except NoHistoryError as error:
        pytest.skip(str(error))
    environment = Site(tmp_path).environment  # Of a database of its own, of the kind that is tested.
    environment = {name: environment[name] for name in ("VAR_DIR", "DATABASE_URL")}
    today, before = Code(ROOT, **environment), Code(tree, **environment)
    today.manage("migrate", "--verbosity", "0")
    today.script("fill_today.py")
    told = before.script("main_jobs.py").split("\n")
    assert [line for line in told if line.isidentifier()] == [
        *("read", "sign_in", "edit", "enter_and_publish", "delete", "examine"),
    ]
    today.script("read_today.py")
    for command in (["check_counts"], ["rebuild_search", "--check"], ["migrate", "--check"]):
        today.manage(*command)
