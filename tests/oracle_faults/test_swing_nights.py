# SPDX-License-Identifier: GPL-3.0-or-later
"""The export is whole, and half of the database is gone: the night is good, and a person has to say so."""

from __future__ import annotations

import json
import sqlite3

import oracledb
import pytest
from rehearsal_server import RehearsalDatabase, rehearsal_server

from tests.oracle_faults.nights import TOMORROW, YESTERDAY, Office
from tests.oracle_faults.nights import TONIGHT as LATER

pytestmark = pytest.mark.faults

BAND = {"oracle_collect": {"swing_min_rows": 10}}


def lose_half(database: RehearsalDatabase) -> None:
    """Delete half of the residents, as an account that was given the right to."""
    with sqlite3.connect(database.password_file.parent / "accounts.sqlite") as accounts:
        grant = (database.user, "SIAKOFF", "BIODATA_WNI", "TABLE", "DELETE")
        accounts.execute("INSERT INTO sys_object_grants VALUES (?, ?, ?, ?, ?)", grant)
    accounts.close()
    password = database.password_file.read_text().strip()
    with oracledb.connect(dsn=database.dsn, user=database.user, password=password) as session:
        cursor = session.cursor()
        cursor.execute("SELECT COUNT(*) FROM siakoff.biodata_wni")
        (before,) = cursor.fetchone()
        lost = "SELECT nik FROM siakoff.biodata_wni WHERE ROWNUM <= :n"
        cursor.execute(f"DELETE FROM siakoff.biodata_wni WHERE nik IN ({lost})", n=before // 2)
        session.commit()


def test_a_database_that_lost_its_rows(tmp_path, record_property):
    record_property("group", "server")
    record_property("fault", "half of the residents are deleted")
    record_property("expected", "OK, to be accepted")
    with rehearsal_server(tmp_path / "state", sukamara=60) as server:
        office = Office(tmp_path / "office", server["sukamara"], server).prepare()
        first = office.night(YESTERDAY, **BAND)
        assert first.results["oracle_collect"]["collected"]["swing"] == {
            "percent": 20.0, "compared_with": "", "not_compared": "belum ada malam sebelumnya di arsip", "found": [],
        }  # fmt: skip
        lose_half(office.database)
        office.remember()
        tonight = office.night(LATER, **BAND)
        swing = tonight.results["oracle_collect"]["agenda"]["swing"]
        (found,) = swing["found"]
        assert tonight.step == 0, tonight
        assert swing["compared_with"] == office.folders("archive")[0].name
        assert (found["table"], found["now"]) == ("SIAKOFF.BIODATA_WNI", found["before"] - found["before"] // 2)
        record_property("got", f"{tonight.text}, to be accepted")
        office.assert_untouched()
        office.assert_new_night()
        record_property("lost", "nothing")
        journal = (office.root / "agenda/journal").glob("*.jsonl")
        lines = [json.loads(line) for path in journal for line in path.read_text().splitlines()]
        assert [swing] == [
            line["facts"]["swing"] for line in lines if line.get("facts", {}).get("swing", {}).get("found")
        ]

        again = office.night(TOMORROW, **BAND)
        record_property("next", again.text)
        assert again.results["oracle_collect"]["agenda"]["swing"]["found"] == []
