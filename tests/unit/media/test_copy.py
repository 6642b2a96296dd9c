# SPDX-License-Identifier: GPL-3.0-or-later
"""Step 5: a folder with a final name on a medium is a proven copy."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from pathlib import Path

import pytest
from siak_backup.archive.folder import prove, read_folder
from siak_backup.errors import ReadBackError, VanishedError, WrongMediumError
from siak_backup.media.destination import Patience
from siak_backup.media.direct import CACHE, METHODS
from siak_backup.media.identify import FOLDER
from siak_backup.media.ring import BUFFER_BYTES

from tests.unit.archive.nights import publish_night, tree
from tests.unit.media.desk import Beside, copy_to, names, register, slot_of

NAME = "22nov2026"


@pytest.fixture(autouse=True)
def _both_ways(request, monkeypatch):
    """Run the carriers in processes, as they are, or for tests that ask for `beside` in threads too."""
    if getattr(request, "param", "apart") == "beside":
        monkeypatch.setattr("siak_backup.media.destination.Apart", Beside)
        monkeypatch.setattr("siak_backup.media.apart.Apart", Beside)


both_ways = pytest.mark.parametrize("_both_ways", ["apart", "beside"], indirect=True)


@pytest.fixture
def medium(tmp_path):
    path = tmp_path / "medium"
    register(path)
    return path


@pytest.fixture
def second(tmp_path):
    path = tmp_path / "second"
    register(path, "DISK-02")
    return path


def on_path(action):
    """Return a progress sink that acts once, at the first word."""
    done = []

    def progress(*_):
        if not done:
            done.append(True)
            action()

    return progress


@both_ways
def test_a_copy_is_the_same_tree_and_proves_itself(tmp_path, medium):
    source = publish_night(tmp_path, sizes=(BUFFER_BYTES * 8 + 12345, 4096, 1))
    heard, proven = [], []
    (outcome,) = copy_to(
        source,
        slot_of(medium),
        progress=lambda *told: heard.append(told),
        on_proven=lambda destination, stored, method: proven.append((destination.label, stored.name, method)),
    )
    assert outcome.is_proven
    assert (outcome.label, outcome.folder, outcome.was_there, outcome.resumed) == ("DISK-01", NAME, False, 0)
    assert tree(medium / "sukamara" / NAME) == tree(source.path)
    assert outcome.rate_bytes_s == pytest.approx(source.total_bytes / outcome.duration_s)
    assert outcome.method in METHODS
    assert names(medium) == [NAME]
    prove(read_folder(medium / "sukamara" / NAME))
    total = 2 * source.total_bytes
    assert {(phase, of) for phase, _, of in heard} <= {("salin ke DISK-01", total)}
    assert [done for _, done, _ in heard] == sorted(done for _, done, _ in heard)
    assert max(done for _, done, _ in heard) > 0.9 * total
    assert {name for _, name, _ in proven} == {"master_01.dmp", "master_02.dmp", "master_03.dmp", "export.log"}
    assert {label for label, *_ in proven} == {"DISK-01"}


def test_two_destinations_from_one_read(tmp_path, medium, second):
    source = publish_night(tmp_path, sizes=(BUFFER_BYTES * 7 + 1, 5))
    outcomes = copy_to(source, slot_of(medium), slot_of(second, "DISK-02"))
    assert [outcome.is_proven for outcome in outcomes] == [True, True]
    assert tree(medium / "sukamara") == tree(second / "sukamara")
    assert tree(medium / "sukamara" / NAME) == tree(source.path)


@both_ways
def test_one_bad_medium_never_spoils_the_other(tmp_path, medium, second):
    source = publish_night(tmp_path, sizes=(BUFFER_BYTES * 7,))
    (second / "SIAK-MEDIUM.json").unlink()
    good, bad = copy_to(source, slot_of(medium), slot_of(second, "DISK-02"))
    assert good.is_proven
    assert isinstance(bad.error, WrongMediumError)
    assert not (second / "sukamara").exists()
    assert tree(medium / "sukamara" / NAME) == tree(source.path)


def test_blake3_proves_as_well_and_sums_stay_sha256(tmp_path, medium):
    source = publish_night(tmp_path, sizes=(BUFFER_BYTES * 2 + 7,))
    (outcome,) = copy_to(source, slot_of(medium), digest="blake3")
    assert outcome.is_proven
    assert {one.name: one.sha256 for one in outcome.stored}.items() <= source.sums.items()
    prove(read_folder(medium / "sukamara" / NAME))


@both_ways
def test_again_reads_all_and_changes_nothing(tmp_path, medium):
    source = publish_night(tmp_path)
    copy_to(source, slot_of(medium))
    before = tree(medium)
    (outcome,) = copy_to(source, slot_of(medium))
    assert outcome.is_proven
    assert outcome.was_there
    assert (outcome.folder, outcome.duration_s) == (NAME, 0)
    assert tree(medium) == before


@both_ways
@pytest.mark.parametrize("damage", ["flip", "cut", "gone", "no sums"])
def test_a_damaged_copy_is_left_alone_and_made_anew_beside_it(tmp_path, medium, damage):
    source = publish_night(tmp_path)
    copy_to(source, slot_of(medium))
    victim = medium / "sukamara" / NAME / ("SHA256SUMS" if damage == "no sums" else "master.dmp")
    content = bytearray(victim.read_bytes())
    if damage == "flip":
        content[500] ^= 1
        victim.write_bytes(content)
    elif damage == "cut":
        victim.write_bytes(content[:500])
    else:
        victim.unlink()
    before = tree(medium)
    assert copy_to(source, slot_of(medium))[0].folder == f"{NAME}_2"
    assert {name: data for name, data in tree(medium).items() if f"{NAME}/" in name or "SIAK" in name} == before
    assert copy_to(source, slot_of(medium))[0].folder == f"{NAME}_2"


@both_ways
def test_another_night_of_that_name_is_never_touched(tmp_path, medium):
    other = publish_night(tmp_path / "other", "run-9")
    copy_to(other, slot_of(medium))
    (medium / "sukamara" / f"{NAME}_2").mkdir()
    (medium / "sukamara" / f"{NAME}_3".upper()).write_text("berkas")
    before = tree(medium)
    (outcome,) = copy_to(publish_night(tmp_path), slot_of(medium))
    assert outcome.folder == f"{NAME}_4"
    assert {name: data for name, data in tree(medium).items() if name in before} == before


@both_ways
def test_a_name_taken_while_copying_leads_to_the_next(tmp_path, medium):
    source = publish_night(tmp_path, sizes=(BUFFER_BYTES * 8,))
    take = on_path((medium / "sukamara" / NAME).mkdir)
    assert copy_to(source, slot_of(medium), progress=take)[0].folder == f"{NAME}_2"


def test_a_copy_is_for_the_backups_account_alone(tmp_path, medium):
    copy_to(publish_night(tmp_path), slot_of(medium))
    folder = medium / "sukamara" / NAME
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in (folder, folder.parent)} == {0o700}


@both_ways
def test_a_link_back_to_the_archive_is_no_copy(tmp_path, medium):
    source = publish_night(tmp_path)
    (medium / "sukamara").mkdir()
    (medium / "sukamara" / NAME).symlink_to(source.path)
    assert copy_to(source, slot_of(medium))[0].folder == f"{NAME}_2"


@both_ways
def test_a_servers_folder_that_leads_off_the_medium_is_refused(tmp_path, medium):
    source = publish_night(tmp_path)
    (medium / "sukamara").symlink_to(source.path.parent)
    (outcome,) = copy_to(source, slot_of(medium))
    assert "tautan" in str(outcome.error)


@both_ways
def test_an_interrupted_copy_is_continued_at_its_last_whole_file(tmp_path, medium):
    source = publish_night(tmp_path, sizes=(300_000, 200_000, 100_000))
    part = medium / "sukamara" / f".part-{NAME}"
    part.mkdir(parents=True)
    (part / "master_01.dmp").write_bytes((source.path / "master_01.dmp").read_bytes())
    (part / "master_02.dmp").write_bytes((source.path / "master_02.dmp").read_bytes()[:-1])
    (part / "master_03.dmp.part").write_bytes((source.path / "master_03.dmp").read_bytes())
    (part / "manifest.json").write_bytes((source.path / "manifest.json").read_bytes())
    (part / "link").symlink_to(source.path / "master_03.dmp")
    (part / "folder").mkdir()
    inode = (part / "master_01.dmp").stat().st_ino
    proven = []
    (outcome,) = copy_to(source, slot_of(medium), on_proven=lambda _, stored, __: proven.append(stored.name))
    assert outcome.is_proven
    assert outcome.resumed == 1
    assert proven == ["export.log", "master_02.dmp", "master_03.dmp"]
    assert (medium / "sukamara" / NAME / "master_01.dmp").stat().st_ino == inode
    assert tree(medium / "sukamara" / NAME) == tree(source.path)
    assert names(medium) == [NAME]


@both_ways
def test_what_is_left_of_nights_that_the_archive_lost_is_swept(tmp_path, medium):
    publish_night(tmp_path, "run-0", base="21nov2026")
    source = publish_night(tmp_path)
    for name in (".part-20nov2026", ".part-21nov2026"):
        (medium / "sukamara" / name).mkdir(parents=True)
    (medium / "lamandau" / ".part-x").mkdir(parents=True)
    (medium / "sukamara" / ".part-file").write_bytes(b"x")
    (medium / "sukamara" / ".part-link").symlink_to(tmp_path)
    copy_to(source, slot_of(medium))
    assert names(medium) == [".part-21nov2026", NAME]
    assert (medium / "lamandau" / ".part-x").is_dir()


@both_ways
def test_a_source_that_is_not_what_its_sums_say_is_never_published(tmp_path, medium, second):
    source = publish_night(tmp_path)
    (source.path / "master.dmp").write_bytes(b"another")
    with pytest.raises(VanishedError, match="berubah"):
        copy_to(source, slot_of(medium), slot_of(second, "DISK-02"))
    (source.path / "master.dmp").unlink()
    with pytest.raises(VanishedError, match=r"master\.dmp"):
        copy_to(source, slot_of(medium))
    assert names(medium) == names(second) == [f".part-{NAME}"]


def test_a_source_that_changes_while_it_is_copied(tmp_path, medium):
    source = publish_night(tmp_path, sizes=(BUFFER_BYTES * 16,))

    def change():
        with (source.path / "master.dmp").open("r+b") as file:
            file.seek(-1, os.SEEK_END)
            file.write(b"\0" if file.peek(1) != b"\0" else b"\1")

    with pytest.raises(VanishedError, match="berubah"):
        copy_to(source, slot_of(medium), progress=on_path(change))
    assert names(medium) == [f".part-{NAME}"]


def test_a_manifest_that_changes_after_it_was_read(tmp_path, medium):
    source = publish_night(tmp_path)
    with (source.path / "manifest.json").open("a") as file:
        file.write(" ")
    with pytest.raises(VanishedError, match="manifest"):
        copy_to(source, slot_of(medium))
    assert names(medium) == [f".part-{NAME}"]


@both_ways
def test_two_copies_of_one_server_at_once(tmp_path, medium):
    source = publish_night(tmp_path, sizes=(BUFFER_BYTES * 8,))
    seconds = []

    def another():
        seconds.append(copy_to(source, slot_of(medium)))

    (first,) = copy_to(source, slot_of(medium), progress=on_path(another))
    assert first.is_proven
    assert "proses lain" in str(seconds[0][0].error)
    assert names(medium) == [NAME]


@both_ways
def test_a_medium_that_is_too_small_is_told_before(tmp_path, medium):
    source = publish_night(tmp_path)
    (outcome,) = copy_to(source, slot_of(medium, min_free_bytes=10**18))
    assert "media penuh, perlu" in str(outcome.error)
    assert names(medium) == [f".part-{NAME}"]


def flip_when_renamed(medium, name, stop):
    """Flip one bit of a file on the medium as soon as it bears its final name: before it is read back, or during."""
    path = medium / "sukamara" / f".part-{NAME}" / name
    while not stop.is_set():
        if path.exists():
            with path.open("r+b") as file:
                file.seek(-1, os.SEEK_END)
                (last,) = file.read(1)
                file.seek(-1, os.SEEK_END)
                file.write(bytes([last ^ 0x10]))
                os.fsync(file.fileno())
            return


def test_a_bit_that_the_medium_changed_is_found(tmp_path, medium):
    source = publish_night(tmp_path, sizes=(BUFFER_BYTES * 30,))
    stop = threading.Event()
    flipper = os.fork()
    if flipper == 0:
        flip_when_renamed(medium, "master.dmp", stop)
        os._exit(0)
    (outcome,) = copy_to(source, slot_of(medium))
    os.waitpid(flipper, 0)
    assert isinstance(outcome.error, ReadBackError)
    assert "DISK-01" in outcome.error.where
    assert "master.dmp" in outcome.error.where
    assert names(medium) == [f".part-{NAME}"]
    (again,) = copy_to(source, slot_of(medium))
    assert (again.is_proven, again.resumed) == (True, 1)
    assert tree(medium / "sukamara" / NAME) == tree(source.path)


@both_ways
def test_what_was_read_from_memory_proves_nothing(tmp_path, medium, monkeypatch):
    """A file system without direct I/O that keeps its pages, as tmpfs does."""
    monkeypatch.setattr("siak_backup.media.direct._takes_direct_reads", lambda _: False)
    monkeypatch.setattr("siak_backup.media.direct._resident", lambda _: True)
    monkeypatch.setattr("siak_backup.media.identify._mounted", lambda *_: FOLDER)
    monkeypatch.setattr("siak_backup.media.identify.demand_uuid", lambda *_: None)
    source = publish_night(tmp_path)
    (outcome,) = copy_to(source, slot_of(medium, mount_required=True))
    assert "belum terbukti" in str(outcome.error)
    (outcome,) = copy_to(source, slot_of(medium))
    assert outcome.is_proven
    assert outcome.method == CACHE


def test_a_carrier_that_dies_is_given_up(tmp_path, medium, second):
    source = publish_night(tmp_path, sizes=(BUFFER_BYTES * 30,))
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    before = set(children.read_text().split())

    def kill():
        os.kill(int(min(set(children.read_text().split()) - before, key=int)), signal.SIGKILL)

    first, other = copy_to(source, slot_of(medium), slot_of(second, "DISK-02"), progress=on_path(kill))
    assert "berhenti sendiri" in str(first.error)
    assert other.is_proven


def test_a_silent_medium_is_told_of_and_given_up(tmp_path, medium, second):
    source = publish_night(tmp_path, sizes=(BUFFER_BYTES * 30,))
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    before = set(children.read_text().split())
    heard = []

    def stop():
        os.kill(int(min(set(children.read_text().split()) - before, key=int)), signal.SIGSTOP)

    stopping = on_path(stop)

    def progress(phase, *_):
        heard.append(phase)
        stopping()

    began = time.monotonic()
    patience = Patience(notice_s=0.2, limit_s=5.0)
    slots = (slot_of(medium), slot_of(second, "DISK-02"))
    first, other = copy_to(source, *slots, progress=progress, patience=patience)
    assert 5 <= time.monotonic() - began < 60
    assert "tidak merespons selama 5,0 detik" in str(first.error)
    assert first.error.code == "SIAK-503"
    assert any("media DISK-01 diam" in phase for phase in heard)
    assert other.is_proven


def test_killed_at_any_moment_nothing_is_half_published(tmp_path, medium):
    source = publish_night(tmp_path, sizes=(24 * 1024 * 1024, 1_000_000))
    earlier = publish_night(tmp_path / "earlier", "run-0", base="21nov2026")
    copy_to(earlier, slot_of(medium))
    before = tree(medium / "sukamara" / "21nov2026")
    began = time.monotonic()
    copy_to(source, slot_of(medium))
    usual_s = time.monotonic() - began
    final = medium / "sukamara" / NAME
    chance = random.Random(620899)
    resumed = 0
    for _ in range(25):
        for path in final.iterdir() if final.exists() else ():
            path.unlink()
        if final.exists():
            final.rmdir()
        child = os.fork()
        if child == 0:
            copy_to(source, slot_of(medium))
            os._exit(0)
        time.sleep(chance.uniform(0, usual_s * 1.1))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        if final.exists():
            prove(read_folder(final))
        deadline = time.monotonic() + 10
        while not (outcome := copy_to(source, slot_of(medium))[0]).is_proven:
            assert "proses lain" in str(outcome.error)  # the killed one's carrier has not seen the end of its pipe yet
            assert time.monotonic() < deadline
        resumed += outcome.resumed
        assert tree(final) == tree(source.path)
        assert tree(medium / "sukamara" / "21nov2026") == before
    assert resumed > 0
