# SPDX-License-Identifier: GPL-3.0-or-later
"""What is looked at on the control node: client libraries, wallet, archive, media, processor."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from siak_backup.doctor.finding import Mark
from siak_backup.doctor.wallet import look_at_client
from siak_backup.errors import ConfigError, StalledMediumError
from siak_backup.oracle.connection import ConnectionSettings

from tests.unit.archive.nights import publish_night

OK, WARNING, FAILED, UNKNOWN = Mark


def settings(**changed: str) -> ConnectionSettings:
    return ConnectionSettings(**({"dsn": "x", "user": "x", "password": "x"} | changed))


def test_a_client_library_for_another_machine_stops_before_the_login(clinic, tmp_path):
    (tmp_path / "libclntsh.so.19.1").write_bytes(b"MZ" + bytes(100))
    report = clinic.examine(connection={"client_lib_dir": str(tmp_path)})
    found = {finding.name: finding for finding in report.findings}
    assert report.failed == ("client",)
    assert "bukan Linux" in found["client"].found
    assert "Instant Client" in found["client"].remedy
    assert found["inside"].mark is UNKNOWN
    assert clinic.logins == 0


def test_a_library_that_is_none_of_oracles_is_told_at_the_login(clinic, tmp_path):
    library = next(Path("/lib/x86_64-linux-gnu").glob("libz.so.1*"), None)
    if library is None or os.uname().machine != "x86_64":
        pytest.skip("needs any shared library of this machine")
    shutil.copy(library, tmp_path / "libclntsh.so")
    found = clinic.findings(connection={"client_lib_dir": str(tmp_path)})
    assert found["client"].mark is OK
    assert found["login"].mark is FAILED
    assert "tidak dapat dimuat" in found["login"].found


def test_thin_mode_needs_no_library():
    assert look_at_client(settings()).mark is OK


def test_a_wallet_login_has_no_password_to_look_for(clinic, tmp_path):
    connection = {"password_file": None, "wallet_dir": str(tmp_path), "client_lib_dir": str(tmp_path)}
    found = clinic.findings(connection=connection)
    assert found["password"].found == "login dari wallet"


def test_an_absent_archive_says_how_to_make_it(clinic):
    (clinic.root / "archive").rmdir()
    found = clinic.not_fine()
    assert found.keys() == {"archive"}
    assert found["archive"].remedy == f"mkdir -m 700 -p {clinic.root / 'archive'}"


def test_an_archive_whose_disk_cannot_be_asked_is_told(clinic, monkeypatch):
    publish_night(clinic.root / "archive")

    def broken(_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("siak_backup.doctor.local.shutil.disk_usage", broken)
    with pytest.raises(OSError, match="Input"):  # the look for room is step 1's, which has no other answer
        clinic.examine()
    found = clinic.findings(connection={"dsn": "127.0.0.1:9/x", "connect_timeout_s": 1.0})
    assert found["nights"].mark is FAILED


def test_a_medium_that_does_not_answer_is_told(clinic, monkeypatch):
    publish_night(clinic.root / "archive")

    def silent(slot, _):
        raise StalledMediumError("media tidak merespons", where=str(slot.path), remedy="periksa kabel dan media")

    monkeypatch.setattr("siak_backup.doctor.local.ask", silent)
    found = clinic.not_fine()["nights"]
    assert found.mark is FAILED
    assert "SIAK-503" in found.found


def test_a_damaged_manifest_is_told(clinic):
    night = clinic.root / "archive/sukamara/22nov2026"
    night.mkdir(parents=True)
    (night / "manifest.json").write_text("{")
    found = clinic.not_fine()["nights"]
    assert found.mark is FAILED
    assert "manifest" in found.found


def test_a_medium_that_may_follow_is_a_warning_when_it_is_away(clinic):
    publish_night(clinic.root / "archive")
    shutil.rmtree(clinic.root / "medium")
    assert "DISK-01" not in clinic.findings()["nights"].found
    assert clinic.not_fine()["medium"].mark is FAILED
    media = [clinic.params()["media"][0] | {"policy": "menyusul"}]
    found = clinic.not_fine(media=media)["medium"]
    assert found.mark is WARNING
    assert "DISK-01" in found.remedy


def test_no_room_is_told_for_each_place(clinic):
    found = clinic.not_fine(min_free_bytes=10**15)
    assert found.keys() == {"archive_room", "medium_room"}


def test_a_slow_processor_has_a_remedy_unless_it_is_taken(clinic, monkeypatch):
    monkeypatch.setattr("siak_backup.doctor.local.cpu_hashes_fast", lambda _: False)
    assert clinic.not_fine(media_digest="sha256")["cpu"].remedy == "siak_media_digest: blake3"
    assert clinic.findings(media_digest="blake3")["cpu"].mark is OK


def test_impossible_settings_are_told_as_step_1_tells_them(clinic):
    assert clinic.not_fine(folder_pattern="mmmyyyy")["settings"].mark is FAILED


@pytest.mark.parametrize(
    "changed",
    [
        {"time_limit_s": 0},
        {"parallel": 0},
        {"notice_days": -1},
        {"schemas": []},
        {"mode": "table", "tables": []},
        {"directory": "no such"},
        {"key_tables": ["BIODATA_WNI"]},
        {"piece_size": "5G"},
        {"connection": {"dsn": "siak/rahasia@host/x"}},
    ],
)
def test_what_no_look_could_make_sense_of_is_refused(checkup_of, changed):
    with pytest.raises(ConfigError):
        checkup_of(**changed)
