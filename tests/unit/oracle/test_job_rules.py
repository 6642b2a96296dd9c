# SPDX-License-Identifier: GPL-3.0-or-later
"""What a job's answers mean: its state, its codes, and which refusals of Oracle are none."""

from __future__ import annotations

import pytest
from siak_backup.errors import ConnectError, ExportError, PrivilegeError, StatementError
from siak_backup.oracle import statements
from siak_backup.oracle.datapump.job import (
    ALIVE,
    DEFINING,
    GONE,
    JOB_ERROR,
    JOB_STATUS,
    NOT_RUNNING,
    WIP,
    Job,
    RunningJob,
    codes_in,
    own_jobs,
    state_of,
)  # fmt: skip
from siak_backup.oracle.session import Text
from told_session import ScriptedSession

STATUS = {
    "job_state": "EXECUTING", "bytes_processed": 5, "total_bytes": 9, "percent_done": 55, "error_count": 1,
    "messages": "0 mulai\n\n 0 lanjut \n", "problems": "31693 ORA-31693: x\n",
}  # fmt: skip
NOTHING = dict.fromkeys(STATUS)
DROPPED = ConnectError("putus")


def refused(code):
    return StatementError(f"{code}: x", oracle_code=code)


def job_of(**answers):
    session = ScriptedSession({getattr(statements, name): answer for name, answer in answers.items()})
    return Job(session, 7), session


def test_the_words_and_numbers_are_oracle_s():
    assert (WIP, JOB_STATUS, JOB_ERROR) == (1, 4, 8)
    assert ({"ORA-31623", "ORA-31626"}, {"EXECUTING", "COMPLETING"}) == (GONE, ALIVE)
    assert (NOT_RUNNING, DEFINING) == ("NOT RUNNING", "DEFINING")


def test_a_status_is_taken_as_it_is():
    job, session = job_of(GET_STATUS=STATUS)
    status = job.status(13, 5)
    assert (status.state, status.bytes_processed, status.total_bytes) == ("EXECUTING", 5, 9)
    assert (status.percent_done, status.error_count) == (55, 1)
    assert (status.messages, status.problems) == (("0 mulai", "0 lanjut"), ("31693 ORA-31693: x",))
    assert session.asked == [(statements.GET_STATUS, {"handle": 7, "mask": 13, "timeout": 5})]
    assert session.outs[statements.GET_STATUS] == {
        "job_state": Text(30), "bytes_processed": int, "total_bytes": int, "percent_done": int, "error_count": int,
        "messages": Text(8000), "problems": Text(8000),
    }  # fmt: skip


def test_what_a_status_does_not_tell_is_nothing():
    job, _ = job_of(GET_STATUS=NOTHING)
    status = job.status(4, 0)
    assert (status.state, status.percent_done) == ("UNDEFINED", None)
    assert (status.bytes_processed, status.total_bytes, status.error_count) == (0, 0, 0)
    assert (status.messages, status.problems) == ((), ())


def test_why_the_last_call_failed():
    job, session = job_of(GET_STATUS=STATUS)
    assert job.problems() == ("31693 ORA-31693: x",)
    assert session.asked[0][1] == {"handle": 7, "mask": 8, "timeout": 0}
    assert job_of(GET_STATUS=refused("ORA-31623"))[0].problems() == ()
    with pytest.raises(ConnectError):
        job_of(GET_STATUS=DROPPED)[0].problems()


def test_a_step_that_fails_tells_its_codes_and_what_it_was():
    job, _ = job_of(GET_STATUS=STATUS)
    with pytest.raises(ExportError) as failed, job.step("berkas log"):
        raise refused("ORA-39001")
    assert failed.value.what == "Data Pump menolak berkas log: ORA-39001, ORA-31693"
    assert failed.value.where == "sukamara"


@pytest.mark.parametrize("code", ["", "ORA-00942", "ORA-31626", "ORA-39001"])
def test_whatever_else_is_refused_is_a_failure(code):
    job, _ = job_of(GET_STATUS=NOTHING)
    with pytest.raises(ExportError), job.step("berkas log"):
        raise refused(code)


def test_a_success_with_information_is_one():
    job, session = job_of(GET_STATUS=STATUS)
    with job.step("mulai"):
        raise refused("ORA-31627")
    assert session.statements() == [statements.GET_STATUS]


