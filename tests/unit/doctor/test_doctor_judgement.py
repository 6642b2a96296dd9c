# SPDX-License-Identifier: GPL-3.0-or-later
"""Judgements about servers that no rehearsal can play: releases, clusters, clients."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from siak_backup.doctor.account import look_at_account
from siak_backup.doctor.finding import Finding, Mark
from siak_backup.doctor.server import look_at_server
from siak_backup.doctor.table import table
from siak_backup.errors import PrivilegeError
from siak_backup.oracle.address import Address
from siak_backup.oracle.checks import Segments
from siak_backup.oracle.inspection import Inspection, Parameter

from tests.unit.preflight.test_database import SEEN

OK, WARNING, FAILED, UNKNOWN = Mark

INSPECTED = Inspection(
    banners=("Oracle Database 19c Enterprise Edition Release 19.0.0.0.0 - Production",),
    instances=1,
    parameters={"undo_retention": Parameter("21600", is_default=False)},
    free_bytes=10**9,
    growth_bytes=0,
    clock=None,
    language="AMERICAN",
    protocol="tcp",
    network_services=(),
    limits={},
    policies=(),
    folder=True,
    packages={},
    tables={},
    refusals={},
)

AWAY = (Address("tcp", "192.0.2.10", 1521),)


def server(checkup, *, version="19.3.0.0.0", client=None, addresses=AWAY, container=(3, "SIAKPDB"), **inspected):
    seen = replace(SEEN, version=version, container=container, instance=(2, "siak2"))
    found = look_at_server(checkup, seen, replace(INSPECTED, **inspected), addresses=addresses, client=client)
    return {finding.name: finding for finding in found}


def account(checkup, warned="", inspected=(), **seen):
    looked = look_at_account(checkup, replace(SEEN, **seen), replace(INSPECTED, **dict(inspected)), warned)
    return {finding.name: finding for finding in looked}


@pytest.mark.parametrize(
    ("version", "client", "mark"),
    [
        ("12.1.0.2.0", None, OK),
        ("23.4.0.24.5", None, OK),
        ("11.2.0.4.0", None, FAILED),
        ("11.2.0.4.0", (19, 21, 0, 0, 0), OK),
        ("11.1.0.7.0", (19, 21, 0, 0, 0), FAILED),
        ("10.2.0.4.0", (11, 2, 0, 4, 0), OK),
        ("10.2.0.4.0", (12, 1, 0, 2, 0), OK),
        ("10.2.0.4.0", (12, 2, 0, 1, 0), FAILED),
        ("10.2.0.4.0", (19, 21, 0, 0, 0), FAILED),
        ("11.2.0.4.0", (21, 9, 0, 0, 0), FAILED),
        ("12.1.0.2.0", (21, 9, 0, 0, 0), OK),
        ("12.2.0.1.0", (23, 5, 0, 0, 0), FAILED),
        ("19.3.0.0.0", (23, 5, 0, 0, 0), OK),
        ("18.0.0.0.0", (26, 1, 0, 0, 0), FAILED),
        ("26.1.0.0.0", None, WARNING),
        ("?", None, UNKNOWN),
    ],
)
def test_each_release_has_its_client(checkup_of, version, client, mark):
    found = server(checkup_of(), version=version, client=client)["version"]
    assert found.mark is mark
    if mark is FAILED:
        assert "requirements/oracle10g.txt" in found.remedy
        assert "Instant Client 19" in found.remedy


@pytest.mark.parametrize(
    ("version", "container", "mark"),
    [("11.2.0.4.0", None, OK), ("19.3.0.0.0", None, UNKNOWN), ("19.3.0.0.0", (0, "SIAK"), OK)],
)
def test_containers_are_younger_than_11(checkup_of, version, container, mark):
    assert server(checkup_of(), version=version, container=container)["container"].mark is mark


def test_a_cluster_is_seen_by_its_parameter_too(checkup_of):
    clustered = {"cluster_database": Parameter("TRUE", is_default=False)}
    found = server(checkup_of(), instances=None, parameters=clustered)["instances"]
    assert found.mark is WARNING
    assert "beberapa instance, sesi ini di siak2 (instance 2)" in found.found
    assert "INSTANCE_NAME" in found.remedy
    single = {"cluster_database": Parameter("FALSE", is_default=True)}
    assert server(checkup_of(), instances=None, parameters=single)["instances"].mark is OK
    assert server(checkup_of(), instances=None, parameters=None)["instances"].mark is UNKNOWN


@pytest.mark.parametrize(
    ("changed", "mark"),
    [
        ({"protocol": "tcps"}, OK),
        ({"protocol": "tcp"}, WARNING),
        ({"protocol": None}, UNKNOWN),
        ({"addresses": (Address("tcp", "::1", 1521),)}, OK),
        ({"network_services": ("AES256 Encryption service adapter for Linux",)}, OK),
        ({"network_services": ("Encryption service for Linux",)}, WARNING),
    ],
)
def test_a_dump_that_crosses_the_network_in_the_clear_is_told(checkup_of, changed, mark):
    assert server(checkup_of(), **changed)["encryption"].mark is mark


def test_a_clock_that_cannot_be_read_is_unknown(checkup_of):
    assert server(checkup_of())["clock"].mark is UNKNOWN


def test_a_session_in_another_language_is_told(checkup_of):
    assert server(checkup_of(), language="INDONESIAN")["language"].mark is WARNING


def test_a_full_export_without_its_size_is_unknown(checkup_of):
    full = checkup_of(mode="full", schemas=[])
    assert account(full, segments=None)["schemas"].mark is UNKNOWN
    assert account(full, segments=(Segments("", 5),))["schemas"].mark is OK
    assert account(full, segments=(Segments("", 0),))["schemas"].mark is FAILED


def test_zero_that_nobody_set_is_oracles_own_choice(checkup_of):
    tuned = {"aq_tm_processes": Parameter("0", is_default=True)}
    assert server(checkup_of(), parameters=tuned)["parameters"].mark is OK


def test_files_that_may_grow_are_room(checkup_of):
    found = account(checkup_of(), inspected={"free_bytes": 5, "growth_bytes": 10**9}, tablespace="USERS")["tablespace"]
    assert found.mark is OK
    hidden = account(checkup_of(), inspected={"free_bytes": 5, "growth_bytes": None})["tablespace"]
    assert hidden.mark is UNKNOWN
    assert "sys.dba_data_files" in hidden.remedy


def test_oracles_own_warning_is_told(checkup_of):
    assert account(checkup_of())["expiry"].mark is OK
    warned = account(checkup_of(), warned="ORA-28002: the password will expire within 7 days")["expiry"]
    assert warned.mark is WARNING
    assert "ORA-28002" in warned.found


@pytest.mark.parametrize(
    ("policies", "privileges", "mark", "words"),
    [
        ((("LAIN", "T"),), frozenset(), OK, "tidak dipakai"),
        ((("SIAKOFF", "T"),), frozenset({"EXEMPT ACCESS POLICY"}), OK, "dikecualikan"),
        (tuple(("SIAKOFF", f"T{n}") for n in range(7)), frozenset(), FAILED, "SIAKOFF.T4 dan 2 lain"),
        (None, frozenset(), UNKNOWN, "tidak terbaca"),
        ((), None, UNKNOWN, "tidak terbaca"),
    ],
)
def test_rows_that_a_policy_hides_are_told(checkup_of, policies, privileges, mark, words):
    found = account(checkup_of(), inspected={"policies": policies}, privileges=privileges)["policies"]
    assert found.mark is mark
    assert words in found.found
    full = checkup_of(mode="full", schemas=[])
    hidden = account(full, inspected={"policies": (("LAIN", "T"),)}, privileges=frozenset())["policies"]
    assert hidden.mark is FAILED


def test_an_account_locked_behind_this_session_is_told(checkup_of):
    found = account(checkup_of(), account_status="LOCKED(TIMED)")["account"]
    assert found.mark is FAILED
    assert found.remedy == "ALTER USER SIAK_BACKUP ACCOUNT UNLOCK;"
    assert account(checkup_of(), account_status="OPEN")["account"].mark is OK


def test_a_database_that_is_only_read_says_how_to_open_it(checkup_of):
    found = account(checkup_of(), database=("SIAKDB", "READ ONLY"))["database_open"]
    assert found.mark is FAILED
    assert "ALTER DATABASE OPEN" in found.remedy


def test_a_refusal_without_a_code_is_told_plainly(checkup_of):
    inspected = {"folder": None, "refusals": {"folder": PrivilegeError("tidak boleh")}}
    assert account(checkup_of(), inspected=inspected)["folder"].found == "tidak dapat ditanyakan"


def test_nothing_a_server_says_steers_the_terminal(checkup_of):
    hostile = Finding("folder", "Folder", FAILED, "a\x1b[2Jb\nc", "rm\x07")
    request = replace(checkup_of().request, now=datetime(2025, 1, 9, 9, 35, tzinfo=UTC))
    lines = table(request, "192.0.2.10:1521/SIAKDB", [hostile])
    assert lines[0] == "Pemeriksaan sukamara (192.0.2.10:1521/SIAKDB), Kamis, 9 Januari 2025 pukul 16.35 WIB"
    assert lines[2] == "GAGAL            Folder  a?[2Jb c"
    assert lines[3].strip() == "-> rm?"
    assert lines[-1] == "0 OK, 0 PERINGATAN, 1 GAGAL, 0 TIDAK DIKETAHUI"


def test_an_empty_table_is_still_one(checkup_of):
    assert table(checkup_of().request, "x", [])[-1].startswith("0 OK")
