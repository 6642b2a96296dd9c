# SPDX-License-Identifier: GPL-3.0-or-later
"""Laporan Data Backup Database, the output of the SOP's last step: what its one page says of a server and run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..agenda.facts import Outcome, outcome, output
from ..agenda.grid import cut, printable
from ..agenda.judge import PROVEN, judge_server
from ..agenda.realisasi import result, time_told, troubles, zone_of
from ..archive.sums import format_sums
from ..calendar import clock_time, day_date, long_date, number, size
from .paper import Signature, rehearsal_mark, signatures, span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from ..agenda.facts import CopyFact, FileFact
    from ..agenda.judge import Judgement
    from ..agenda.ledger import RunState, ServerState
    from ..agenda.notes import Note, Paraf
    from ..calendar import Zone
    from ..sop import Sop
    from .office import Letterhead

TITLE = "LAPORAN DATA BACKUP DATABASE"

#: One page holds so much. Whole texts are in the agenda's entry, and a page that sends its reader there says so.
_MAX_REASON = 110
_MAX_TROUBLE = 420
_MAX_TROUBLES = 7
_MAX_PLACE = 160
_MAX_FILES = 12
_SHOWN_OF_MANY = 8
_MAX_COUNTS = 10
_MAX_COPIES = 4
_ELSEWHERE = "selengkapnya di entri agenda"


@dataclass(frozen=True)
class StepRow:
    """One line of the SOP beside what happened."""

    no: str
    kegiatan: str
    mutu_baku: str
    realisasi: str
    output: str
    verdict: str
    reason: str


@dataclass(frozen=True)
class FileRow:
    """One file of the backup; `size` is for people and exact."""

    name: str
    size: str
    sha256: str
    media: str


@dataclass(frozen=True)
class Laporan:
    """One page. Pairs are (word, text); `mark` is empty unless it was a rehearsal.

    `no_files` says why there are no `files`. `follow_up` is empty where nobody has written what was done: the page
    leaves lines for it. `head` is the SHA-256 of the journal's last line, in hex, so that the paper bears witness to
    the chain.
    """

    title: str
    nomor: str
    mark: str
    identity: tuple[tuple[str, str], ...]
    steps: tuple[StepRow, ...]
    files: tuple[FileRow, ...]
    more_files: str
    no_files: str
    proofs: tuple[tuple[str, str], ...]
    troubles: tuple[str, ...]
    follow_up: tuple[str, ...]
    parafs: tuple[str, ...]
    signatures: tuple[Signature, ...]
    head: str
    signature: str


@dataclass(frozen=True)
class Seal:
    """What ties a page to the journal: `head`, SHA-256 in hex, and the text of a signature over it, if any."""

    head: str
    signature: str = ""


def laporan(
    sop: Sop,
    run: RunState,
    server: ServerState,
    letterhead: Letterhead,
    *,
    seal: Seal | None = None,
    urut: int | None = None,
    notes: Iterable[Note] = (),
    parafs: Iterable[Paraf] = (),
) -> Laporan:
    """Return what the page says. Only notes on this run and parafs that cover it are taken.

    `seal` is the run's own head if None. `urut` is the running number, None to leave it to the pen.
    """
    own = sop.of_steps(run.steps)
    zone = zone_of(server)
    judgements = judge_server(own, server)
    told = outcome(own, server)
    hasil = result(server, judgements)
    # A server that was never reached has no step to blame; its page may not say that there was no trouble.
    wrong = troubles(server, judgements) or (() if hasil == "berhasil" else (f"Hasil: {hasil}",))
    # A copy that follows is a run of its own; its dump was judged by the night that made it.
    makes = own.step_of_role("collect") is not None
    day = zone.local(run.began_at).date()
    about = notes_on(run, server, notes)
    sealed = seal or Seal(run.head)
    return Laporan(
        title=TITLE,
        nomor=letterhead.number(urut, day),
        mark=rehearsal_mark(rehearsal=told.rehearsal),
        identity=_identity(own, run, server, hasil),
        steps=tuple(_step(each, zone) for each in judgements),
        files=_files(told),
        more_files=_more_files(told.files),
        no_files="Tidak ada file yang tercatat." if makes else "Run ini tidak membuat file backup baru.",
        proofs=(*(_dump_proofs(told) if makes else ()), *_copies(told, letterhead)),
        troubles=_listed(
            [
                *wrong,
                *(f"Media: {sentence}" for sentence in told.advice),
                *_swings(told, about, zone),
                *(_noted(note, note.kendala, zone) for note in about if note.kendala),
            ]
        ),
        follow_up=_listed([_noted(note, note.tindak_lanjut, zone) for note in about if note.tindak_lanjut]),
        parafs=tuple(_paraf(paraf, zone) for paraf in parafs_on(run, server, parafs)),
        signatures=signatures(letterhead, day),
        head=cut(printable(sealed.head), 64),
        signature=cut(printable(sealed.signature), 400),
    )


def recorded_at(run: RunState, server: ServerState) -> datetime:
    """Return when the last line about a server's part of a run was written."""
    ends = (step.ended_at for step in server.steps.values() if step.ended_at is not None)
    return run.ended_at or max(ends, default=run.began_at)


