"""The list of public apps, and the counts over them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests import apps
from tests.helpers import token

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_list_has_thirty_apps_of_as_many_authors_each_at_a_commit() -> None:
    """An app is named by its address and a full commit, and no author counts twice."""
    listed = apps.apps()
    assert len(listed) == len({app.name.split("/")[0] for app in listed}) == 30
    for app in listed:
        assert re.fullmatch(r"https://github\.com/[\w.-]+/[\w.-]+", app.repository)
        assert re.fullmatch(r"[0-9a-f]{40}", app.commit)
        assert app.about


def test_what_is_found_in_a_folder_of_apps_is_counted_and_what_is_missing_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Per app: files and findings; no value is printed; an app that is not there makes the run fail."""
    listing = tmp_path / "apps.toml"
    entry = '[[app]]\nrepository = "https://github.com/{0}"\ncommit = "{1}"\nabout = "a test"\n'
    listing.write_text(entry.format("acme/chat", "0" * 40) + entry.format("other/gone", "1" * 40))
    leaked = token()
    (tmp_path / "acme" / "chat").mkdir(parents=True)
    (tmp_path / "acme" / "chat" / "app.py").write_text(f'TOKEN = "{leaked}"\n')
    assert apps.main([str(tmp_path), "--list", str(listing)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert leaked not in "".join(lines)
    assert [line.split() for line in lines[1:4]] == [
        ["acme/chat", "1", "1", "0"],
        ["other/gone", "(missing)"],
        ["all", "1", "1", "0"],
    ]
