# SPDX-License-Identifier: GPL-3.0-or-later
"""The readable agenda entry: one text file a server and run, made from the journal and from nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..calendar import clock_time, day_date, number, size
from .facts import Outcome, outcome
from .grid import grid, paragraph, printable
from .judge import PROVEN, Judgement, judge_server
from .realisasi import realisasi, result, troubles, zone_of

if TYPE_CHECKING:
    from pathlib import Path

    from ..calendar import Zone
    from ..sop import Sop
    from .ledger import RunState, ServerState

_WIDTH = 132

REHEARSAL_MARK = "*** GLADI / REHEARSAL: BUKAN BACKUP DATABASE KEPENDUDUKAN YANG SEBENARNYA ***"

#: In a narrow column a longer note would hide the table; it is told in full below.
_LONGEST_NOTE = 120

#: Key tables are few; a list that grows would hide the verdict.
_MAX_COUNTS = 10

_WHOLE = "dump lengkap, terbukti"


def entry_path(agenda_dir: Path, run: RunState, server: ServerState) -> Path:
    """Return where an entry lies; the folder's date is that on which the run began, in the server's zone."""
    day = zone_of(server).local(run.began_at).date()
    return agenda_dir / "entri" / day.isoformat() / f"{run.id}-{server.name}.txt"


def render(sop: Sop, run: RunState, server: ServerState) -> str:
    """Return the entry of one server. The same journal gives the same text."""
    sop = sop.of_steps(run.steps)
    judgements = judge_server(sop, server)
    told = outcome(sop, server)
    blocks = [
        _heading(sop, told),
        _summary(sop, run, server, judgements),
        _steps(judgements, zone_of(server)),
        # A run that only copied judged no dump, and has no files of its own.
        *([_files(told), _places(told)] if sop.step_of_role("collect") else []),
        _caught_up(told),
        _advice(told),
        _swings(run, told),
        _troubles(server, judgements),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _heading(sop: Sop, told: Outcome) -> list[str]:
    heading = ["AGENDA KEGIATAN HARIAN", *sop.instansi, f"{sop.nama}, Nomor {sop.nomor}"]
    return [*heading, REHEARSAL_MARK] if told.rehearsal else heading


def _summary(sop: Sop, run: RunState, server: ServerState, judgements: tuple[Judgement, ...]) -> list[str]:
    zone = zone_of(server)
    began = min((step.began_at for step in server.steps.values()), default=run.began_at)
    ends = [step.ended_at for step in server.steps.values() if step.ended_at is not None]
    until = clock_time(max(ends), zone) if ends else "-"
    pelaksana = dict.fromkeys(name for step in sop.steps for name in step.pelaksana)
    return _pairs(
        {
            "Kantor": server.office or "-",
            "Server": server.name,
            "Hari, tanggal": day_date(zone.local(began).date()),
            "Waktu mulai-selesai": f"{clock_time(began, zone).removesuffix(zone.name).strip()} - {until}",
            "Pelaksana": ", ".join(pelaksana),
            "Hasil": result(server, judgements),
            "Nomor run": run.id,
        }
    )


def _steps(judgements: tuple[Judgement, ...], zone: Zone) -> list[str]:
    rows = [
        (
            str(each.step.number),
            each.step.kegiatan,
            each.step.mutu_baku,
            realisasi(each, zone),
            each.verdict,
            _note(each),
        )
        for each in judgements
    ]
    return grid(("No", "Kegiatan", "Mutu baku", "Realisasi", "Sesuai", "Keterangan"), rows, width=_WIDTH)


def _note(judgement: Judgement) -> str:
    note = "; ".join(judgement.reasons) or "-"
    return note if len(note) <= _LONGEST_NOTE else "lihat Kendala"


def _files(told: Outcome) -> list[str]:
    if not told.files:
        return ["Berkas: tidak ada yang tercatat"]
    rows = [(file.name, f"{number(file.size_bytes)} B", size(file.size_bytes), file.sha256) for file in told.files]
    return grid(("Berkas", "Ukuran", "", "SHA-256"), rows, width=_WIDTH)


def _places(told: Outcome) -> list[str]:
    return _pairs(
        {
            "Arsip": told.archive_path or "-",
            **({"Folder di server": told.server_folder} if told.server_folder else {}),
            "Media": ", ".join(copy.label for copy in told.copies) or "-",
            "Lokasi di media": ", ".join(copy.path for copy in told.copies) or "-",
            "Hasil verifikasi": "; ".join(_proofs(told)),
        }
    )


def _proofs(told: Outcome) -> list[str]:
    if told.verdict == PROVEN:
        proofs = [f"dump lengkap menurut pilihan kantor ({told.choice}), terbukti" if told.choice else _WHOLE]
    else:
        proofs = [f"belum terbukti ({told.verdict})" if told.verdict else "belum terbukti"]
    proofs += [
        f"{count.table} {number(count.rows_in_export)} dari {number(count.rows_in_database)} baris"
        for count in told.counts[:_MAX_COUNTS]
    ]
    proofs += [told.compared] if told.compared else []
    if told.copies:
        proofs.append("kopian di media dibaca ulang dan sama")
    return proofs


def _caught_up(told: Outcome) -> list[str]:
    rows = [(copy.night, copy.label, copy.path) for copy in told.caught_up]
    return ["Kopian malam lain:", *grid(("Malam", "Media", "Lokasi di media"), rows, width=_WIDTH)] if rows else []


def _advice(told: Outcome) -> list[str]:
    lines = (paragraph(f"- {sentence}", width=_WIDTH, indent="  ") for sentence in told.advice)
    return ["Perhatian media:", *(line for each in lines for line in each)] if told.advice else []


def _swings(run: RunState, told: Outcome) -> list[str]:
    if not told.swings:
        return []
    head = "Perubahan besar yang harus diterima dengan nama dan alasan:"
    lines = [paragraph(f"- {swing.told}", width=_WIDTH, indent="  ") for swing in told.swings]
    how = f"  ansible-playbook playbooks/kendala.yml -e run={run.id} -e \"nama='...'\" -e \"perubahan='...'\""
    return [head, *(line for each in lines for line in each), how]


def _troubles(server: ServerState, judgements: tuple[Judgement, ...]) -> list[str]:
    told = troubles(server, judgements)
    if not told:
        return ["Kendala: tidak ada"]
    return ["Kendala:", *(line for trouble in told for line in paragraph(f"- {trouble}", width=_WIDTH, indent="  "))]


def _pairs(values: dict[str, str]) -> list[str]:
    width = max(map(len, values))
    return [f"{name.ljust(width)} : {printable(value)}" for name, value in values.items()]
