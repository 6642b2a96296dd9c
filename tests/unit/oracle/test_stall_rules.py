# SPDX-License-Identifier: GPL-3.0-or-later
"""What is a sign of life, what is none, and from which second on silence is a stall."""

from __future__ import annotations

import pytest
from siak_backup.errors import ConnectError, StatementError
from siak_backup.oracle import statements
from siak_backup.oracle.datapump.job import JobStatus
from siak_backup.oracle.datapump.stall import RESUMABLE_WAIT, Stall, StallWatch
from told_session import ScriptedSession

WAIT = ("39171 ORA-39171: wait", "1653 ORA-01653: full")
JOB = "SIAK_X"


def status(done=0, percent=0.0, messages=(), problems=()):
    return JobStatus("EXECUTING", done, 100, percent, 0, messages, problems)


@pytest.fixture
def watch():
    """A watch that has heard of five bytes at second 0."""
    watch = StallWatch(60, 0)
    watch.hear(status(5, 5.0), 0)
    return watch


def test_the_code_of_a_resumable_wait():
    assert RESUMABLE_WAIT == "ORA-39171"


@pytest.mark.parametrize(("now_s", "stalls"), [(59, False), (60, True), (61, True)])
def test_from_which_second_on_a_job_stalls(watch, now_s, stalls):
    watch.hear(status(5, 5.0), now_s)
    assert watch.wants_to_know is stalls
    assert watch.phase(now_s) == ("ekspor: tidak maju selama 1 menit" if stalls else "ekspor")


def test_minutes_are_rounded(watch):
    assert watch.phase(150) == "ekspor: tidak maju selama 2 menit"
    assert watch.phase(151) == "ekspor: tidak maju selama 3 menit"


@pytest.mark.parametrize(
    "sign",
    [
        status(6, 5.0), status(4, 5.0), status(5, 6.0), status(5, 4.0), status(5, 5.0, messages=("x",)),
        status(5, 5.0, problems=("x",)),
    ],
)  # fmt: skip
def test_signs_of_life(watch, sign):
    watch.hear(sign, 30)
    watch.hear(status(sign.bytes_processed, sign.percent_done), 89)
    assert not watch.wants_to_know
    watch.hear(status(sign.bytes_processed, sign.percent_done), 90)
    assert watch.wants_to_know


@pytest.mark.parametrize("silence", [status(5, 5.0), status(5, None)])
def test_signs_of_nothing(watch, silence):
    watch.hear(silence, 60)
    assert watch.wants_to_know


def test_the_first_status_is_a_sign_even_of_nothing():
    watch = StallWatch(60, 0)
    watch.hear(status(0, 0.0), 50)
    watch.hear(status(0, 0.0), 109)
    assert not watch.wants_to_know


def test_silence_before_the_first_status_is_a_stall_at_nothing():
    watch = StallWatch(60, 0)
    watch.hear(status(1, 1.0), 60)
    assert watch.past == (Stall(60, 0.0, ""),)


def test_the_first_status_may_tell_of_a_wait():
    watch = StallWatch(60, 0)
    watch.hear(status(0, 0.0, messages=WAIT), 60)
    assert (watch.wants_to_know, watch.waiting_for) == (False, "ORA-39171, ORA-01653")


def test_a_percent_that_is_not_told_is_none(watch):
    watch.hear(status(5, None), 10)
    watch.hear(status(5, 0.0), 59)
    watch.hear(status(5, 0.0), 60)
    assert watch.wants_to_know


def test_a_wait_is_no_sign_of_life_and_no_question(watch):
    watch.hear(status(6, 6.0, messages=WAIT), 30)
    assert (watch.waiting_for, watch.wants_to_know, watch.past) == ("ORA-39171, ORA-01653", False, ())
    watch.hear(status(6, 6.0, messages=WAIT[:1], problems=WAIT[1:]), 200)
    assert (watch.waiting_for, watch.wants_to_know) == ("ORA-39171, ORA-01653", False)
    assert watch.phase(200) == "ekspor: server menunggu ruang disk, tablespace atau kuota (ORA-39171, ORA-01653)"
    watch.hear(status(7, 7.0), 201)
    assert watch.past == (Stall(201, 6.0, "ORA-39171, ORA-01653"),)
    assert (watch.waiting_for, watch.wants_to_know, watch.phase(201)) == ("", False, "ekspor")


def test_a_wait_is_kept_however_short(watch):
    watch.hear(status(5, 5.0, problems=WAIT), 1)
    watch.hear(status(6, 6.0), 2)
    assert watch.past == (Stall(2, 5.0, "ORA-39171, ORA-01653"),)


def test_the_server_is_asked_once_a_stall(watch):
    session = ScriptedSession(
        {statements.SUSPENSIONS: [[("LAIN", "ORA-00001: x"), (f"x.{JOB}", "ORA-01653: y"), (JOB, None)]]}
    )
    watch.hear(status(5, 5.0), 60)
    watch.ask(session, JOB)
    assert (watch.waiting_for, watch.wants_to_know) == ("ORA-01653", False)
    watch.hear(status(6, 6.0), 61)
    watch.hear(status(6, 6.0), 121)
    assert watch.wants_to_know


@pytest.mark.parametrize("answer", [[[]], [[("LAIN", "ORA-01653: y")]], StatementError("x")])
def test_nobody_knows_what_it_waits_for(watch, answer):
    watch.hear(status(5, 5.0), 60)
    watch.ask(ScriptedSession({statements.SUSPENSIONS: answer}), JOB)
    assert (watch.waiting_for, watch.wants_to_know) == ("", False)


def test_a_line_that_drops_is_no_answer(watch):
    with pytest.raises(ConnectError):
        watch.ask(ScriptedSession({statements.SUSPENSIONS: ConnectError("putus")}), JOB)


def test_twenty_stalls_are_kept(watch):
    for number in range(1, 30):
        watch.hear(status(5 + number, 5.0), 60 * number)
    assert [stall.for_s for stall in watch.past] == [60] * 20


def test_a_stall_for_json():
    assert Stall(61.26, 5.0, "ORA-01653").as_dict() == {"for_s": 61.3, "at_percent": 5.0, "waiting_for": "ORA-01653"}
