# SPDX-License-Identifier: GPL-3.0-or-later
"""The doctor at a server with its own script: what `look` saw there, as lines that can be acted on."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from siak_backup.calendar import size
from siak_backup.doctor.checkup import ScriptCheckup
from siak_backup.doctor.finding import Finding, Mark
from siak_backup.doctor.run import Report, examine_script
from siak_backup.errors import (
    CollectError,
    ConfigError,
    ConnectError,
    JobBusyError,
    LoginError,
    ReadOnlyError,
    SiakError,
)
from siak_backup.preflight.report import failed, passed
from siak_backup.script.lint import lint
from siak_backup.script.reading import Reading

from tests.unit.archive.nights import publish_night
from tests.unit.media.desk import register

NAMES = ("server_os", "script", "server_folder", "work_folder", "server_tools", "script_running", "fetch")

WINDOWS = {"shell": "cmd", "path": "D:\\a b\\backup.bat", "folder": "D:\\a b"}


def look(*errors: tuple[str, SiakError], **changed: Any) -> dict[str, Any]:
    """Return a look as `oracle_script` hands it over, all well but for `errors` of its checks."""
    wrong = dict(errors)
    checks = [failed(name, wrong[name]) if name in wrong else passed(name, f"{name} baik") for name in NAMES]
    told = {
        "host": "sukamara-os",
        "shell": "posix",
        "path": "/home/oracle/it's backup.sh",
        "folder": "/u01/backup",
        "checks": [each.as_dict() | {"error": each.error.as_dict() if each.error else {}} for each in checks],
        "dump_bytes": 1000,
        "free_bytes": 1100,
        "clock_skew_s": 59,
        "export_programs": [],
        "reading": Reading().as_dict(),
    }
    # Ansible carries it as JSON.
    return dict(json.loads(json.dumps(told | changed)))


@pytest.fixture
def report_of(tmp_path: Path) -> Callable[[dict[str, Any]], Report]:
    for name in ("archive", "medium"):
        (tmp_path / name).mkdir()
    register(tmp_path / "medium")
    medium = {
        "dir": str(tmp_path / "medium"),
        "labels": ["DISK-01"],
        "policy": "wajib",
        "mount_required": False,
        "encrypt": "auto",
        "compress": False,
        "min_free_bytes": 0,
    }

    def make(seen: dict[str, Any]) -> Report:
        params = {
            "server": "sukamara",
            "script_look": seen,
            "zone": "WIB",
            "archive_dir": str(tmp_path / "archive"),
            "media": [medium],
            "folder_pattern": "ddmmmyyyy",
            "room_factor": 1.1,
            "min_free_bytes": 0,
            "piece_size": "3900M",
            "media_digest": "blake3",
        }
        return examine_script(ScriptCheckup.from_params(params, datetime.now(UTC)))

    return make


@pytest.fixture
def findings(report_of: Callable[[dict[str, Any]], Report]) -> Callable[..., dict[str, Finding]]:
    return lambda *errors, **changed: {one.name: one for one in report_of(look(*errors, **changed)).findings}


def test_a_healthy_server_is_one_table_without_a_remedy(report_of):
    report = report_of(look())
    assert [one for one in report.findings if one.mark is not Mark.OK] == []
    names = [one.name for one in report.findings]
    assert names[:6] == ["server_os", "clock", "script", "lint", "server_folder", "server_room"]
    assert {"export_programs", "settings", "archive", "archive_room", "nights", "cpu"} <= set(names)
    assert not {"password", "scope", "login"} & set(names), "no database is asked"
    assert report.as_dict()["table"][0].startswith("Pemeriksaan sukamara (sukamara-os), ")


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (
            ConnectError("tidak dapat dihubungi"),
            "ansible -i inventory/kantor sukamara-os -m ansible.builtin.raw ",
        ),
        (LoginError("ditolak", remedy="jangan diulang"), "jangan diulang"),
    ],
)
def test_a_server_that_is_away_is_one_failed_line(report_of, error, remedy):
    away = look(clock_skew_s=None, free_bytes=None, dump_bytes=0, reading={})
    away["checks"] = [failed("server_os", error).as_dict() | {"error": error.as_dict()}]
    report = report_of(away)
    assert report.failed == ("server_os",)
    assert report.findings[0].remedy.startswith(remedy)
    assert [one.name for one in report.findings if one.mark is Mark.UNKNOWN] == ["inside", "archive_room"]
    assert "jam, job" in report.findings[1].found


def test_what_is_to_be_typed_is_quoted_for_the_servers_shell(findings):
    errors = (("script", ConfigError("tidak ada")), ("server_folder", ReadOnlyError("tidak ada")))
    found = findings(*errors)
    assert found["script"].mark is Mark.FAILED
    assert found["script"].remedy.startswith("di server: ls -l '/home/oracle/it'\"'\"'s backup.sh'; chmod u+x ")
    assert found["server_folder"].remedy == "di server: ls -ld /u01/backup; df /u01/backup"
    found = findings(*errors, **WINDOWS)
    assert found["script"].remedy == 'di server: icacls "D:\\a b\\backup.bat"'
    assert found["server_folder"].remedy == 'di server: icacls "D:\\a b"'


def test_a_check_without_a_command_keeps_its_own_remedy(findings):
    error = ReadOnlyError("tidak dapat ditulisi", remedy="periksa siak_script.work_dir")
    assert findings(("work_folder", error))["work_folder"].remedy == "periksa siak_script.work_dir"


def test_an_export_at_work_is_only_told(findings):
    found = findings(("script_running", JobBusyError("skrip sedang berjalan")), export_programs=["exp", "expdp"])
    assert (found["script_running"].mark, found["export_programs"].mark) == (Mark.WARNING, Mark.WARNING)
    assert found["export_programs"].found == "sedang berjalan: exp, expdp"


@pytest.mark.parametrize(
    ("changed", "mark", "told", "remedy"),
    [
        ({"clock_skew_s": -59}, Mark.OK, "berbeda 59", ""),
        ({"clock_skew_s": 60}, Mark.WARNING, "lebih cepat 1 menit", "di server: timedatectl"),
        ({"clock_skew_s": -7200} | WINDOWS, Mark.WARNING, "lebih lambat 2 jam", "di server: w32tm /resync"),
    ],
)
def test_the_clock(findings, changed, mark, told, remedy):
    clock = findings(**changed)["clock"]
    assert clock.mark is mark
    assert told in clock.found
    assert clock.remedy.startswith(remedy)


def test_room_on_the_server(findings):
    full = findings(free_bytes=1099)["server_room"]
    assert full.mark is Mark.WARNING
    assert full.remedy.startswith("di server: df -h /u01/backup; ")
    assert f"perlu {size(1100)}" in full.found
    unread = findings(free_bytes=None, **WINDOWS)["server_room"]
    assert (unread.mark, unread.remedy) == (Mark.UNKNOWN, 'di server: dir "D:\\a b"')
    first = findings(dump_bytes=0)
    assert (first["server_room"].mark, first["archive_room"].mark) == (Mark.UNKNOWN, Mark.UNKNOWN)
    assert first["archive_room"].remedy == "jalankan backup satu malam"


def test_the_last_night_tells_the_room_too(report_of, tmp_path):
    total = publish_night(tmp_path / "archive").manifest.dump_bytes
    (room,) = [one for one in report_of(look(dump_bytes=1)).findings if one.name == "server_room"]
    assert f"perlu {size(int(total * 1.1))}" in room.found


def test_each_trap_is_a_warning_with_its_line(report_of):
    text = "#!/bin/sh\nexpdp siak/rahasia-77 dumpfile=a.dmp\nexpdp siak/rahasia-77 dumpfile=b.dmp\n"
    report = report_of(look(reading=Reading(lint(text, "posix")).as_dict()))
    traps = [one for one in report.findings if one.name == "lint_password"]
    assert [(one.title, one.mark) for one in traps] == [
        ("Isi skrip, baris 2", Mark.WARNING),
        ("Isi skrip, baris 3", Mark.WARNING),
    ]
    assert "wallet" in traps[0].remedy
    assert report.failed == ()
    assert "rahasia-77" not in str(report.as_dict())


@pytest.mark.parametrize(
    ("reading", "told"), [({}, "tidak dibaca"), (Reading(error=CollectError("terlalu besar")).as_dict(), "SIAK-220")]
)
def test_a_script_that_was_not_read_is_unknown_and_read_by_hand(findings, reading, told):
    one = findings(reading=reading)["lint"]
    assert one.mark is Mark.UNKNOWN
    assert told in one.found
    assert "python -m siak_backup.script lint backup.sh" in one.remedy
    assert "lint backup.bat" in findings(reading=reading, **WINDOWS)["lint"].remedy


@pytest.mark.parametrize(
    "changed",
    [{"clock_skew_s": "x"}, {"export_programs": None}, {"reading": {"traps": [{}]}}, {"reading": {"traps": 1}}],
)
def test_what_is_no_look_is_refused(report_of, changed):
    with pytest.raises(ConfigError, match="script_look"):
        report_of(look(**changed))


def test_nothing_is_written(report_of, tmp_path):
    def everything() -> list[tuple[str, int]]:
        return sorted((str(path), path.stat().st_mtime_ns) for path in tmp_path.rglob("*"))

    before = everything()
    time.sleep(0.01)
    report_of(look())
    assert everything() == before
