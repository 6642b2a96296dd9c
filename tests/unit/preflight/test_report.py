# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from siak_backup.errors import LoginError, PreflightError, ServiceHoursError
from siak_backup.preflight.report import check, failed, passed, refusal

HOURS = ServiceHoursError("masih jam pelayanan", remedy="tunggu")
LOGIN = LoginError("akun terkunci", where="192.0.2.10", remedy="minta DBA")


def test_nothing_speaks_against_it_when_all_holds():
    assert refusal((passed("a", "baik"),), server="sukamara") is None


def test_one_failure_speaks_for_itself():
    assert refusal((passed("a", "baik"), failed("hours", HOURS)), server="sukamara") is HOURS


def test_several_failures_are_all_listed_with_their_remedies():
    error = refusal((failed("hours", HOURS), passed("a", "baik"), failed("database", LOGIN)), server="sukamara")
    assert type(error) is PreflightError
    text = str(error)
    assert "2 syarat" in text
    for part in ("sukamara", "SIAK-151", "tunggu", "SIAK-202", "minta DBA"):
        assert part in text


def test_a_look_that_raises_is_a_failed_check():
    def look():
        raise LOGIN

    found = check("database", look)
    assert found.as_dict() == {"name": "database", "ok": False, "message": str(LOGIN)}
    assert check("a", lambda: "baik").as_dict() == {"name": "a", "ok": True, "message": "baik"}
