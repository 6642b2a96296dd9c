# SPDX-License-Identifier: GPL-3.0-or-later
"""The error tree as a whole: one file, one code a class, one sentence a message."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections import Counter

import pytest
import siak_backup
from siak_backup import errors
from siak_backup.errors import ConfigError, SiakError, StatementError, restored


def tree(root):
    """Return `root` and every subclass of it that the package defines."""
    below = (cls for child in root.__subclasses__() for cls in tree(child))
    return {cls for cls in (root, *below) if cls.__module__.partition(".")[0] == siak_backup.__name__}


@pytest.fixture(scope="module")
def classes():
    """All errors there are once every module of the package is imported."""
    for module in pkgutil.walk_packages(siak_backup.__path__, f"{siak_backup.__name__}."):
        importlib.import_module(module.name)
    return sorted(tree(SiakError), key=lambda cls: cls.code)


def test_the_tree_stands_in_one_file(classes):
    assert len(classes) > 20
    assert {cls.__name__: cls.__module__ for cls in classes} == {cls.__name__: errors.__name__ for cls in classes}


def test_no_two_errors_share_a_code(classes):
    assert [code for code, count in Counter(cls.code for cls in classes).items() if count > 1] == []
    assert all(re.fullmatch(r"SIAK-\d{3}", cls.code) for cls in classes)


def test_a_message_says_what_where_and_what_to_do():
    error = ConfigError("zona tidak dikenal", where="siak_timezone", remedy="isi WIB, WITA atau WIT")
    assert str(error) == "SIAK-100 zona tidak dikenal (siak_timezone): isi WIB, WITA atau WIT"
    assert str(ConfigError("zona tidak dikenal")) == "SIAK-100 zona tidak dikenal"


def test_the_parts_of_a_message():
    error = StatementError("ekspor ditolak", oracle_code="ORA-39001", where="sukamara")
    assert error.as_dict() == {"code": "SIAK-204", "what": "ekspor ditolak", "where": "sukamara", "remedy": ""}
    assert error.oracle_code == "ORA-39001"


def test_an_error_survives_being_handed_over(classes):
    for cls in classes:
        error = cls("apa", where="di mana", remedy="lakukan")
        assert str(restored(error.as_dict())) == str(error)
        assert type(restored(error.as_dict())) is cls
    assert str(restored({"code": "SIAK-987", "what": "apa"})) == "SIAK-000 apa"
