# SPDX-License-Identifier: GPL-3.0-or-later
"""The network, the control process or the server itself goes away while a job is at work."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rehearsal_server import rehearsal_server
from siak_backup.oracle.datapump.define import current_scn, define, start
from siak_backup.oracle.datapump.plan import ExportPlan
from siak_backup.oracle.names import job_name
from siak_backup.oracle.session import open_session

from tests.oracle_faults.catalogue import BIODATA
from tests.oracle_faults.conftest import RESIDENTS, Stand
from tests.oracle_faults.nights import ROOT, TOMORROW, Office, Verdict, just_now
from tests.oracle_faults.sample import runs_all
from tests.oracle_faults.wire import wire_to
from tests.play.night import Night
from tests.unit.oracle.exporting import settings_of

pytestmark = [
    pytest.mark.faults,
    # The driver forgets to close the socket of a line that is reset while it logs on.
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"),
]

SLOW = "--export-rate=30000"
#: A line that stays away is waited for no longer than this.
BRIEF = {"oracle_export": {"reconnect_within_s": 2}}
LIMIT_S = 60
_PLACES = ("tests", "library", "module_utils")

#: What a night comes to whose process is killed: there is nobody to give a verdict.
KILLED = Verdict(-1)

everything = pytest.mark.skipif(not runs_all(), reason="`make faults` runs it")


@pytest.fixture
def told(record_property) -> Callable[..., None]:
    """Record a row of the table."""

    def tell(group: str, fault: str, expected: str, got: Verdict, following: Verdict) -> None:
        assert following.step == 0, following
        facts = {"group": group, "fault": fault, "expected": expected, "got": got.text, "next": following.text}
        for name, value in (facts | {"lost": "nothing"}).items():
            record_property(name, value)

    return tell


@pytest.fixture
def office(stands, tmp_path) -> Office:
    """An office whose server exports in some four seconds."""
    return stands(SLOW).office(tmp_path / "office")


def until(condition: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.02)


def running(office: Office) -> list[str]:
    return office.server.jobs("sukamara")[0]


@contextmanager
def meanwhile(office: Office, act: Callable[[], None]):
    """Act once, as soon as a job is at work."""

    def wait_and_act() -> None:
        until(lambda: running(office), "a job at work")
        act()

    thread = threading.Thread(target=wait_and_act)
    thread.start()
    yield
    thread.join(LIMIT_S)


def killed_at_work(office: Office, stamp: str, **changed: dict[str, Any]) -> str:
    """Begin a night in another process and kill that once its job is at work; return the job's name."""
    asked = {
        "root": str(office.root),
        "database": {name: str(value) for name, value in asdict(office.database).items()},
        "stamp": stamp,
        "changed": changed,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.oracle_faults.night_process"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (ROOT, *map(ROOT.joinpath, _PLACES))))},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(json.dumps(asked))
    process.stdin.close()
    until(lambda: running(office) or process.poll() is not None, "a job at work")
    (job,) = running(office)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert running(office) == [job], "the job outlives its client"
    return job


def assert_held(office: Office, *, new_nights: int = 1) -> None:
    office.assert_untouched()
    past = {name.split("/")[1] for name in office.before}
    for place in ("archive", "medium"):
        assert len([folder for folder in office.folders(place) if folder.name not in past]) == new_nights, place
    office.assert_idle()
    assert office.server.jobs("sukamara")[1] == 1, "two exports ran at once"
    assert office.failed_logins() == 0


def job_of(verdict: Verdict) -> str:
    return str(verdict.results["oracle_export"]["export"]["job"])


def assert_adopted(verdict: Verdict, job: str) -> None:
    """The night was finished with that job, and its manifest says so."""
    assert verdict.step == 0, verdict
    exported = verdict.results["oracle_export"]["export"]
    assert (exported["job"], bool(exported["adopted_run"])) == (job, True)
    oracle = verdict.results["backup_folder"]["backup"]["manifest"]["oracle"]
    assert oracle["job"] == job
    assert oracle["scn"] == exported["scn"] > 0


def test_the_network_is_away_for_seconds(office, told):
    with wire_to(office.server.port) as wire:
        far = replace(office.database, dsn=f"127.0.0.1:{wire.port}/sukamara")
        near, office.database = office.database, far
        outage = threading.Timer(1.5, wire.mend)

        def cut() -> None:
            wire.cut()
            outage.start()

        with meanwhile(office, cut):
            verdict = office.night()
        outage.join()
        office.database = near
    assert verdict.step == 0, verdict
    assert verdict.results["oracle_export"]["export"]["reconnects"] >= 1
    assert_held(office)
    office.remember()
    following = office.night(TOMORROW)
    told("network", "away for 1.5 s in step 2", "OK", verdict, following)
    assert_held(office)


def test_the_network_stays_away_and_the_next_run_finishes_the_job(office, told):
    with wire_to(office.server.port) as wire:
        near, office.database = office.database, replace(office.database, dsn=f"127.0.0.1:{wire.port}/sukamara")
        with meanwhile(office, wire.cut):
            verdict = office.night(just_now(), **BRIEF)
        office.database = near
    assert (verdict.step, verdict.message.partition(" ")[0]) == (2, "SIAK-201"), verdict
    (job,) = running(office)
    office.assert_nothing_new()
    following = office.night(just_now())
    told("network", "stays away from step 2 on", "step 2 SIAK-201", verdict, following)
    assert_adopted(following, job)
    assert_held(office)


@everything
def test_the_network_stays_away_until_the_job_has_ended(office, told):
    with wire_to(office.server.port) as wire:
        near, office.database = office.database, replace(office.database, dsn=f"127.0.0.1:{wire.port}/sukamara")
        with meanwhile(office, wire.cut):
            verdict = office.night(just_now(), **BRIEF)
        office.database = near
    assert verdict.step == 2, verdict
    office.assert_idle()
    following = office.night(just_now())
    told("network", "stays away until the job has ended", "step 2 SIAK-201", verdict, following)
    assert following.results["oracle_export"]["export"]["adopted_run"] == ""
    assert_held(office)


def test_a_killed_run_is_finished_by_the_next(office, told):
    job = killed_at_work(office, just_now())
    verdict = office.night(just_now())
    told("process", "control process killed in step 2", "killed", KILLED, verdict)
    assert_adopted(verdict, job)
    assert_held(office)


@everything
def test_a_killed_play_is_finished_by_the_next_play(tmp_path, record_property):
    """The same by ansible-playbook, from the agenda's begin line to its entry."""
    night = Night(tmp_path / "var", databases=("sukamara=200",))
    with night.server("--export-rate=8000"):
        first = night.start("--limit=sukamara")
        night.wait_for(lambda: list((night.state / "sukamara/dpdump").glob("SIAK_*_01.dmp")), first)
        os.killpg(first.pid, signal.SIGKILL)
        # Its module lives on for as long as the job does, and watches it beside the next run's.
        first.communicate(timeout=30)
        second = night.run("--limit=sukamara")
    assert second.returncode == 0, second.stdout + second.stderr
    manifest = night.assert_whole(night.folders("sukamara")[0])
    dead, last = night.runs()
    facts = night.steps("sukamara", run=last)[2]["facts"]
    assert facts["adopted_run"] == dead
    assert manifest["oracle"]["job"] == facts["job"] == job_name(dead)
    assert manifest["run_id"] == last
    told = {"expected": "killed", "got": "killed", "lost": "nothing", "next": "OK"}
    for name, value in (told | {"group": "process", "fault": "ansible-playbook killed in step 2"}).items():
        record_property(name, value)


@everything
def test_a_killed_run_and_a_killed_successor(office, told):
    job = killed_at_work(office, just_now())
    assert killed_at_work(office, just_now()) == job
    verdict = office.night(just_now())
    told("process", "control process killed in step 2, twice", "killed", KILLED, verdict)
    assert_adopted(verdict, job)
    assert_held(office)


@everything
def test_a_killed_run_whose_job_has_ended(office, told):
    job = killed_at_work(office, just_now())
    office.assert_idle()
    pieces = {name for name in office.database.files() if name.startswith(job)}
    verdict = office.night(just_now())
    told("process", "killed, the job ends unwatched", "killed", KILLED, verdict)
    assert job_of(verdict) != job
    assert pieces <= office.database.files(), "an export that nobody collected is not thrown away"
    assert_held(office)


@everything
def test_a_killed_run_that_exported_something_else(office, told):
    other = {"mode": "table", "tables": [BIODATA]}
    job = killed_at_work(office, just_now(), oracle_export=other)
    verdict = office.night(just_now())
    told("process", "killed, and tonight exports something else", "killed", KILLED, verdict)
    (cleared,) = verdict.results["oracle_export"]["export"]["cleared_jobs"]
    assert cleared == {"job": job, "state": "EXECUTING", "left_files": []}
    assert_held(office)


@everything
def test_a_killed_run_whose_time_is_up(office, told):
    long_ago = f"{datetime.now(UTC) - timedelta(hours=2):%Y%m%dT%H%M%SZ}"
    with office.server.faults("sukamara", hang_at_percent=50, hang_announced=False):
        job = killed_at_work(office, long_ago)
    verdict = office.night(just_now())
    told("process", "killed, the job hangs beyond its time", "killed", KILLED, verdict)
    (cleared,) = verdict.results["oracle_export"]["export"]["cleared_jobs"]
    assert (cleared["job"], cleared["left_files"]) == (job, [])
    assert not [name for name in office.database.files() if name.startswith(job)]
    assert_held(office)


@everything
def test_a_killed_run_whose_job_fails(office, told):
    with office.server.faults("sukamara", snapshot_too_old="SIAKOFF.DATA_KELUARGA"):
        job = killed_at_work(office, just_now())
    verdict = office.night(just_now())
    told("process", "killed, the job then skips a table", "killed", KILLED, verdict)
    assert verdict.step == 0, verdict
    (cleared,) = verdict.results["oracle_export"]["export"]["cleared_jobs"]
    assert (cleared["job"], cleared["state"]) == (job, "SIAK-210")
    assert job_of(verdict) != job
    assert_held(office)


@everything
@pytest.mark.parametrize("lost", ["log_cut", "log_missing", "log_foreign"])
def test_a_killed_run_whose_log_proves_nothing(office, told, lost):
    with office.server.faults("sukamara", **{lost: True}):
        job = killed_at_work(office, just_now())
    verdict = office.night(just_now())
    told("process", f"killed, {lost.replace('_', ' ')}", "killed", KILLED, verdict)
    assert job_of(verdict) != job
    assert_held(office)


@everything
def test_an_export_of_another_control_node(office, told):
    """Its job is ours by name, but no dead run of this control node began it."""
    options = {
        "run": {"id": f"{just_now()}-0000ff"}, "server": "sukamara", "directory": office.database.directory,
        "mode": "schema", "schemas": ["SIAKOFF"], "tables": [], "piece_size": "3900M", "parallel": 1,
        "time_limit_s": 60, "poll_interval_s": 1, "stall_notice_s": 300, "compression": "", "checksum": False,
        "include": [], "exclude": [], "estimate": "", "version": "COMPATIBLE", "cluster": False,
    }  # fmt: skip
    plan = ExportPlan.from_params(options)
    with open_session(settings_of(office.database)) as session:
        job, _ = define(session, plan, current_scn(session))
        start(job)
    verdict = office.night(just_now())
    assert (verdict.step, verdict.message.partition(" ")[0]) == (1, "SIAK-212"), verdict
    assert running(office) == [plan.job], "another's job was touched"
    office.assert_nothing_new()
    office.assert_idle()
    following = office.night(just_now())
    told("job", "another control node exports", "step 1 SIAK-212", verdict, following)
    assert_held(office)


@everything
def test_the_password_changes_while_the_line_is_away(office, told):
    with wire_to(office.server.port) as wire:
        near, office.database = office.database, replace(office.database, dsn=f"127.0.0.1:{wire.port}/sukamara")

        def cut() -> None:
            office.server.arm("sukamara", password_changed=True)
            wire.cut()
            wire.mend()

        with meanwhile(office, cut):
            verdict = office.night(just_now())
        office.database = near
    assert office.failed_logins() == 1, "a refused login was repeated"
    office.server.clear("sukamara")
    assert (verdict.step, verdict.message.partition(" ")[0]) == (2, "SIAK-202"), verdict
    (job,) = running(office)
    following = office.night(just_now())
    told("login", "password changes in step 2", "step 2 SIAK-202", verdict, following)
    assert_adopted(following, job)
    assert_held(office)


@everything
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_server_dies_under_the_job(tmp_path, told, number):
    """Its next life knows of the job by an orphaned master table alone."""
    state = tmp_path / "state"
    with rehearsal_server(state, SLOW, sukamara=RESIDENTS) as server:
        stand = Stand(server, tmp_path)
        office = stand.office(tmp_path / "office")
        with meanwhile(office, lambda: (server.process.send_signal(number), server.process.wait())[0]):
            verdict = office.night(just_now(), **BRIEF)
    assert verdict.step == 2, verdict
    office.assert_nothing_new()
    (state / "server.json").unlink(missing_ok=True)
    with rehearsal_server(state, SLOW, sukamara=RESIDENTS) as server:
        office.server, office.database = server, server["sukamara"]
        following = office.night(just_now())
        told("server", f"{number.name} in step 2", "step 2", verdict, following)
        assert_held(office)


@everything
def test_the_server_is_started_again_while_the_run_waits(tmp_path, told):
    state = tmp_path / "state"
    with rehearsal_server(state, SLOW, sukamara=RESIDENTS) as first:
        stand = Stand(first, tmp_path)
        office = stand.office(tmp_path / "office")
        second: list[Any] = []

        def restart() -> None:
            first.process.send_signal(signal.SIGKILL)
            first.process.wait()
            (state / "server.json").unlink()
            second.append(rehearsal_server(state, SLOW, f"--port={first.port}", sukamara=RESIDENTS))
            office.server = second[0].__enter__()

        with meanwhile(office, restart):
            verdict = office.night(just_now())
        try:
            assert (verdict.step, verdict.message.partition(" ")[0]) == (2, "SIAK-210"), verdict
            office.assert_nothing_new()
            following = office.night(just_now())
            told("server", "crashed and started again in step 2", "step 2 SIAK-210", verdict, following)
            assert_held(office)
        finally:
            second[0].__exit__(None, None, None)
