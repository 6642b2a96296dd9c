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

#: As README, journals and offices know them.
CODES = {
    "SiakError": "SIAK-000", "ConfigError": "SIAK-100", "SopError": "SIAK-110", "CalendarError": "SIAK-120",
    "PreflightError": "SIAK-150", "ServiceHoursError": "SIAK-151", "OracleError": "SIAK-200",
    "ConnectError": "SIAK-201", "LoginError": "SIAK-202", "PrivilegeError": "SIAK-203", "StatementError": "SIAK-204",
    "TlsError": "SIAK-205",
    "ExportError": "SIAK-210", "ExportTimeLimitError": "SIAK-211", "JobBusyError": "SIAK-212",
    "CollectError": "SIAK-220", "CountError": "SIAK-221", "DumpError": "SIAK-300", "UnreadableError": "SIAK-301",
    "ArchiveError": "SIAK-400", "NoSpaceError": "SIAK-401", "ReadOnlyError": "SIAK-402", "RunLockError": "SIAK-403",
    "VanishedError": "SIAK-404", "MediumError": "SIAK-500", "ReadBackError": "SIAK-501",
    "WrongMediumError": "SIAK-502", "StalledMediumError": "SIAK-503", "FileSystemLimitError": "SIAK-504",
    "AgendaError": "SIAK-600", "JournalDamagedError": "SIAK-601", "ReportError": "SIAK-610",
    "NotifyError": "SIAK-700", "NotifyRefusedError": "SIAK-701", "StaleError": "SIAK-710",
}  # fmt: skip


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


def test_a_code_never_changes_its_meaning(classes):
    assert {cls.__name__: cls.code for cls in classes} == CODES


def test_what_is_not_said_is_empty():
    error = StatementError("ditolak")
    assert (error.where, error.remedy, error.oracle_code) == ("", "", "")
    assert (SiakError("x").where, SiakError("x").remedy) == ("", "")


def test_a_message_says_what_where_and_what_to_do():
    error = ConfigError("zona tidak dikenal", where="siak_timezone", remedy="isi WIB, WITA atau WIT")
    assert str(error) == "SIAK-100 zona tidak dikenal (siak_timezone): isi WIB, WITA atau WIT"
    assert error.args == (str(error),)
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
    assert restored({"code": "SIAK-100"}).what == ""
