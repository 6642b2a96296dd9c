# SPDX-License-Identifier: GPL-3.0-or-later
"""What a job is told, in which order, and which refusal only means that the server lacks an option."""

from __future__ import annotations

import pytest
from siak_backup.errors import ConnectError, ExportError, PrivilegeError, StatementError
from siak_backup.oracle import statements
from siak_backup.oracle.datapump.define import Options, RefusedOption, _refusal, current_scn, define, start
from siak_backup.oracle.datapump.job import Job
from siak_backup.oracle.datapump.note import note_of
from told_session import ScriptedSession, plan_of

EVERY_ONE = {
    "mode": "table", "tables": ["SIAKOFF.KTP", "SIAKOFF.CAPIL"], "exclude": ["INDEX"], "compression": "all",
    "checksum": True, "parallel": 2, "version": "19.0",
}  # fmt: skip
LACKING = ["ORA-39001", "ORA-39002", "ORA-39005", "ORA-00439", "ORA-39094"]
PROBLEMS = {"job_state": "DEFINING", "problems": "1 ORA-31655: x", "messages": None, "bytes_processed": None,
            "total_bytes": None, "percent_done": None, "error_count": None}  # fmt: skip
NONE = PROBLEMS | {"problems": None}


def refused(code):
    return StatementError(f"{code}: x", oracle_code=code)


def session_with(**answers):
    known = {"OPEN": {"handle": 7}, "GET_STATUS": NONE} | answers
    return ScriptedSession({getattr(statements, name): answer for name, answer in known.items()})


def test_everything_a_job_is_told():
    session, plan = session_with(), plan_of(**EVERY_ONE)
    job, options = define(session, plan, 4711)
    assert (job.handle, job.session) == (7, session)
    assert options == Options(
        ("VERSION", "CLIENT_COMMAND", "METRICS", "LOGTIME", "COMPRESSION", "CHECKSUM", "PARALLEL"), ()
    )

    def own(**binds):
        return {"handle": 7} | binds

    assert session.asked == [
        (statements.OPEN, {"job_mode": "TABLE", "job_name": plan.job, "version": "19.0"}),
        (statements.ADD_LOG_FILE, own(filename=f"{plan.job}.log", directory="SIAK_DIR")),
        (statements.ADD_DUMP_FILES, own(filename=f"{plan.job}_%U.dmp", directory="SIAK_DIR", piece_size="3900M")),
        (statements.FILTER_SCHEMAS, own(predicate="IN ('SIAKOFF')")),
        (statements.FILTER_NAMES, own(predicate="IN ('KTP','CAPIL')", object_path="TABLE")),
        (statements.EXCLUDE_PATHS, own(predicate="IN ('INDEX')")),
        (statements.SET_NUMBER, own(name="FLASHBACK_SCN", amount=4711)),
        (statements.SET_TEXT, own(name="CLIENT_COMMAND", text=f"siak-backup {plan.run_id}")),
        (statements.SET_NUMBER, own(name="METRICS", amount=1)),
        (statements.SET_TEXT, own(name="LOGTIME", text="ALL")),
        (statements.SET_TEXT, own(name="COMPRESSION", text="ALL")),
        (statements.SET_NUMBER, own(name="CHECKSUM", amount=1)),
        (statements.SET_PARALLEL, own(degree=2)),
        (statements.LOG_ENTRY, own(message=note_of(plan, 4711).text())),
    ]


def test_a_whole_database_needs_no_filter_and_one_process_no_degree():
    session = session_with()
    _, options = define(session, plan_of(mode="full"), 1)
    assert not {statements.FILTER_SCHEMAS, statements.FILTER_NAMES, statements.SET_PARALLEL} & set(session.statements())
    assert options.taken == ("CLIENT_COMMAND", "METRICS", "LOGTIME")


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        (
            {"include": ["SEQUENCE", "TABLE:\"IN ('KTP')\""]},
            [
                (statements.INCLUDE_PATHS, {"predicate": "IN ('SEQUENCE','TABLE')"}),
                (statements.FILTER_NAMES, {"predicate": "IN ('KTP')", "object_path": "TABLE"}),
            ],
        ),
        (
            {"exclude": ["STATISTICS", "TABLE:\"LIKE 'TMP_%'\""]},
            [
                (statements.EXCLUDE_PATHS, {"predicate": "IN ('STATISTICS')"}),
                (statements.FILTER_NAMES, {"predicate": "NOT LIKE 'TMP_%'", "object_path": "TABLE"}),
            ],
        ),
    ],
)
def test_what_an_office_includes_and_excludes(chosen, told):
    filters = {statements.INCLUDE_PATHS, statements.EXCLUDE_PATHS, statements.FILTER_NAMES}
    session = session_with()
    define(session, plan_of(**chosen), 1)
    assert [each for each in session.asked if each[0] in filters] == [
        (block, {"handle": 7} | binds) for block, binds in told
    ]


