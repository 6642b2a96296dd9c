# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts as python-oracledb 26.1 gives them; the rehearsal server makes most of them anew in test_session."""

from __future__ import annotations

from types import SimpleNamespace

import oracledb
import pytest
from siak_backup.errors import ConnectError, LoginError, PrivilegeError, StatementError
from siak_backup.oracle.driver_errors import map_error


def raised(message, full_code=None):
    return oracledb.DatabaseError(SimpleNamespace(message=message, full_code=full_code or message.partition(":")[0]))


@pytest.mark.parametrize(
    ("message", "expected", "code"),
    [
        ("ORA-01017: invalid username/password; logon denied\nHelp: https://x/ora-01017/", LoginError, "ORA-01017"),
        ("ORA-28000: the account is locked", LoginError, "ORA-28000"),
        ("ORA-28001: the password has expired", LoginError, "ORA-28001"),
        ("DPY-6005: cannot connect to database\n[Errno 111] Connection refused", ConnectError, "DPY-6005"),
        ('DPY-6005: cannot connect to database\nDPY-6001: Service "x" is not registered', ConnectError, "DPY-6001"),
        ("DPY-4011: the database or network closed the connection", ConnectError, "DPY-4011"),
        ("DPY-1001: not connected to database", ConnectError, "DPY-1001"),
        ("DPY-4024: call timeout of 1000 ms exceeded", ConnectError, "DPY-4024"),
        ("DPY-3010: connections to this database server version are not supported", ConnectError, "DPY-3010"),
        ("ORA-12514: TNS:listener does not currently know of service", ConnectError, "ORA-12514"),
        ("ORA-12541: TNS:no listener", ConnectError, "ORA-12541"),
        ("ORA-01031: insufficient privileges", PrivilegeError, "ORA-01031"),
        ("ORA-31626: job does not exist\nORA-31633: x\nORA-01950: no privileges on USERS", PrivilegeError, "ORA-01950"),
        ("ORA-06550: line 2\nPLS-00201: identifier 'UTL_FILE' must be declared", PrivilegeError, "PLS-00201"),
    ],
)
def test_known_codes_are_explained_by_the_innermost_cause(message, expected, code):
    error = map_error(raised(message), where="192.0.2.10:1521/SIAKDB")
    assert type(error) is expected
    assert f"[{code}]" in error.what
    assert error.where == "192.0.2.10:1521/SIAKDB"
    assert error.remedy


def test_an_unknown_code_is_kept_for_whoever_can_read_it():
    error = map_error(raised("ORA-39001: invalid argument value\nORA-06512: at line 3"), where="s")
    assert isinstance(error, StatementError)
    assert error.oracle_code == "ORA-39001"
    assert "invalid argument value" in str(error)
    assert "ORA-06512" not in str(error)


def test_an_error_without_a_code_is_still_an_error_of_the_tree():
    error = map_error(oracledb.InterfaceError("something odd"), where="s")
    assert isinstance(error, StatementError)
    assert error.oracle_code == ""
    assert "something odd" in str(error)