@pytest.mark.parametrize("error", [DROPPED, PrivilegeError("x")])
def test_what_is_no_refusal_of_data_pump_passes(error):
    job, _ = job_of()
    with pytest.raises(type(error)), job.step("mulai"):
        raise error


@pytest.mark.parametrize(
    ("state", "begun"),
    [
        ("EXECUTING", True),
        ("COMPLETING", True),
        ("COMPLETED", True),
        ("STOPPED", False),
        ("DEFINING", False),
        (None, False),
    ],
)
def test_which_job_has_begun(state, begun):
    job, session = job_of(GET_STATUS=NOTHING | {"job_state": state})
    assert job.has_begun() is begun
    assert session.asked[0][1] == {"handle": 7, "mask": 4, "timeout": 0}


def test_one_that_cannot_be_asked_is_not():
    assert job_of(GET_STATUS=refused("ORA-31626"))[0].has_begun() is False
    with pytest.raises(ConnectError):
        job_of(GET_STATUS=DROPPED)[0].has_begun()


def test_a_handle_is_of_this_session_or_there_is_none():
    _, session = job_of(ATTACH={"handle": 9}, OPEN={"handle": 8})
    attached = Job.attach(session, "SIAK_X")
    assert (attached.handle, attached.session) == (9, session)
    assert session.asked[-1] == (statements.ATTACH, {"job_name": "SIAK_X"})
    opened = Job.open(session, mode="SCHEMA", name="SIAK_X", version="19.0")
    assert (opened.handle, opened.session) == (8, session)
    assert session.asked[-1] == (statements.OPEN, {"job_mode": "SCHEMA", "job_name": "SIAK_X", "version": "19.0"})
    assert session.outs == {statements.ATTACH: {"handle": int}, statements.OPEN: {"handle": int}}
    for code in GONE:
        assert Job.attach(job_of(ATTACH=refused(code))[1], "SIAK_X") is None
    with pytest.raises(StatementError):
        Job.attach(job_of(ATTACH=refused("ORA-39001"))[1], "SIAK_X")


@pytest.mark.parametrize("code", ["ORA-31623", "ORA-31626", "ORA-31627", "ORA-39004"])
def test_a_job_that_is_ending_may_be_stopped(code):
    job, session = job_of(STOP_JOB=refused(code))
    job.stop()
    assert session.asked == [(statements.STOP_JOB, {"handle": 7}), (statements.DETACH, {"handle": 7})]


def test_another_refusal_to_stop_is_an_error_and_gives_the_handle_back():
    job, session = job_of(STOP_JOB=refused("ORA-39001"))
    with pytest.raises(StatementError):
        job.stop()
    assert session.statements() == [statements.STOP_JOB, statements.DETACH]


def test_a_job_that_stops_needs_no_detaching():
    job, session = job_of()
    job.stop()
    assert session.statements() == [statements.STOP_JOB]


@pytest.mark.parametrize("error", [refused("ORA-31623"), DROPPED])
def test_a_handle_that_is_gone_is_given_back(error):
    job_of(DETACH=error)[0].detach()


def test_a_handle_may_not_be_given_back_without_rights():
    with pytest.raises(PrivilegeError):
        job_of(DETACH=PrivilegeError("x"))[0].detach()


def test_the_account_s_jobs():
    rows = [("SIAK_A", "EXPORT", "SCHEMA", "EXECUTING", 1), ("B", None, None, None, None)]
    session = ScriptedSession({statements.JOBS: [rows]})
    jobs = own_jobs(session)
    assert jobs == [RunningJob("SIAK_A", "EXPORT", "SCHEMA", "EXECUTING", 1), RunningJob("B", "", "", "", 0)]
    assert state_of(session, "SIAK_A") == "EXECUTING"
    assert state_of(session, "C") == ""
    rows[1] = ("SIAK_B", "EXPORT", "SCHEMA", "STOPPED", 0)
    assert state_of(session, "SIAK_B") == "STOPPED"


@pytest.mark.parametrize(
    ("texts", "codes"),
    [
        (("ORA-39001: x ORA-31693", "UDE-00008 LRM-00101", "ORA-39001"), "ORA-39001, ORA-31693, UDE-00008, LRM-00101"),
        (("rusak", "habis"), "habis"),
        (("XORA-39001", "ORA-390011", ""), ""),
        ((), ""),
    ],
)
def test_the_codes_of_texts(texts, codes):
    assert codes_in(*texts) == codes
