# SPDX-License-Identifier: GPL-3.0-or-later
"""Step 2 by the site's own script: what counts as success, what ends a script, and who may finish it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from script_desk import EARLIER, FAST, OTHER, RUN
from siak_backup.errors import ConfigError, ConnectError, ExportError, ExportTimeLimitError, JobBusyError
from siak_backup.oracle.datapump.timing import Timing
from siak_backup.script import watch
from siak_backup.script.install import install
from siak_backup.script.run import agenda_facts, predict, run_script

from tests.site_script.site import age


@pytest.fixture
def run(plan_of, line_of):
    """Run step 2; return its result."""
    told = []

    def act(plan=None, *, abandoned=(), line=None, timing=FAST):
        plan = plan or plan_of()
        progress = lambda phase, *_: told.append(phase)  # noqa: E731
        line = line or line_of(plan)
        return run_script(line, plan, abandoned=abandoned, poll_interval_s=1, progress=progress, timing=timing)

    act.told = told
    return act


def begin(plan, line):
    """Start a job as a run would that is then killed."""
    return watch.start(line, plan.job())


def begin_and_wait(plan, line_of):
    begin(plan, line_of(plan))
    while not (Path(plan.job().home) / "rc").exists():
        time.sleep(0.1)


def test_an_export_that_succeeds(run, site):
    result = run()
    export = result.as_dict()
    assert [piece["name"] for piece in export["pieces"]] == ["master.dmp"]
    assert export["pieces"][0]["size_bytes"] == (site.folder / "master.dmp").stat().st_size
    assert (export["log"], export["exit_code"], export["tool"], export["state"]) == (
        "master.log",
        0,
        "datapump",
        "ENDED",
    )
    assert export["row_count"] > 200
    assert export["adopted_run"] == ""
    assert site.jobs() == [], "a job that is proven leaves nothing"
    facts = agenda_facts(export)
    assert facts["method"] == "script"
    assert facts["pieces"] == 1
    assert set(predict(result.plan, FAST.now())) == set(export)


def test_classic_exp_and_pieces(run, site):
    site.write_script("exp file=EXPDAT.DMP log=exp.log")
    assert run().as_dict()["tool"] == "exp"
    site.write_script("expdp dumpfile=malam_%U.dmp logfile=malam.log filesize=100K")
    names = [piece.name for piece in run().pieces]
    assert len(names) > 1
    assert all(name.startswith("malam_") for name in names), "the first night's dump is not tonight's"


def test_arguments_folder_and_nls_reach_the_script(run, site, plan_of):
    site.write_script(
        'echo "$#:$1:$2:$(pwd):$NLS_LANG:$NLS_DATE_FORMAT:$LC_ALL" >seen.txt', "cat >>seen.txt",
        "expdp dumpfile=master.dmp logfile=master.log",
    )  # fmt: skip
    run(plan_of(arguments=["a b'$HOME", ""], charset="WE8MSWIN1252"))
    seen = (site.folder / "seen.txt").read_text()
    assert seen == f"2:a b'$HOME::{site.folder}:AMERICAN_AMERICA.WE8MSWIN1252:YYYY-MM-DD HH24:MI:SS:C\n"


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("fault=ora", "ORA-31693"),
        ("fault=no_log", "tidak meninggalkan log"),
        ("fault=no_dump", "tidak membuat dump baru"),
    ],
)
def test_exit_code_0_proves_nothing(run, site, fault, told):
    site.write_script(f"expdp dumpfile=master.dmp logfile=master.log {fault}", "true")
    with pytest.raises(ExportError, match=told):
        run()
    assert len(site.jobs()) == 1, "what it said is kept"


def test_yesterdays_dump_is_not_tonights(run, site):
    (site.folder / "master.dmp").write_bytes(b"kemarin")
    age(site.folder / "master.dmp", 86400)
    site.write_script("expdp dumpfile=master.dmp logfile=master.log fault=no_dump")
    with pytest.raises(ExportError, match=r"lebih tua dari malam ini: master\.dmp"):
        run()


def test_a_file_of_the_second_before_is_not_tonights(run, site):
    (site.folder / "master.dmp").write_bytes(b"baru saja")
    site.write_script("expdp dumpfile=master.dmp logfile=master.log fault=no_dump")
    os.utime(site.folder / "master.dmp", (time.time() + 5, time.time() + 5))
    with pytest.raises(ExportError, match="tidak membuat dump baru"):
        run()


def test_two_logs_of_exports_are_one_too_many(run, site):
    site.write_script("expdp dumpfile=a.dmp logfile=a.log", "exp file=b.dmp log=b.log")
    with pytest.raises(ExportError, match="lebih dari satu log ekspor"):
        run()


def test_another_exit_code_must_be_allowed(run, site, plan_of):
    site.write_script("expdp dumpfile=master.dmp logfile=master.log", "exit 1")
    with pytest.raises(ExportError, match="kode keluar 1"):
        run()
    assert run(plan_of(EARLIER, ok_codes=[0, 1])).ending.exit_code == 1


def test_what_a_failed_script_said_is_read_for_codes(run, site):
    site.write_script("echo ORA-12541: no listener", "exit 1")
    with pytest.raises(ExportError, match="ORA-12541"):
        run()


def test_output_beyond_bounds_is_left_alone(run, site):
    site.write_script("head -c 5000000 /dev/zero", "echo ORA-12541: no listener", "exit 1")
    with pytest.raises(ExportError, match="tidak meninggalkan log"):
        run()


def test_the_limit_ends_the_whole_group(run, site, plan_of):
    site.write_script("trap '' TERM", "expdp dumpfile=m.dmp logfile=m.log fault=hang &", "expdp a=b fault=hang")
    plan = plan_of(time_limit_s=2)
    with pytest.raises(ExportTimeLimitError, match="melewati batas"):
        run(plan)
    assert site.processes(RUN) == [], "not even a grandchild that heeds no TERM"


def test_a_server_that_does_not_stop_it_is_told_to(run, site, plan_of, line_of, monkeypatch):
    monkeypatch.setattr(watch, "_OVERDUE_S", -10)
    site.write_script("expdp dumpfile=m.dmp logfile=m.log fault=hang")
    with pytest.raises(ExportError, match="dihentikan dari luar"):
        run(plan_of(time_limit_s=5))
    assert site.processes(RUN) == []


def test_a_script_that_leaves_its_export_behind_is_not_done(run, site):
    site.write_script("setsid sh -c 'i=0; while [ $i -lt 100 ]; do date >>a.log; i=$((i+1)); sleep 1; done' &")
    watch_s, watch._SETTLES_WITHIN_S = watch._SETTLES_WITHIN_S, 1
    try:
        with pytest.raises(ExportError, match="masih berubah"):
            run(timing=Timing())
    finally:
        watch._SETTLES_WITHIN_S = watch_s
    for pid in site.processes(RUN):
        os.kill(pid, signal.SIGKILL)


def test_a_job_of_a_dead_run_is_finished(run, site, plan_of, line_of):
    site.write_script("expdp dumpfile=master.dmp logfile=master.log fault=slow", "echo x >>calls.txt")
    earlier = plan_of(EARLIER)
    begin(earlier, line_of(earlier))
    result = run(abandoned=[EARLIER])
    assert result.adopted_run == EARLIER
    assert (site.folder / "calls.txt").read_text() == "x\n", "never a second export"
    assert "skrip: melanjutkan yang sedang berjalan" in run.told


def test_a_job_that_ended_unwatched_is_finished(run, site, plan_of, line_of):
    site.write_script("expdp dumpfile=master.dmp logfile=master.log", "echo x >>calls.txt")
    begin_and_wait(plan_of(EARLIER), line_of)
    assert run(abandoned=[EARLIER]).adopted_run == EARLIER
    assert (site.folder / "calls.txt").read_text() == "x\n", "run again, it might overwrite that dump"


def test_a_job_that_ended_long_ago_is_not_tonights(run, site, plan_of, line_of):
    begin_and_wait(plan_of(EARLIER), line_of)
    started = Path(plan_of(EARLIER).job().home) / "started"
    started.write_text(f"{int(started.read_text()) - 86400}\n")
    assert run(abandoned=[EARLIER]).adopted_run == ""
    assert site.jobs() == []


def test_a_dead_runs_job_that_proves_nothing_is_followed_by_our_own(run, site, plan_of, line_of):
    site.write_script("sleep 2; [ -e again ] && expdp dumpfile=master.dmp logfile=master.log; touch again")
    earlier = plan_of(EARLIER)
    begin(earlier, line_of(earlier))
    result = run(abandoned=[EARLIER])
    assert result.adopted_run == ""
    assert result.cleared_runs == (EARLIER,)
    assert site.jobs() == [], "a night that is proven makes up for what failed"


def test_another_script_of_a_dead_run_is_stopped(run, site, plan_of, line_of):
    site.write_script('[ "$1" ] && exec sleep 600', "expdp dumpfile=master.dmp logfile=master.log")
    for run_id in (EARLIER, OTHER):
        other = plan_of(run_id, arguments=["lain"])
        begin(other, line_of(other))
    result = run(abandoned=[EARLIER, OTHER])
    assert result.cleared_runs == (EARLIER, OTHER)
    assert site.processes(EARLIER) + site.processes(OTHER) == []


def test_a_job_of_unknown_origin_is_in_the_way(run, site, plan_of, line_of):
    site.write_script("sleep 600")
    other = plan_of(OTHER)
    begin(other, line_of(other))
    with pytest.raises(JobBusyError, match=OTHER):
        run()
    assert site.processes(OTHER) != []


def test_a_script_started_by_hand_is_in_the_way(run, site):
    site.write_script("sleep 600; true")
    with (
        subprocess.Popen([str(site.script)], start_new_session=True) as by_hand,
        subprocess.Popen(["tail", "-f", str(site.script)], stdout=subprocess.DEVNULL) as reader,
    ):
        try:
            with pytest.raises(JobBusyError, match=rf"proses {by_hand.pid} "):
                run()
        finally:
            reader.kill()
            os.killpg(by_hand.pid, signal.SIGKILL)


@pytest.mark.parametrize("after", [False, True])
def test_a_dropped_line_changes_nothing(run, site, plan_of, line_of, remote, after):  # noqa: PLR0917
    site.write_script("expdp dumpfile=master.dmp logfile=master.log", "echo x >>calls.txt")
    plan = plan_of()
    line = line_of(plan)
    act = line.ask

    def drop_each(command):
        remote.drops, remote.after = 1, after
        return act(command)

    line.ask = drop_each
    result = run(plan, line=line)
    assert result.reconnects > 3
    assert (site.folder / "calls.txt").read_text() == "x\n"


def test_a_line_that_stays_away_leaves_the_job_at_work(run, site, plan_of, line_of, remote):
    site.write_script("sleep 3", "expdp dumpfile=master.dmp logfile=master.log")
    plan = plan_of()
    line = line_of(plan, patience_s=0.5)
    begin(plan, line)
    remote.drops = 1000
    with pytest.raises(ConnectError):
        run(plan, line=line)
    remote.drops = 0
    assert run(plan_of(EARLIER), abandoned=[RUN]).adopted_run == RUN


def test_the_same_run_may_ask_again(run, site, plan_of, line_of):
    plan = plan_of()
    begin(plan, line_of(plan))
    while site.processes(RUN):
        time.sleep(0.1)
    assert [piece.name for piece in run(plan).pieces] == ["master.dmp"]


def test_a_killed_supervisor_leaves_an_unknown_end(run, site, plan_of, line_of):
    site.write_script("sleep 2", "expdp dumpfile=master.dmp logfile=master.log")
    plan = plan_of()
    begin(plan, line_of(plan))
    os.kill(int((Path(plan.job().home) / "who").read_text().split()[0]), signal.SIGKILL)
    with pytest.raises(ExportError, match="akhir skrip tidak diketahui"):
        run(plan)
    assert (site.folder / "master.dmp").exists(), "the script went on; only nobody knows how it ended"


def test_a_work_folder_that_cannot_be_made(run, site, plan_of):
    (site.root / "file").write_text("")
    with pytest.raises(ExportError, match="folder kerja"):
        run(plan_of(work_dir=str(site.root / "file" / "kerja")))


def test_a_server_that_cannot_start_it(run, site, plan_of, line_of):
    plan = plan_of()
    home = Path(plan.job().home)
    (home / "begun").mkdir(parents=True)
    with pytest.raises(ExportError, match="tidak dapat dimulai"):
        run(plan)


def test_two_servers_may_not_share_a_work_folder(run, site, plan_of, line_of):
    other = plan_of(arguments=["lain"])
    begin(other, line_of(other))
    with pytest.raises(ConfigError, match="work_dir"):
        watch.start(line_of(plan_of()), plan_of().job())


def test_a_script_is_laid_down_once_and_never_replaced(plan_of, line_of, site):
    plan = plan_of(path=str(site.root / "baru.sh"))
    line, path = line_of(plan), site.root / "baru.sh"
    assert install(line, plan, b"#!/bin/sh\n", dry=True)
    assert not path.exists()
    assert install(line, plan, b"#!/bin/sh\n", dry=False)
    assert path.stat().st_mode & 0o777 == 0o700
    assert not install(line, plan, b"#!/bin/sh\n", dry=False)
    with pytest.raises(ConfigError, match="tidak ditimpa"):
        install(line, plan, b"#!/bin/sh\nlain\n", dry=False)
    assert path.read_bytes() == b"#!/bin/sh\n"
    assert line.ask(plan.shell.look(plan.script, plan.folder, plan.work_dir)).text("script") == "ok"


def test_a_limit_is_not_followed_by_another_export(run, site, plan_of, line_of):
    site.write_script("echo x >>calls.txt", "sleep 600")
    earlier = plan_of(EARLIER, time_limit_s=3)
    begin(earlier, line_of(earlier))
    with pytest.raises(ExportTimeLimitError):
        run(plan_of(time_limit_s=3), abandoned=[EARLIER])
    assert (site.folder / "calls.txt").read_text() == "x\n"