def notes_on(run: RunState, server: ServerState, notes: Iterable[Note]) -> list[Note]:
    """Return the notes that are on a server's part of a run."""
    return [note for note in notes if note.target == run.id and note.server in ("", server.name)]


def parafs_on(run: RunState, server: ServerState, parafs: Iterable[Paraf]) -> list[Paraf]:
    """Return the parafs that cover a server's part of a run."""
    day = zone_of(server).local(run.began_at).date()
    return [paraf for paraf in parafs if paraf.covers(day, recorded_at(run, server))]


def _identity(sop: Sop, run: RunState, server: ServerState, told: str) -> tuple[tuple[str, str], ...]:
    zone = zone_of(server)
    began = min((step.began_at for step in server.steps.values()), default=run.began_at)
    ends = [step.ended_at for step in server.steps.values() if step.ended_at is not None]
    parts = f" (langkah {', '.join(str(step.number) for step in sop.steps)} saja)" if run.steps else ""
    return (
        ("Hari, tanggal", day_date(zone.local(run.began_at).date())),
        ("Waktu mulai-selesai", span(began, max(ends, default=None), zone)),
        ("Kantor", cut(printable(server.office), _MAX_PLACE) or "-"),
        ("Server", server.name),
        ("Dasar", f"{sop.nama}, Nomor {sop.nomor}, efektif {long_date(sop.efektif)}{parts}"),
        ("Nomor run", f"{run.id}, node kendali {cut(printable(run.node), 60) or '-'}"),
        ("Hasil", told),
    )


def _step(judgement: Judgement, zone: Zone) -> StepRow:
    step, state = judgement.step, judgement.state
    made = output(state.facts) if state is not None else None
    shown = f"{number(made[0])} file, {size(made[1])}" if made else "-"
    if state is not None and not made and state.facts.get("entry"):
        shown = "agenda tertulis"
    reason = printable("; ".join(judgement.reasons))
    return StepRow(
        str(step.number),
        step.kegiatan,
        step.mutu_baku,
        time_told(judgement, zone),
        shown,
        judgement.verdict,
        reason if len(reason) <= _MAX_REASON else "lihat Kendala",
    )


def _files(told: Outcome) -> tuple[FileRow, ...]:
    media = ", ".join(dict.fromkeys(printable(copy.label) or "-" for copy in told.copies[:_MAX_COPIES])) or "-"
    return tuple(
        FileRow(
            cut(printable(file.name), 60),
            f"{size(file.size_bytes)} ({number(file.size_bytes)} B)",
            printable(file.sha256)[:64] or "-",
            cut(media, 80),
        )
        for file in _sorted(told.files)[: _shown(told.files)]
    )


def _more_files(files: Sequence[FileFact]) -> str:
    """Return the figures of the files that have no line of their own; empty if all have one.

    Their hash is over their lines of SHA256SUMS, which are its last ones: anybody can make it again.
    """
    rest = _sorted(files)[_shown(files) :]
    if not rest:
        return ""
    figures = f"{number(len(rest))} file lain, jumlah {size(sum(file.size_bytes for file in rest))}"
    if not all(file.sha256 for file in rest):
        return f"{figures}; {_ELSEWHERE}"
    combined = hashlib.sha256(format_sums({file.name: file.sha256 for file in rest}).encode()).hexdigest()
    return f"{figures}; nilai hash gabungan (tail -n {len(rest)} SHA256SUMS | sha256sum): {combined}"


def _sorted(files: Sequence[FileFact]) -> list[FileFact]:
    return sorted(files, key=lambda file: file.name)


