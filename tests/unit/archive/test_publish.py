# SPDX-License-Identifier: GPL-3.0-or-later
"""Step 4: a dated folder appears whole, by one rename, over nothing."""

from __future__ import annotations

import hashlib
import os
import subprocess
import threading
from dataclasses import replace
from datetime import datetime

import pytest
from siak_backup import runlock
from siak_backup.archive import publish
from siak_backup.archive.manifest import FileEntry
from siak_backup.archive.staging import left_bytes, staging_dir, sweep_staging
from siak_backup.errors import ArchiveError, ConfigError, NoSpaceError, ReadOnlyError, RunLockError, VanishedError

from rehearsal.dumpfile.header import Header, layout_for
from tests.unit.archive.crash import killed_at_every_step
from tests.unit.archive.mounts import on_small_disk
from tests.unit.archive.nights import MANIFEST, TIME, publish_night, stage, tree

RUN = MANIFEST.run_id
NAME = "22nov2026"


def plan_of(staging, dump, log, run=RUN):
    return publish.plan(staging, base=NAME, run=run, dump=dump, log=log)


def test_a_night_is_published_and_proves_itself(tmp_path):
    folder = publish_night(tmp_path)
    assert folder.path == tmp_path / "sukamara" / NAME
    assert sorted(tree(folder.path)) == ["SHA256SUMS", "export.log", "manifest.json", "master.dmp"]
    assert [path.name for path in folder.path.parent.iterdir()] == [NAME]
    assert folder.manifest.folder == NAME
    assert folder.manifest.files[0].source == "SIAK_BACKUP_DIR:siak_1.dmp"
    assert folder.total_bytes == sum(len(content) for content in tree(folder.path).values())
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=folder.path, capture_output=True, check=False
    )
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 3


def test_pieces_keep_the_order_of_the_set(tmp_path):
    folder = publish_night(tmp_path, sizes=(10, 20, 30))
    assert [(entry.name, entry.size_bytes) for entry in folder.manifest.files[:3]] == [
        ("master_01.dmp", 10),
        ("master_02.dmp", 20),
        ("master_03.dmp", 30),
    ]
    assert [(folder.path / f"master_0{n}.dmp").stat().st_size for n in (1, 2, 3)] == [10, 20, 30]


def test_nothing_that_exists_is_replaced(tmp_path):
    server = tmp_path / "sukamara"
    first = publish_night(tmp_path, "run-1")
    (server / f"{NAME}_2").mkdir()
    (server / f"{NAME}_3").write_text("berkas")
    (server / f"{NAME.upper()}_4").mkdir()
    before = tree(server)
    assert publish_night(tmp_path, "run-2").path.name == f"{NAME}_5"
    after = tree(server)
    assert {name: after[name] for name in before} == before
    assert not list((server / f"{NAME}_2").iterdir())
    assert first.manifest.run_id == "run-1"


def test_plan_tells_and_changes_nothing(tmp_path):
    publish_night(tmp_path, "run-1")
    staging, dump, log = stage(tmp_path, "run-2")
    before = tree(tmp_path)
    plan = plan_of(staging, dump, log, "run-2")
    assert plan.folder == f"{NAME}_2"
    before_text, after_text = plan.tree()
    assert before_text == "22nov2026\n"
    assert after_text.split() == [
        "22nov2026",
        "22nov2026_2/SHA256SUMS",
        "22nov2026_2/export.log",
        "22nov2026_2/manifest.json",
        "22nov2026_2/master.dmp",
    ]
    assert tree(tmp_path) == before


def test_plan_of_a_night_that_is_not_collected_yet(tmp_path):
    _, dump, log = stage(tmp_path)
    plan = plan_of(staging_dir(tmp_path / "absent", "sukamara", RUN), dump, log)
    assert plan.folder == NAME
    assert plan.tree()[0] == ""


def test_the_same_run_again_changes_nothing(tmp_path):
    for foreign in (NAME, f"{NAME}_3", "zzz"):
        (tmp_path / "sukamara" / foreign).mkdir(parents=True)
    publish_night(tmp_path, "run-0")
    folder = publish_night(tmp_path)
    assert folder.path.name == f"{NAME}_4"
    entries = [replace(entry, name=f"siak_{n}") for n, entry in enumerate(folder.manifest.files)]
    plan = plan_of(staging_dir(tmp_path, "sukamara", RUN), entries[:1], entries[1])
    assert plan.published == folder
    assert plan.folder == folder.path.name
    assert len(set(plan.tree())) == 1
    assert publish.apply(plan, MANIFEST) == folder
    (folder.path / "master.dmp").write_bytes(b"changed")
    with pytest.raises(VanishedError, match="berubah"):
        publish.apply(plan, MANIFEST)


