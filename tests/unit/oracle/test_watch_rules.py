# SPDX-License-Identifier: GPL-3.0-or-later
"""When a job that is watched has ended, how, and how long each question may wait."""

from __future__ import annotations

import pytest
from exporting import Progress
from siak_backup.errors import ConnectError, StatementError
from siak_backup.oracle import statements
from siak_backup.oracle.datapump.job import Job
from siak_backup.oracle.datapump.watch import OVERDUE, UNSEEN, Ending, Watcher
from told_session import ScriptedLink, ScriptedSession, ToldClock

NAME = "SIAK_X"
DROPPED = ConnectError("putus")


def refused(code):
    return StatementError(f"{code}: x", oracle_code=code)


def status(state="EXECUTING", done=0, **more):
    known = {"total_bytes": 100, "percent_done": done, "error_count": 0, "messages": None, "problems": None}
    return {"job_state": state, "bytes_processed": done} | known | more


class Watched:
    """A watcher with everything it was given."""

    def __init__(self, *sessions, poll_interval_s=5, stall_notice_s=300, began_s=0.0):
        self.clock, self.progress, self.link = ToldClock(), Progress(), ScriptedLink(*sessions)
        self.clock.s = began_s
        self.watcher = Watcher(
            self.link, NAME, poll_interval_s=poll_interval_s, stall_notice_s=stall_notice_s, progress=self.progress,
            monotonic=self.clock, sleep=self.clock.sleep,
        )  # fmt: skip

    def watch(self, deadline=1000.0, *, attached=True):
        return self.watcher.watch(Job(self.link.session, 7) if attached else None, deadline)

    def timeouts(self):
        asked = self.link.session.asked
        return [binds["timeout"] for statement, binds in asked if statement == statements.GET_STATUS]


def session(*statuses, **answers):
    known = {"GET_STATUS": [*statuses], "ATTACH": {"handle": 8}} | answers
    return ScriptedSession({getattr(statements, name): answer for name, answer in known.items()})


@pytest.mark.parametrize("state", ["COMPLETED", "STOPPED", "NOT RUNNING", "IDLING"])
def test_a_job_that_will_do_no_more_has_ended(state):
    watched = Watched(session(status(done=1), status(state, 100, error_count=2, problems="31693 ORA-31693: x")))
    job, ending = watched.watch()
    assert job.handle == 7
    assert ending == Ending(state, 2, ("31693 ORA-31693: x",))
    assert watched.progress.told == [("ekspor", 1, 100, 1), ("ekspor", 100, 100, 100)]
    assert watched.link.session.asked[0][1] == {"handle": 7, "mask": 13, "timeout": 5}


def test_a_job_that_stops_is_still_at_work():
    watched = Watched(session(status("STOPPING"), status("COMPLETING"), status("COMPLETED")))
    assert watched.watch()[1].state == "COMPLETED"
    assert len(watched.timeouts()) == 3


def test_the_ends_that_are_not_data_pump_s_own():
    assert (UNSEEN, OVERDUE) == ("UNSEEN", "OVERDUE")


@pytest.mark.parametrize("state", ["ABORTED", "COMPLETE", "ENDED", "UNDEFINED"])
def test_a_state_that_nobody_knows_is_no_end(state):
    assert Watched(session(status(state), status("COMPLETED"))).watch()[1].state == "COMPLETED"


def test_no_handle_is_attached_and_no_job_is_unseen():
    assert Watched(session(status("COMPLETED"))).watch(attached=False)[0].handle == 8
    watched = Watched(session(ATTACH=refused("ORA-31626")))
    assert watched.watch(attached=False) == (None, Ending(UNSEEN, None, ()))
    assert watched.link.session.asked == [(statements.ATTACH, {"job_name": NAME})]


@pytest.mark.parametrize("code", ["ORA-31623", "ORA-31626"])
def test_a_job_that_is_gone_was_not_seen_to_end(code):
    watched = Watched(session(status(problems="ORA-39171"), refused(code)))
    assert watched.watch()[1].state == UNSEEN
    assert watched.watch()[1].error_count is None


def test_another_refusal_is_an_error():
    with pytest.raises(StatementError, match="ORA-39001"):
        Watched(session(refused("ORA-39001"))).watch()