def _shown(files: Sequence[FileFact]) -> int:
    return len(files) if len(files) <= _MAX_FILES else _SHOWN_OF_MANY


def _dump_proofs(told: Outcome) -> tuple[tuple[str, str], ...]:
    if told.verdict == PROVEN:
        choice = cut(printable(told.choice), _MAX_PLACE)
        verdict = f"lengkap menurut pilihan kantor ({choice}), terbukti" if choice else "lengkap, terbukti"
    else:
        verdict = f"belum terbukti ({cut(printable(told.verdict), 40)})" if told.verdict else "belum terbukti"
    counts = [
        f"{cut(printable(count.table), 60)} {number(count.rows_in_export)} / {number(count.rows_in_database)}"
        for count in told.counts[:_MAX_COUNTS]
    ]
    if len(told.counts) > _MAX_COUNTS:
        counts.append(f"{len(told.counts) - _MAX_COUNTS} tabel lain, {_ELSEWHERE}")
    if told.compared:
        counts.append(cut(printable(told.compared), _MAX_PLACE))
    return (
        ("Dump", verdict),
        ("Baris di dump / database", "; ".join(counts) or "tidak dihitung"),
        ("Arsip", cut(printable(told.archive_path), _MAX_PLACE) or "-"),
    )


def _copies(told: Outcome, letterhead: Letterhead) -> tuple[tuple[str, str], ...]:
    copies = (*told.copies, *told.caught_up)
    if not copies:
        return (("Media", "tidak ada kopian yang terbukti"),)
    rows = [("Media", _copy(copy, letterhead)) for copy in copies[:_MAX_COPIES]]
    if len(copies) > _MAX_COPIES:
        rows.append(("Media", f"{number(len(copies) - _MAX_COPIES)} kopian lain, {_ELSEWHERE}"))
    return tuple(rows)


def _copy(copy: CopyFact, letterhead: Letterhead) -> str:
    serial = f" (seri {cut(printable(copy.serial), 40)})" if copy.serial else ""
    of_night = f", kopian malam {cut(printable(copy.night), 40)}" if copy.night else ""
    place = letterhead.place_of(copy.label)
    kept = f", disimpan di {place}" if place else ""
    told = f"{cut(printable(copy.label), 80) or '-'}{serial}{of_night}: {cut(printable(copy.path), _MAX_PLACE)}"
    return f"{told}, dibaca ulang ({cut(printable(copy.read_back), 20)}) dan sama{kept}"


def _listed(sentences: Sequence[str]) -> tuple[str, ...]:
    """Return as many sentences as the page holds, long ones cut, with the number of those left out."""
    shown = [printable(sentence) for sentence in sentences[:_MAX_TROUBLES]]
    cut_short = [each if len(each) <= _MAX_TROUBLE else f"{cut(each, _MAX_TROUBLE)} ({_ELSEWHERE})" for each in shown]
    left = len(sentences) - len(shown)
    return (*cut_short, f"{left} lagi, {_ELSEWHERE}") if left else tuple(cut_short)


def _swings(told: Outcome, notes: Iterable[Note], zone: Zone) -> list[str]:
    """Return what changed beyond the band, and who accepted it why, or that nobody has."""
    if not told.swings:
        return []
    changes = "; ".join(swing.told for swing in told.swings)
    accepted = [_noted(note, note.perubahan, zone) for note in notes if note.perubahan]
    if not accepted:
        return [f"Perubahan besar BELUM DITERIMA: {changes}"]
    return [f"Perubahan besar: {changes}", *(f"Perubahan diterima: {each}" for each in accepted)]


def _noted(note: Note, text: str, zone: Zone) -> str:
    local = zone.local(note.at)
    when = f"{long_date(local.date())} {clock_time(note.at, zone)}"
    # The text is what may be cut, not who wrote it.
    return f"{cut(printable(text), _MAX_TROUBLE - 160)} (dicatat {cut(printable(note.name), 80)}, {when})"


def _paraf(paraf: Paraf, zone: Zone) -> str:
    when = f"{long_date(zone.local(paraf.at).date())} {clock_time(paraf.at, zone)}"
    remark = f", catatan: {cut(printable(paraf.remark), 120)}" if paraf.remark else ""
    return f"{cut(printable(paraf.office), 60)}: {cut(printable(paraf.name), 80)}, {when}{remark}"