def damage_gone(path):
    path.unlink()


def damage_changed(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def damage_longer(path):
    path.write_bytes(path.read_bytes() + b"x")


def damage_linked(path):
    path.rename(path.parent.parent / "elsewhere")
    path.symlink_to(path.parent.parent / "elsewhere")


@pytest.mark.parametrize("damage", [damage_gone, damage_changed, damage_longer, damage_linked])
@pytest.mark.parametrize("name", ["siak_2.dmp", "siak.log"])
def test_a_file_that_is_not_what_was_collected_stops_everything(tmp_path, damage, name):
    staging, dump, log = stage(tmp_path, sizes=(1000, 1000))
    plan = plan_of(staging, dump, log)
    damage(staging / name)
    with pytest.raises(ArchiveError) as caught:
        publish.apply(plan, MANIFEST)
    assert name in caught.value.where
    assert not (tmp_path / "sukamara" / NAME).exists()


def test_a_foreign_file_is_never_published(tmp_path):
    staging, dump, log = stage(tmp_path)
    (staging / "siak_9.dmp.part").write_bytes(b"half")
    with pytest.raises(ArchiveError, match=r"siak_9\.dmp\.part"):
        publish.apply(plan_of(staging, dump, log), MANIFEST)


def test_impossible_names_and_lists_are_refused(tmp_path):
    staging, dump, log = stage(tmp_path)
    with pytest.raises(ConfigError, match="nama berkas dump"):
        plan_of(staging, (replace(dump[0], name="../master.dmp"),), log)
    with pytest.raises(ArchiveError, match="langkah 3"):
        plan_of(staging, (replace(dump[0], name=log.name),), log)
    with pytest.raises(ArchiveError, match="langkah 3"):
        plan_of(staging, (), log)
    with pytest.raises(ArchiveError, match="langkah 3"):
        plan_of(staging, (replace(dump[0], name="master_02.dmp"), dump[0]), log)
    for server, run in (("..", "run"), ("sukamara", "../x"), ("", "run"), ("-x", "run")):
        with pytest.raises(ConfigError):
            staging_dir(tmp_path, server, run)


@pytest.mark.parametrize(("instance", "rehearsal"), [("REHEARSAL:siak", True), ("siak", False)])
def test_a_dump_of_the_rehearsal_server_is_told_by_its_header(tmp_path, instance, rehearsal):
    header = Header(
        layout=layout_for((19,)),
        guid=bytes(16),
        file_number=1,
        charset_id=873,
        created=datetime.fromisoformat(TIME),
        job_name='"SIAK_BACKUP"."SIAK_1"',
        platform="Linux x86 64-bit",
        instance=instance,
        charset="AL32UTF8",
        db_version="19.00.00.00.00",
    )
    staging, (_, second), log = stage(tmp_path, sizes=(5000, 5000))
    content = header.pack()
    (staging / "siak_1.dmp").write_bytes(content)
    first = FileEntry("siak_1.dmp", len(content), hashlib.sha256(content).hexdigest(), "siak_1.dmp")
    folder = publish.apply(plan_of(staging, (first, second), log), replace(MANIFEST, rehearsal=False))
    assert folder.manifest.rehearsal is rehearsal


def test_progress_hears_of_every_byte(tmp_path):
    staging, dump, log = stage(tmp_path, sizes=(1000, 2000))
    heard = []
    publish.apply(plan_of(staging, dump, log), MANIFEST, heard.append)
    assert sum(heard) == 3000 + log.size_bytes


def test_nights_published_at_once_each_get_a_folder(tmp_path):
    runs = [f"run-{number}" for number in range(8)]
    plans = [plan_of(*stage(tmp_path, run, (5000,)), run) for run in runs]
    assert {plan.folder for plan in plans} == {NAME}
    folders = []
    start = threading.Barrier(len(runs))

    def race(plan, run):
        start.wait()
        folders.append(publish.apply(plan, replace(MANIFEST, run_id=run)))

    threads = [threading.Thread(target=race, args=pair) for pair in zip(plans, runs, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(folder.path.name for folder in folders) == [NAME, *(f"{NAME}_{n}" for n in range(2, 9))]
    for folder in folders:
        assert folder.manifest.folder == folder.path.name
        manifest = (folder.path / "manifest.json").read_bytes()
        assert folder.sums["manifest.json"] == hashlib.sha256(manifest).hexdigest()


def test_killed_at_every_step_leaves_nothing_half(tmp_path):
    earlier = publish_night(tmp_path, "earlier", base="21nov2026")
    before = tree(earlier.path)
    server = tmp_path / "sukamara"
    kills = 0

    def act(number):
        publish_night(tmp_path, f"run-{number}", (3000, 2000), base=f"night-{number}")

    for number in killed_at_every_step(act):
        kills += 1
        run, night = f"run-{number}", server / f"night-{number}"
        if night.exists():
            publish.prove(publish.read_folder(night))
        again = f"again-{number}"
        runlock.acquire(
            server / runlock.LOCK_NAME, run=again, pid=os.getpid(), clock=lambda: datetime.fromisoformat(TIME)
        )
        assert sweep_staging(server, keep_run=again) in ([], [f".masuk-{run}"])
        runlock.release(server / runlock.LOCK_NAME, run=again)
        expected = f"{night.name}_2" if night.exists() else night.name
        assert publish_night(tmp_path, again, base=night.name).path.name == expected
        assert tree(earlier.path) == before
    assert kills > 40
    assert not [path.name for path in server.iterdir() if path.name.startswith(".")]


def test_killed_at_every_step_and_the_same_run_goes_on(tmp_path):
    staged = {1: stage(tmp_path / "1", "run-1", (3000, 2000))}

    def act(number):
        run = f"run-{number}"
        publish.apply(plan_of(*staged[number], run), replace(MANIFEST, run_id=run))

    for number in killed_at_every_step(act):
        act(number)
        (folder,) = (tmp_path / str(number) / "sukamara").iterdir()
        publish.prove(publish.read_folder(folder))
        staged[number + 1] = stage(tmp_path / str(number + 1), f"run-{number + 1}", (3000, 2000))
    assert len(staged) > 40


def test_sweep_takes_only_what_other_runs_left(tmp_path):
    folder = publish_night(tmp_path, "run-0")
    server = folder.path.parent
    before = tree(folder.path)
    for run in ("run-1", "run-2", "run-3"):
        stage(tmp_path, run)
    (server / ".masuk-file").write_text("not a folder")
    (tmp_path / "outside").mkdir()
    (server / ".masuk-link").symlink_to(tmp_path / "outside")
    lock = server / runlock.LOCK_NAME
    with pytest.raises(RunLockError):
        sweep_staging(server, keep_run="run-3")
    runlock.acquire(lock, run="run-3", pid=os.getpid(), clock=lambda: datetime.fromisoformat(TIME))
    with pytest.raises(RunLockError):
        sweep_staging(server, keep_run="run-2")
    assert left_bytes(server, keep_run="run-3") > 200_000
    assert sweep_staging(server, keep_run="run-3") == [".masuk-run-1", ".masuk-run-2"]
    assert left_bytes(server, keep_run="run-3") == 0
    assert (server / ".masuk-run-3").is_dir()
    assert (tmp_path / "outside").is_dir()
    assert tree(folder.path) == before
    assert sweep_staging(tmp_path / "absent", keep_run="run-3") == []


@on_small_disk(size_kib=256)
def test_full_disk_publishes_nothing_and_room_lets_it_go_on(tmp_path, disk):
    staging, dump, log = stage(disk.path, sizes=(100_000,))
    filler = disk.fill()
    with pytest.raises(NoSpaceError) as caught:
        publish.apply(plan_of(staging, dump, log), MANIFEST)
    assert str(disk.path) in caught.value.where
    assert [path.name for path in (disk.path / "sukamara").iterdir()] == [staging.name]
    filler.unlink()
    assert publish.apply(plan_of(staging, dump, log), MANIFEST).path.name == NAME


@on_small_disk(size_kib=1024)
def test_read_only_archive_publishes_nothing(tmp_path, disk):
    staging, dump, log = stage(disk.path)
    disk.remount("ro")
    with pytest.raises(ReadOnlyError):
        publish.apply(plan_of(staging, dump, log), MANIFEST)
    assert [path.name for path in (disk.path / "sukamara").iterdir()] == [staging.name]
