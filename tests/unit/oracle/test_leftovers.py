# SPDX-License-Identifier: GPL-3.0-or-later
"""What earlier nights left on the server: only what the archive holds and proves may go."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass, replace

import pytest
from siak_backup.archive import publish
from siak_backup.archive.folder import DatedFolder
from siak_backup.archive.manifest import FileEntry, Verdict
from siak_backup.archive.staging import staging_dir
from siak_backup.archive.sums import format_sums, parse_sums
from siak_backup.oracle import leftovers, statements
from siak_backup.oracle.leftovers import Cleared, clear
from siak_backup.oracle.names import job_name

from tests.unit.archive.nights import MANIFEST, tree

TONIGHT = "20250131T093000Z-ffffff"


@dataclass(frozen=True)
class Night:
    """A night that is published, and whose pieces are on the server too."""

    folder: DatedFolder
    sources: tuple[str, ...]
    log: str


class Office:
    """An archive and a server's folder."""

    def __init__(self, archive, database):
        self.archive = archive
        self.server_dir = archive / "sukamara"
        self.remote = database.directory_path
        self.directory = database.directory
        self.written = []

    def night(self, day, *, pieces=2, job=None, **changed):
        run = f"202501{day:02}T093000Z-{os.getpid() % 0xFFFFFF:06x}"
        job = job or job_name(run)
        staging = staging_dir(self.archive, "sukamara", run)
        staging.mkdir(parents=True)
        entries = []
        for name in [*(f"{job}_{number:02}.dmp" for number in range(1, pieces + 1)), f"{job}.log"]:
            content = os.urandom(2000)
            (staging / name).write_bytes(content)
            (self.remote / name).write_bytes(content)
            self.written.append(self.remote / name)
            entries.append(FileEntry(name, len(content), hashlib.sha256(content).hexdigest(), name))
        *dump, log = entries
        plan = publish.plan(staging, base=f"{day:02}jan2025", run=run, dump=dump, log=log)
        manifest = replace(MANIFEST, run_id=run, oracle=replace(MANIFEST.oracle, job=job), **changed)
        return Night(publish.apply(plan, manifest), tuple(entry.source for entry in dump), log.source)

    def clear(self, link, keep=0, run_id=TONIGHT):
        return clear(link, self.directory, self.server_dir, keep=keep, run_id=run_id)

    def there(self, *nights):
        return [name for night in nights for name in night.sources if (self.remote / name).exists()]


@pytest.fixture
def office(tmp_path, database):
    made = Office(tmp_path, database)
    yield made
    for path in made.written:
        path.unlink(missing_ok=True)


def test_the_newest_nights_stay_and_older_ones_go(link, office):
    nights = [office.night(day) for day in (1, 2, 3, 4)]
    before = tree(office.archive)
    cleared = office.clear(link, keep=2)
    assert cleared == Cleared(removed=(*nights[0].sources, *nights[1].sources))
    assert office.there(*nights) == [*nights[2].sources, *nights[3].sources]
    assert all((office.remote / night.log).exists() for night in nights)
    assert tree(office.archive) == before
    assert office.clear(link, keep=2) == Cleared()
    assert office.clear(link, keep=9) == Cleared()


def test_this_runs_own_night_stays(link, office):
    night = office.night(5)
    assert office.clear(link, run_id=night.folder.manifest.run_id) == Cleared()
    assert office.there(night) == list(night.sources)


def test_an_archive_without_this_server_clears_nothing(link, office, tmp_path):
    assert clear(link, office.directory, tmp_path / "lain", keep=0, run_id=TONIGHT) == Cleared()


def no_manifest(folder):
    (folder / "manifest.json").unlink()


def no_sums(folder):
    (folder / "SHA256SUMS").unlink()


def broken_manifest(folder):
    (folder / "manifest.json").write_text("{")


def piece_gone(folder):
    (folder / "master_01.dmp").unlink()


def piece_cut(folder):
    os.truncate(folder / "master_01.dmp", 10)


def to_a_link(folder):
    folder.rename(folder.with_name("asli"))
    shutil.move(folder.with_name("asli"), folder.parent.parent / "asli")
    folder.symlink_to(folder.parent.parent / "asli")


def to_hidden(folder):
    folder.rename(folder.with_name(".masuk-x"))


def rewritten(**changed):
    """Change the manifest and the sums with it, as somebody who means to deceive would."""

    def spoil(folder):
        facts = json.loads((folder / "manifest.json").read_text())
        for key, value in changed.items():
            facts[key] = facts[key] | value if isinstance(value, dict) else value
        text = json.dumps(facts)
        (folder / "manifest.json").write_text(text)
        sums = parse_sums((folder / "SHA256SUMS").read_text(), where="")
        sums["manifest.json"] = hashlib.sha256(text.encode()).hexdigest()
        (folder / "SHA256SUMS").write_text(format_sums(sums))

    return spoil


