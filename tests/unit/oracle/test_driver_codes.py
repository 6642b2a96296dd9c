# SPDX-License-Identifier: GPL-3.0-or-later
"""Which class each code of Oracle and of the driver belongs to: what is retried, and what never is, hangs on it."""

from __future__ import annotations

from types import SimpleNamespace

import oracledb
import pytest
from siak_backup.errors import ConnectError, LoginError, PrivilegeError, StatementError, TlsError
from siak_backup.oracle.driver_errors import map_error

MEANINGS = {
    LoginError: "ORA-01005 ORA-01017 ORA-28000 ORA-28001 DPY-4001 DPY-3015 DPY-4035",
    PrivilegeError: (
        "ORA-29283 ORA-29289 ORA-01031 ORA-01045 ORA-28150 ORA-31631 ORA-39087 ORA-01950 ORA-01536 PLS-00201"
    ),
    ConnectError: (
        "ORA-12154 DPY-4000 DPY-4026 DPY-4017 DPY-4018 ORA-12505 ORA-12514 DPY-6001 DPY-6003 ORA-12516 ORA-12518 "
        "ORA-12519 ORA-12520 ORA-12526 ORA-12528 ORA-00018 ORA-00020 ORA-01035 ORA-12541 ORA-12170 ORA-12537 ORA-01033 "
        "ORA-01034 ORA-01089 DPY-1001 DPY-4011 DPY-4024 DPY-6000 DPY-6005 DPY-3001 ORA-12660 DPY-3010 ORA-03134"
    ),
    TlsError: "DPY-2018 DPY-6002 DPY-6006 ORA-28759 ORA-28860 ORA-28862 ORA-28865 ORA-29003 ORA-29024",
    StatementError: "ORA-00942 ORA-01555 ORA-31623 ORA-39001 ORA-00439 DPY-2001",
}  # fmt: skip


def raised(message, full_code=""):
    return oracledb.DatabaseError(SimpleNamespace(message=message, full_code=full_code))


@pytest.mark.parametrize(
    ("code", "expected"), [(code, error) for error, codes in MEANINGS.items() for code in codes.split()]
)
def test_what_a_code_means(code, expected):
    error = map_error(raised(f"{code}: x", code), where="s")
    assert (type(error), error.oracle_code, error.where) == (expected, code, "s")
    assert error.remedy


def test_the_innermost_known_code_is_kept():
    error = map_error(raised("DPY-6005: x\nDPY-6000: y\nORA-00942: z", "DPY-6005"), where="s")
    assert (type(error), error.oracle_code) == (ConnectError, "DPY-6000")


def test_causes_beneath_the_first_line_are_told_once_and_places_never():
    beneath = ("ORA-06512: at X", "ORA-39071: y", "ORA-39071: y", "ORA-06550: line 1", "ORA-39001: z")
    text = "\n".join(("ORA-39001: invalid argument value", *beneath))
    error = map_error(raised(text, "ORA-39001"), where="s")
    assert error.what == "Oracle menolak perintah: ORA-39001: invalid argument value [ORA-39071]"


def test_nothing_beneath_adds_nothing():
    error = map_error(raised("ORA-39001: invalid argument value", "ORA-39001"), where="s")
    assert error.what == "Oracle menolak perintah: ORA-39001: invalid argument value"


@pytest.mark.parametrize(
    ("error", "what", "code"),
    [
        (oracledb.DatabaseError(), "", ""),
        (oracledb.DatabaseError("putus"), "putus", ""),
        (oracledb.DatabaseError("ORA-39001: a\nORA-39002: b"), "ORA-39001: a [ORA-39002]", "ORA-39001"),
        (raised("ORA-39001: a\nORA-39002: b"), "ORA-39001: a [ORA-39002]", "ORA-39001"),
        (raised("ORA-39001: a", "ORA-39099"), "ORA-39001: a", "ORA-39099"),
        (oracledb.DatabaseError("putus", "ORA-01017: x"), "putus", ""),
    ],
)
def test_whatever_the_driver_hands_over(error, what, code):
    told = map_error(error, where="s")
    assert (told.what, told.oracle_code) == (f"Oracle menolak perintah: {what}", code)
