# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole nights by the site's own script: what is filed where, what counts as success, and what a kill leaves."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from night import no_warnings
from script_night import HOST, SERVER, ScriptNight, demand_ssh

from bench.collect_ssh import ssh_server
from tests.site_script.site import Site

pytestmark = pytest.mark.play


@pytest.fixture
def night(tmp_path: Path) -> Iterator[ScriptNight]:
    demand_ssh()
    with ssh_server(tmp_path / "ssh") as ssh:
        made = ScriptNight(tmp_path / "var", site=Site.make(tmp_path / "server"), ssh=ssh)
        made.prepare()
        yield made


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_two_nights_on_one_day(night: ScriptNight) -> None:
    night.site.write_script("cd .", "expdp dumpfile=master.dmp logfile=master.log", "echo selesai")
    first = night.run()
    assert first.returncode == 0, first.stdout + first.stderr
    no_warnings(first)
    (folder,) = night.folders(SERVER)
    manifest = night.assert_whole(folder)
    assert {entry["name"]: entry["source"] for entry in manifest["files"]} == {
        "master.dmp": "master.dmp",
        "export.log": "master.log",
    }
    assert (manifest["oracle"]["job"], manifest["oracle"]["scn"]) == (night.site.script.name, 0)
    assert manifest["oracle"]["version"].startswith("12.02.")
    on_server = night.site.folder / folder.name
    assert names(night.site.folder) == [folder.name]
    assert names(on_server) == ["master.dmp", "master.log"]
    assert (on_server / "master.dmp").read_bytes() == (folder / "master.dmp").read_bytes()
    ends = night.steps(SERVER)
    assert sorted(ends) == [1, 2, 3, 4, 5, 6]
    assert {end["status"] for end in ends.values()} == {"ok"}
    assert (ends[2]["facts"]["method"], ends[2]["facts"]["host"], ends[2]["facts"]["exit_code"]) == ("script", HOST, 0)
    assert ends[3]["facts"]["server_digests"] == 2
    assert ends[3]["facts"]["rows_compared_with"] == "log"
    assert ends[4]["facts"]["server_folder"] == str(on_server)
    assert "tidak sesuai" not in night.entry(SERVER)
    assert "Folder di server : " in night.entry(SERVER)

    # classic exp, and a server that has the name already
    night.site.write_script("exp file=EXPDAT.DMP log=exp.log", "exit $?")
    second = night.run(playbook="playbooks/backup.yml")
    assert second.returncode == 0, second.stdout + second.stderr
    old, new = night.folders(SERVER)
    assert new.name == f"{old.name}_2"
    assert names(night.site.folder) == [old.name, new.name]
    assert names(night.site.folder / new.name) == ["EXPDAT.DMP", "exp.log"]
    assert names(on_server) == ["master.dmp", "master.log"]
    assert night.verify_journal().returncode == 0


def test_exit_code_0_with_an_error_in_the_log_is_no_backup(night: ScriptNight) -> None:
    night.site.write_script("expdp dumpfile=master.dmp logfile=master.log fault=ora", "echo selesai")
    done = night.run()
    assert done.returncode == 2, done.stdout + done.stderr
    assert night.folders(SERVER) == []
    end = night.steps(SERVER)[2]
    assert (end["status"], end["facts"]["code"]) == ("failed", "SIAK-210")
    assert "ORA-31693" in end["reason"]
    assert names(night.site.folder) == ["master.dmp", "master.log"], "for the DBA"


def test_a_script_that_hangs_is_gone_after_its_limit(night: ScriptNight) -> None:
    night.site.write_script("expdp dumpfile=m.dmp logfile=m.log fault=hang &", "wait")
    done = night.run(siak_script=night.site.options(time_limit_s=4))
    assert done.returncode == 2, done.stdout + done.stderr
    assert night.steps(SERVER)[2]["facts"]["code"] == "SIAK-211"
    assert night.site.processes(night.runs()[0]) == []
    # the next night is not in its way
    night.site.write_script("expdp dumpfile=m.dmp logfile=m.log")
    again = night.run()
    assert again.returncode == 0, again.stdout + again.stderr
    night.assert_whole(night.folders(SERVER)[0])


def test_a_night_killed_in_step_2_is_finished_by_the_next(night: ScriptNight) -> None:
    night.site.write_script("echo x >>calls.txt", "sleep 12", "expdp dumpfile=master.dmp logfile=master.log")
    calls = night.site.folder / "calls.txt"
    with night.start() as killed:
        night.wait_for(calls.exists, killed)
        os.killpg(killed.pid, signal.SIGKILL)
    night.settle()
    run = night.runs()[0]
    assert night.site.processes(run) != [], "the script goes on without us"
    assert night.site.jobs() == [f"siak-{run}"]
    done = night.run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert calls.read_text() == "x\n", "never a second export"
    facts = night.steps(SERVER, run=night.runs()[1])[2]["facts"]
    assert facts["adopted_run"] == run
    night.assert_whole(night.folders(SERVER)[0])