def test_a_dropped_line_is_attached_to_again():
    watched = Watched(session(status(), DROPPED), session(status("COMPLETED")))
    job, ending = watched.watch()
    assert (job.handle, job.session, ending.state) == (8, watched.link.session, "COMPLETED")
    assert watched.link.reconnects == 1
    assert ("ekspor: menyambung ulang", 0, None, None) in watched.progress.told


def test_a_line_may_drop_at_the_first_question():
    watched = Watched(session(DROPPED), session(status("COMPLETED")))
    assert watched.watch()[1].state == "COMPLETED"
    assert watched.clock.slept == []


@pytest.mark.parametrize(("deadline", "state"), [(0, OVERDUE), (-1, OVERDUE), (0.5, "COMPLETED")])
def test_the_limit_is_a_moment(deadline, state):
    watched = Watched(session(status("COMPLETED")))
    job, ending = watched.watch(deadline)
    assert (job.handle, ending.state) == (7, state)
    assert ending.error_count == (None if state == OVERDUE else 0)


@pytest.mark.parametrize(
    ("poll_interval_s", "deadline", "timeout"),
    [(5, 1000, 5), (60, 1000, 10), (5, 3.9, 3), (5, 0.2, 1), (0.1, 1000, 1), (10, 10, 10), (11, 11, 10)],
)
def test_no_question_waits_beyond_the_limit(poll_interval_s, deadline, timeout):
    watched = Watched(session(status("COMPLETED")), poll_interval_s=poll_interval_s)
    watched.watch(deadline)
    assert watched.timeouts() == [timeout]


@pytest.mark.parametrize(("took_s", "slept"), [(0, [1.0]), (4, [1.0]), (4.25, [0.75]), (5, []), (6, [])])
def test_between_two_questions_a_second_passes_at_most(took_s, slept):
    watched = Watched(session())
    answers = [status(), status("COMPLETED")]

    def answer(**_):
        watched.clock.s += took_s
        return answers.pop(0)

    watched.link.session.answers[statements.GET_STATUS] = [answer]
    watched.clock.s = 100.0
    watched.watch(2000.0)
    assert watched.clock.slept == slept


@pytest.mark.parametrize(("watched_s", "slept"), [(0, 0.05), (0.5, 0.05), (2, 0.2), (10, 1.0), (100, 1.0)])
def test_a_young_job_is_looked_at_more_often(watched_s, slept):
    watched = Watched(session(status(), status("COMPLETED")), began_s=1000.0)
    watched.clock.s += watched_s
    watched.watch(2000.0)
    assert watched.clock.slept == [pytest.approx(slept)]


def test_problems_are_told_once_and_only_so_many():
    lines = "\n".join(f"ORA-{number:05d}" for number in range(60))
    ending = Watched(session(status(problems=lines), status("COMPLETED", problems=lines))).watch()[1]
    assert ending.problems == tuple(f"ORA-{number:05d}" for number in range(50))
    ending = Watched(session(status(problems="A\nB"), status("COMPLETED", problems="B\nC"))).watch()[1]
    assert ending.problems == ("A", "B", "C")


def test_a_stall_is_asked_about_told_and_kept():
    watched = Watched(
        session(*[status(done=5)] * 60, status("COMPLETED", 9), SUSPENSIONS=[[(f"x {NAME}", "ORA-01653: penuh")]]),
        stall_notice_s=2,
    )
    ending = watched.watch()[1]
    assert "ekspor: server menunggu ruang disk, tablespace atau kuota (ORA-01653)" in watched.progress.phases
    assert watched.link.session.statements().count(statements.SUSPENSIONS) == 1
    (stall,) = ending.stalls
    assert (stall.at_percent, stall.waiting_for, ending.waiting_for) == (5, "ORA-01653", "")


def test_a_stall_that_lasts_until_the_limit_is_kept_too():
    watched = Watched(session(status(done=5)), stall_notice_s=2)
    ending = watched.watch(10)[1]
    (stall,) = ending.stalls
    assert ending.state == OVERDUE
    assert 10 <= stall.for_s < 11
    watched = Watched(session(status(done=5, messages="39171 ORA-39171: x\n1653 ORA-01653: y")))
    assert watched.watch(3)[1].waiting_for == "ORA-39171, ORA-01653"


def test_no_progress_without_a_total_is_told_without_one():
    watched = Watched(session(status("COMPLETED", 3, total_bytes=0, percent_done=None)))
    watched.watch()
    assert watched.progress.told == [("ekspor", 3, None, None)]