@pytest.mark.parametrize(
    "spoil",
    [
        no_manifest,
        no_sums,
        broken_manifest,
        piece_gone,
        piece_cut,
        to_a_link,
        to_hidden,
        rewritten(server="lamandau"),
        rewritten(run_id="20250101T093000Z-aaaaaa"),
        rewritten(run_id="bukan id run"),
        rewritten(oracle={"job": "SIAK_20250101T093000Z_AAAAAA"}),
        rewritten(verdict={"status": "unknown"}),
    ],
    ids=lambda spoil: spoil.__name__,
)
def test_a_night_that_the_archive_does_not_prove_stays_on_the_server(link, office, spoil):
    night = office.night(6)
    spoil(night.folder.path)
    assert office.clear(link) == Cleared()
    assert office.there(night) == list(night.sources)


def test_an_archive_whose_bytes_changed_keeps_the_servers_pieces(link, office):
    night, other = office.night(7), office.night(8)
    path = night.folder.path / "master_02.dmp"
    path.write_bytes(bytes(reversed(path.read_bytes())))
    cleared = office.clear(link)
    assert [left.name for left in cleared.left] == list(night.sources)
    assert all("master_02.dmp" in left.reason for left in cleared.left)
    assert office.there(night) == list(night.sources)
    assert cleared.removed == other.sources


def test_a_file_that_is_not_the_manifests_is_not_ours_to_remove(link, office):
    night = office.night(9)
    (office.remote / night.sources[0]).write_bytes(b"lain")
    cleared = office.clear(link)
    assert cleared.removed == night.sources[1:]
    assert [(left.name, left.reason) for left in cleared.left] == [
        (night.sources[0], "di server 4 byte, di arsip 2000")
    ]
    assert (office.remote / night.sources[0]).read_bytes() == b"lain"


@pytest.mark.parametrize(
    "source", ["EXPDAT.DMP", "{job}.log", "{job}_01.dmp.bak", "../{job}_01.dmp", "{job}_100.dmp", "x{job}_01.dmp"]
)
def test_only_names_of_ours_are_ever_named_to_the_server(link, office, source):
    night = office.night(10, pieces=1)
    name = source.format(job=night.log.removesuffix(".log"))
    foreign = office.remote / name
    if not foreign.exists() and "/" not in name:
        foreign.write_bytes(os.urandom(2000))
        office.written.append(foreign)
    facts = json.loads((night.folder.path / "manifest.json").read_text())
    facts["files"][0]["source"] = name
    rewritten(files=facts["files"])(night.folder.path)
    assert office.clear(link) == Cleared()
    assert foreign.exists() or "/" in name
    assert office.there(night) == list(night.sources)


def test_a_file_the_server_does_not_let_go_is_told(link, office, monkeypatch):
    night = office.night(11)
    refused = f"WHEN :filename = '{night.sources[0]}' THEN RAISE_APPLICATION_ERROR(-20001, 'sedang dipakai');"
    remove = statements.REMOVE_FILE.replace("BEGIN", f"BEGIN\n  CASE {refused} ELSE NULL; END CASE;")
    monkeypatch.setattr(statements, "REMOVE_FILE", remove)
    cleared = office.clear(link)
    assert [left.name for left in cleared.left] == [night.sources[0]]
    assert "menolak" in cleared.left[0].reason
    assert cleared.removed == night.sources[1:]
    assert office.there(night) == [night.sources[0]]


def test_a_server_that_is_gone_fails_no_night(link, office, monkeypatch):
    night = office.night(12)
    monkeypatch.setattr(link, "_connect", lambda: link.session.rows("SELECT 1 FROM dual"))
    link.session.close()
    cleared = office.clear(link)
    assert cleared.removed == ()
    assert [(left.name, "SIAK-201" in left.reason) for left in cleared.left] == [("", True)]
    assert office.there(night) == list(night.sources)


def test_a_line_that_dropped_is_opened_once_more(link, office):
    night = office.night(13)
    link.session.close()
    assert office.clear(link).removed == night.sources
    assert link.reconnects == 1


def test_a_large_backlog_goes_over_several_nights(link, office, monkeypatch):
    monkeypatch.setattr(leftovers, "_MOST_BYTES", 5000)
    nights = [office.night(day, pieces=1) for day in range(14, 19)]
    cleared = office.clear(link)
    assert cleared.removed == (*nights[0].sources, *nights[1].sources)
    assert [left.name for left in cleared.left] == list(nights[2].sources)
    assert "menunggu giliran" in cleared.left[0].reason
    assert office.clear(link).removed == (*nights[2].sources, *nights[3].sources)
    assert office.clear(link).removed == nights[4].sources


def test_a_night_published_twice_counts_once(link, office):
    nights = [office.night(day) for day in (20, 21)]
    shutil.copytree(nights[1].folder.path, office.server_dir / "salinan")
    assert office.clear(link, keep=1).removed == nights[0].sources


def test_a_night_of_another_verdict_was_never_published_by_us(link, office):
    night = office.night(22, verdict=Verdict("truncated", ()))
    assert office.clear(link) == Cleared()
    assert office.there(night) == list(night.sources)