def test_a_line_that_drops_in_step_2_is_taken_up_again(night: ScriptNight) -> None:
    night.site.write_script("echo x >>calls.txt", "sleep 5", "expdp dumpfile=master.dmp logfile=master.log")
    calls = night.site.folder / "calls.txt"
    with night.start() as run:
        night.wait_for(calls.exists, run)
        for child in Path(f"/proc/{night.ssh.pid}/task/{night.ssh.pid}/children").read_text().split():
            os.kill(int(child), signal.SIGKILL)
        output, _ = run.communicate(timeout=80)
    assert run.returncode == 0, output
    assert calls.read_text() == "x\n"
    assert night.steps(SERVER)[2]["facts"]["reconnects"] >= 1
    night.assert_whole(night.folders(SERVER)[0])


def test_check_mode_and_a_server_that_lacks_everything(night: ScriptNight) -> None:
    look = night.run("--check")
    assert look.returncode == 0, look.stdout + look.stderr
    assert names(night.site.folder) == []
    assert night.site.jobs() == []
    options = night.site.options(path="/nowhere/backup.sh", folder="/nowhere")
    refused = night.run(siak_script=options)
    assert refused.returncode == 2
    facts = night.steps(SERVER)[1]["facts"]
    assert {"script", "server_folder"} <= set(facts["checks_failed"])
    forgotten = night.run(siak_script={})
    assert forgotten.returncode == 2
    assert "missing required arguments: folder, host, path found in script" in night.steps(SERVER)[1]["reason"]
    away = night.run(siak_script=night.site.options(host="siapa-pun.invalid"))
    assert away.returncode == 2
    assert "SIAK-201" in night.steps(SERVER, run=night.runs()[-1])[1]["reason"]
    stranger = night.run(ansible_user="tidak-dikenal")
    assert stranger.returncode == 2
    assert "SIAK-202" in night.steps(SERVER, run=night.runs()[-1])[1]["reason"]


def test_the_doctor_names_the_trap_and_never_the_password(night: ScriptNight) -> None:
    password = "kenari-9f3"
    night.site.write_script(f"expdp siak/{password} dumpfile=master_$SIAK_RUN_ID.dmp logfile=master.log")
    done = night.run("-vvv", playbook="playbooks/doctor.yml", siak_media_digest="blake3")
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    no_warnings(done)
    assert f"Pemeriksaan {SERVER} ({HOST}), " in output
    trap = re.search(
        r"^PERINGATAN +Isi skrip, baris 3 +kata sandi ada pada baris perintah.*\n +-> .*wallet", output, re.MULTILINE
    )
    assert trap, output
    assert re.search(r"^OK +Folder backup di server +folder .* dapat ditulisi", output, re.MULTILINE)
    assert "0 GAGAL" in output
    assert password not in output
    holding = [
        path for path in night.var.parent.rglob("*") if path.is_file() and password.encode() in path.read_bytes()
    ]
    assert holding == [night.site.script]
    assert names(night.site.folder) == []
    assert night.site.jobs() == []
    assert not night.agenda.exists()

    away = night.run(playbook="playbooks/doctor.yml", siak_script=night.site.options(host="siapa-pun.invalid"))
    assert away.returncode == 2, away.stdout + away.stderr
    assert len(re.findall(r"^GAGAL ", away.stdout, re.MULTILINE)) == 1
    assert re.search(
        r"^GAGAL +Sistem operasi server +SIAK-201 .*\n +-> ansible .*siapa-pun.invalid", away.stdout, re.MULTILINE
    )
    assert "GAGAL: server_os" in away.stdout + away.stderr


def test_a_script_is_laid_down_once(night: ScriptNight) -> None:
    path = night.site.root / "baru.sh"
    options = {"siak_script": night.site.options(path=str(path)), "siak_schemas": ["SIAKOFF"]}
    for changed in (1, 0):
        done = night.run(playbook="playbooks/script_install.yml", **options)
        assert done.returncode == 0, done.stdout + done.stderr
        no_warnings(done)
        assert f"changed={changed}" in done.stdout
    assert "SIAKOFF" in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o700
    path.write_text("milik orang lain")
    refused = night.run(playbook="playbooks/script_install.yml", **options)
    assert refused.returncode == 2
    assert "tidak ditimpa" in refused.stdout
    assert path.read_text() == "milik orang lain"