@pytest.mark.parametrize(
    ("block", "chosen"),
    [
        ("INCLUDE_PATHS", {"include": ["SEQUENCE"]}),
        ("FILTER_NAMES", {"include": ["TABLE:\"IN ('KTP')\""]}),
        ("EXCLUDE_PATHS", {"exclude": ["STATISTICS"]}),
        ("FILTER_NAMES", {"exclude": ["TABLE:\"IN ('KTP')\""]}),
    ],
)
def test_a_choice_that_is_refused_is_named(block, chosen):
    (what,) = chosen
    with pytest.raises(ExportError, match=f"menolak pilihan {what}: ORA-39001"):
        define(session_with(**{block: refused("ORA-39001")}), plan_of(**chosen), 1)


def test_an_answer_is_kept_beside_those_before():
    before = Options(("METRICS",), (RefusedOption("LOGTIME", "ORA-39001"),))
    assert before.answered("CLUSTER", "") == Options(("METRICS", "CLUSTER"), before.refused)
    refusal = RefusedOption("CLUSTER", "PLS-00306")
    assert before.answered("CLUSTER", "PLS-00306") == Options(before.taken, (*before.refused, refusal))


@pytest.mark.parametrize("code", LACKING)
def test_what_a_server_lacks_is_given_up_by_name(code):
    lacks = refused(code)

    def refuse_numbers(handle, name, amount):
        if name != "FLASHBACK_SCN":
            raise lacks

    def refuse_versions(job_mode, job_name, version):
        if version != "COMPATIBLE":
            raise lacks
        return {"handle": 7}

    session = session_with(OPEN=refuse_versions, SET_NUMBER=refuse_numbers, SET_TEXT=lacks, SET_PARALLEL=lacks)
    job, options = define(session, plan_of(**EVERY_ONE), 1)
    names = ("VERSION", "CLIENT_COMMAND", "METRICS", "LOGTIME", "COMPRESSION", "CHECKSUM", "PARALLEL")
    assert options == Options((), tuple(RefusedOption(name, code) for name in names))
    assert options.refused[0].as_dict() == {"name": "VERSION", "oracle_code": code}
    assert (job.handle, session.statements().count(statements.GET_STATUS)) == (7, 6)
    assert session.asked[1] == (statements.OPEN, {"job_mode": "TABLE", "job_name": job_name(), "version": "COMPATIBLE"})
    assert statements.DETACH not in session.statements()


def job_name():
    return plan_of().job


def test_a_success_with_information_takes_an_option():
    session = session_with(SET_TEXT=refused("ORA-31627"), SET_PARALLEL=refused("ORA-31627"))
    _, options = define(session, plan_of(parallel=2), 1)
    assert options == Options(("CLIENT_COMMAND", "METRICS", "LOGTIME", "PARALLEL"), ())


def test_no_refusal_is_no_code():
    assert _refusal(Job(session_with(), 7), statements.SET_PARALLEL, degree=2) == ""
    assert _refusal(Job(session_with(SET_PARALLEL=refused("ORA-31627")), 7), statements.SET_PARALLEL, degree=2) == ""


