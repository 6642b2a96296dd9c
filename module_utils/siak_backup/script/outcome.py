# SPDX-License-Identifier: GPL-3.0-or-later
"""How the export of a site's own script ended: what its log proves, and whether its exit code agrees.

A script returns the code of its last command, not of its export, so a code proves nothing: it can only contradict the
log. Codes: Oracle Database Utilities, "Exit Codes for Inspection and Display" of Data Pump Export (0, 5, 1) and of
Original Export (0, also with warnings on UNIX, and 1); Windows' own are NTSTATUS values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ..dump.log import Ending, ExportLog, read_log
from ..dump.status import Status

if TYPE_CHECKING:
    from collections.abc import Collection

_CODE = re.compile(r"\b[A-Z]{3}-\d{5}\b")

_ASK_DBA: Final = "baca log itu bersama DBA, perbaiki sebabnya lalu ulangi"
_ENGLISH: Final = (
    "jalankan ekspor dengan NLS_LANG=AMERICAN_AMERICA.<charset>: skrip itu sendiri tidak boleh mengubahnya"
)
_ACCOUNT: Final = "minta DBA membetulkan akun yang dipakai skrip; jangan mencoba berulang karena akun dapat terkunci"
_UNDO: Final = "jalankan ekspor pada jam yang lebih sepi, atau minta DBA menaikkan UNDO_RETENTION"
_ROOM: Final = "kosongkan ruang di folder dump server lalu ulangi"

#: What mends the commonest causes; the first of these that the log names is the cause of those after it.
_REMEDIES: Final = {
    "ORA-01017": _ACCOUNT,
    "ORA-28000": _ACCOUNT,
    "ORA-28001": "minta DBA mengganti kata sandi akun yang dipakai skrip",
    "ORA-01034": "minta DBA menyalakan database",
    "ORA-12154": "periksa alias pada skrip dan tnsnames.ora di server",
    "ORA-12514": "periksa nama layanan pada skrip dan tnsnames.ora di server",
    "ORA-12541": "minta DBA menyalakan listener",
    "ORA-27038": "beri setiap malam nama dump sendiri: berkas dengan nama itu sudah ada dan tidak ditimpa",
    "ORA-29283": "minta DBA memeriksa folder di balik DIRECTORY dan izin pengguna oracle di server",
    "ORA-39087": "minta DBA membuat DIRECTORY itu dan memberi READ, WRITE",
    "ORA-31631": "minta DBA menjalankan docs/sql/backup_account.sql",
    "ORA-39095": "pakai %U pada DUMPFILE bila FILESIZE diisi",
    "ORA-39171": _ROOM,
    "ORA-27072": _ROOM,
    "ORA-01555": _UNDO,
    "ORA-01950": "minta DBA memberi akun itu kuota tablespace untuk tabel master",
    "ORA-01536": "minta DBA menambah kuota tablespace akun itu",
    "EXP-00002": _ROOM,
    "EXP-00009": "minta DBA memberi akun itu EXP_FULL_DATABASE, atau ekspor skema miliknya sendiri",
    "EXP-00028": "periksa folder tujuan dan izin menulis akun yang menjalankan skrip",
    "EXP-00107": "pakai expdp: exp tidak mengekspor kolom terenkripsi",
}

#: Of a script, or of the tool where that was its last command.
_MEANINGS: Final = {
    1: "gagal",
    5: "expdp: selesai dengan kesalahan",
    126: "perintah tidak boleh dijalankan",
    127: "perintah tidak ditemukan",
    9009: "perintah tidak ditemukan",
    0xC000013A: "dihentikan, sesi ditutup atau Ctrl-C",
    0x40010004: "dihentikan, pengguna keluar atau Windows dimatikan",
    0xC0000005: "program rusak, pelanggaran memori",
    0xC0000142: "program gagal dimulai",
}

#: How lines of an English exp log begin; a log that ends in another was translated.
_EXP_ENGLISH = re.compile(
    r"\. (?:\. )?exporting |(?:\. )?about to export |Export: |Copyright |Connected to: |Export done in ", re.IGNORECASE
)


@dataclass(frozen=True)
class Outcome:
    """How an export ended.

    `status` is COMPLETE only if the log proves success and the exit code agrees; the dump is judged apart from it.
    `reason` and `remedy` are Indonesian, the remedy empty if COMPLETE; neither repeats a line of script or log, which
    may hold a password. `exit_code` is None if it never became known.
    """

    status: Status
    reason: str
    remedy: str
    exit_code: int | None
    log: ExportLog

    @property
    def ok(self) -> bool:
        """Whether log and exit code both say that the export succeeded."""
        return self.status is Status.COMPLETE


def judge_outcome(
    exit_code: int | None, log: bytes | None, *, output: bytes = b"", ok_codes: Collection[int] = (0,)
) -> Outcome:
    """Judge one export. Never raises.

    Args:
        exit_code: what the script returned, as POSIX or Windows (signed or not) gives it; None if nobody knows, as
            after a kill or a restart of the server.
        log: the log the export left, whole; None if there is none.
        output: what script and tool printed. Only codes are taken from it, and only where the log tells nothing.
        ok_codes: codes that may stand beside a log that proves success, e.g. 1 where robocopy is the last command.
    """
    exported = read_log(log or b"")
    status, reason, remedy = _of_log(exported, has_log=bool(log), output=output)
    if status is Status.COMPLETE and exit_code is None:
        status = Status.UNKNOWN
        remedy = "pastikan server tidak dimatikan dan skrip tidak dihentikan di tengah jalan lalu ulangi"
    elif status is Status.COMPLETE and exit_code not in ok_codes:
        status = Status.UNKNOWN
        remedy = (
            "cari perintah sesudah ekspor yang gagal; akhiri skrip dengan kode keluar ekspornya, "
            "atau masukkan kode itu ke ok_codes bila memang wajar"
        )
    return Outcome(status, f"{reason}; {_of_code(exit_code)}", remedy, exit_code, exported)


def _of_log(log: ExportLog, *, has_log: bool, output: bytes) -> tuple[Status, str, str]:
    """Return the verdict of the log alone, why, and what mends it."""
    if not log.kind and not log.error_lines:
        what = "log bukan catatan ekspor" if has_log else "skrip tidak meninggalkan log"
        if codes := _codes(read_log(output)):
            return Status.ABORTED, f"{what}; keluaran skrip menyebut {', '.join(codes)}", _remedy(codes)
        return Status.UNKNOWN, what, "isi log= (exp) atau logfile= (expdp) pada skrip, dan siak_script.log"
    if codes := _codes(log):
        return log.status, f"log menyebut {', '.join(codes)}", _remedy(codes)
    if not log.has_zeros and _is_translated(log):
        return Status.UNKNOWN, "baris akhir log bukan bahasa Inggris, keberhasilan tidak terbaca", _ENGLISH
    if log.status is Status.COMPLETE:
        warned = "; peringatan yang tidak mengurangi isi: " if log.harmless_lines else ""
        return Status.COMPLETE, f"log membuktikan ekspor selesai{warned}{', '.join(_harmless(log))}", ""
    return log.status, _SHORTCOMINGS[log.status], _ASK_DBA


_SHORTCOMINGS: Final = {
    Status.EMPTY: "ekspor selesai tetapi tidak memuat satu tabel pun",
    Status.TRUNCATED: "log terpotong: ekspor tidak sampai ke baris akhirnya",
    Status.ABORTED: "log berakhir dengan kegagalan, atau peringatan yang tidak disebutkan sebabnya",
    Status.DAMAGED: "log berisi byte nol: rusak, atau dua penyandian bercampur karena >> dari PowerShell",
    Status.UNKNOWN: "log tidak terbaca seluruhnya",
}


def _is_translated(log: ExportLog) -> bool:
    """Tell whether a log that is whole ends in words of another language. exp says no name in its last line."""
    if log.kind == "exp" and log.ending is Ending.MISSING:
        return bool(log.last_line) and _EXP_ENGLISH.match(log.last_line) is None
    return log.ending is Ending.FOREIGN


def _of_code(code: int | None) -> str:
    if code is None:
        return "kode keluar skrip tidak diketahui"
    if code == 0:
        return "kode keluar 0, yang bukan bukti: itu kode perintah terakhir skrip"
    unsigned = code & 0xFFFFFFFF
    told = _MEANINGS.get(unsigned) or (f"dihentikan sinyal {code - 128}" if 128 < code < 160 else "tidak dikenal")
    return f"kode keluar {code} ({told})"


def _codes(log: ExportLog) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code for line in log.error_lines for code in _CODE.findall(line)))


def _harmless(log: ExportLog) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code for line in log.harmless_lines for code in _CODE.findall(line)))


def _remedy(codes: tuple[str, ...]) -> str:
    return next((_REMEDIES[code] for code in codes if code in _REMEDIES), _ASK_DBA)
