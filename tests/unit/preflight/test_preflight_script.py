# SPDX-License-Identifier: GPL-3.0-or-later
"""Step 1 where the site's own script makes the dump: its findings stand for the database's."""

from __future__ import annotations

import json

import pytest
from siak_backup.errors import ConfigError, ConnectError
from siak_backup.oracle.scope import OF_SCRIPT
from siak_backup.preflight.run import look, prepare
from siak_backup.preflight.script import ScriptFindings

from tests.unit.archive.nights import publish_night

GOOD = {"name": "script", "ok": True, "message": "skrip ada", "error": {}}
AWAY = ConnectError("tidak menjawab", where="sukamara-os", remedy="periksa")
BAD = {"name": "server_os", "ok": False, "message": str(AWAY), "error": AWAY.as_dict()}


def findings(*checks, dump_bytes=0):
    # Ansible hands results over as JSON.
    return ScriptFindings.from_look(json.loads(json.dumps({"checks": checks, "dump_bytes": dump_bytes})))


def never():
    raise AssertionError("the database is not asked")


def test_the_night_may_begin(request_of):
    report = prepare(request_of(script=findings(GOOD, dump_bytes=1000), scope=OF_SCRIPT, directory=""), never)
    assert report.refusal is None
    assert report.as_dict()["database"] == {}
    assert report.agenda()["estimate_bytes"] == 1000
    assert {"script", "archive_room"} <= {each.name for each in report.checks}


def test_its_failures_are_step_1s_with_their_codes(request_of):
    report = look(request_of(script=findings(GOOD, BAD)), never, probe=False)
    assert report.estimate_bytes is None, "nothing lies there, and the archive has no night"
    with pytest.raises(ConnectError, match="SIAK-201 tidak menjawab"):
        report.demand()


@pytest.mark.parametrize("look_", [{}, {"checks": [{}], "dump_bytes": 0}, {"checks": [], "dump_bytes": "x"}])
def test_what_is_no_look_is_refused(look_):
    with pytest.raises(ConfigError, match="script_look"):
        ScriptFindings.from_look(look_)


def test_the_last_archived_night_tells_the_room(tmp_path):
    assert findings(dump_bytes=5).estimate_bytes(tmp_path / "sukamara") == 5
    total = publish_night(tmp_path).manifest.dump_bytes
    assert findings(dump_bytes=5).estimate_bytes(tmp_path / "sukamara") == total
    assert findings(dump_bytes=total + 1).estimate_bytes(tmp_path / "sukamara") == total + 1
    (tmp_path / "sukamara" / "23nov2026").mkdir()
    (tmp_path / "sukamara" / "23nov2026" / "manifest.json").write_text("{")
    assert findings().estimate_bytes(tmp_path / "sukamara") == total, "a damaged one tells nothing"