@pytest.mark.parametrize("statement", ["SET_TEXT", "SET_PARALLEL"])
def test_an_option_that_is_refused_otherwise_ends_the_job(statement):
    session = session_with(**{statement: refused("ORA-31623")})
    with pytest.raises(StatementError, match="ORA-31623"):
        define(session, plan_of(parallel=2), 1)
    assert session.asked[-1] == (statements.DETACH, {"handle": 7})


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("ADD_LOG_FILE", "berkas log di directory SIAK_DIR"),
        ("ADD_DUMP_FILES", "berkas dump di directory SIAK_DIR"),
        ("FILTER_SCHEMAS", "daftar skema"),
        ("FILTER_NAMES", "daftar tabel"),
        ("EXCLUDE_PATHS", "pilihan exclude"),
        ("SET_NUMBER", "FLASHBACK_SCN"),
        ("LOG_ENTRY", "catatan log"),
    ],
)
def test_what_an_export_needs_may_not_be_refused(statement, told):
    session = session_with(**{statement: refused("ORA-39001"), "GET_STATUS": PROBLEMS})
    with pytest.raises(ExportError) as failed:
        define(session, plan_of(**EVERY_ONE), 1)
    assert failed.value.what == f"Data Pump menolak {told}: ORA-39001, ORA-31655"
    assert session.asked[-1] == (statements.DETACH, {"handle": 7})


def test_the_newest_format_is_an_option_too():
    _, options = define(session_with(), plan_of(version="LATEST"), 1)
    assert options.taken[0] == "VERSION"
    session = session_with(OPEN=[refused("ORA-39001"), {"handle": 7}])
    _, options = define(session, plan_of(version="LATEST"), 1)
    assert options.refused == (RefusedOption("VERSION", "ORA-39001"),)


@pytest.mark.parametrize("version", ["COMPATIBLE", "19.0"])
@pytest.mark.parametrize("code", ["ORA-31634", "ORA-39001"])
def test_a_job_that_cannot_be_opened(version, code):
    session = session_with(OPEN=refused(code))
    with pytest.raises(ExportError) as failed:
        define(session, plan_of(version=version), 1)
    assert (failed.value.what, failed.value.where) == (f"job Data Pump tidak dapat dibuka: {code}", "sukamara")
    tries = 2 if version == "19.0" and code in LACKING else 1
    assert session.statements() == [statements.OPEN] * tries


def test_a_line_that_drops_is_no_refusal():
    with pytest.raises(ConnectError):
        define(session_with(OPEN=ConnectError("putus")), plan_of(), 1)


def test_the_scn_is_a_number_or_there_is_none():
    assert current_scn(session_with(CURRENT_SCN="4711")) == 4711
    with pytest.raises(ExportError, match="SCN tidak terbaca"):
        current_scn(session_with())


def started(**answers):
    session = session_with(**answers)
    start(Job(session, 7))
    return session


def test_a_job_is_started_on_one_instance_unless_it_may_use_the_cluster():
    session = session_with()
    assert start(Job(session, 7)) == ""
    assert session.asked == [(statements.START_JOB_HERE, {"handle": 7})]
    session = session_with()
    assert start(Job(session, 7), cluster=True) == ""
    assert session.asked == [(statements.START_JOB, {"handle": 7})]


def test_a_server_that_knows_no_choice_of_instances_starts_it_as_it_can():
    unknown = StatementError("PLS-00306: x", oracle_code="ORA-06550")
    session = session_with(START_JOB_HERE=unknown)
    assert start(Job(session, 7)) == "PLS-00306"
    assert session.statements() == [statements.START_JOB_HERE, statements.START_JOB]


@pytest.mark.parametrize("error", [refused("ORA-31650"), PrivilegeError("x")])
def test_a_start_that_took_place_is_one(error):
    session = started(START_JOB_HERE=error, GET_STATUS=NONE | {"job_state": "EXECUTING"})
    assert statements.DETACH not in session.statements()


@pytest.mark.parametrize(
    ("error", "kind"), [(refused("ORA-31650"), ExportError), (PrivilegeError("x"), PrivilegeError)]
)
def test_a_start_that_did_not_leaves_no_job(error, kind):
    session = session_with(START_JOB_HERE=error)
    with pytest.raises(kind) as failed:
        start(Job(session, 7))
    if kind is ExportError:
        assert failed.value.what == "Data Pump menolak mulai job: ORA-31650"
    assert session.asked[-1] == (statements.DETACH, {"handle": 7})


def test_a_start_that_nobody_answered_is_left_to_be_looked_for():
    session = session_with(START_JOB_HERE=ConnectError("putus"))
    with pytest.raises(ConnectError):
        start(Job(session, 7))
    assert session.statements() == [statements.START_JOB_HERE]
