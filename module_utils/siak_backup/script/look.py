# SPDX-License-Identifier: GPL-3.0-or-later
"""SOP step 1 where the site's own script makes the dump: what must hold on the server, looked at in one go."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from ..calendar import duration, size
from ..errors import ConfigError, ConnectError, ExportError, ReadOnlyError, SiakError
from ..preflight.report import Check, check, failed, passed
from .fetch import Fetcher
from .reading import read_script
from .takeover import known_jobs, refuse_busy, running
from .watch import demand_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime
    from pathlib import Path

    from .plan import ScriptPlan
    from .reading import Reading
    from .remote import Line
    from .replies import Reply

#: Minutes between the clocks that people should hear of; nothing depends on them agreeing.
_SKEW_NOTICE_S: Final = 300

_OPTIONAL_TOOLS: Final = frozenset({"sha256sum", "certutil"})


@dataclass(frozen=True)
class Look:
    """What was found.

    `dump_bytes` are of the dumps in the folder, `clock_skew_s` is server minus control node, None if it did not answer.
    `export_programs` run there, ours or not. `reading` is None where nobody asked for the script's text.
    """

    plan: ScriptPlan
    checks: tuple[Check, ...]
    dump_bytes: int = 0
    free_bytes: int | None = None
    clock_skew_s: int | None = None
    export_programs: tuple[str, ...] = ()
    reading: Reading | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the module's `look` result, as `backup_preflight` and `siak_doctor` want it."""
        return {
            "host": self.plan.host,
            "shell": self.plan.kind,
            "path": self.plan.script,
            "folder": self.plan.folder,
            "checks": [
                each.as_dict() | {"error": each.error.as_dict() if each.error is not None else {}}
                for each in self.checks
            ],
            "dump_bytes": self.dump_bytes,
            "free_bytes": self.free_bytes,
            "clock_skew_s": self.clock_skew_s,
            "export_programs": list(self.export_programs),
            "reading": self.reading.as_dict() if self.reading is not None else {},
        }


def look(
    line: Line, plan: ScriptPlan, *, abandoned: Collection[str], now: datetime, read_into: Path | None = None
) -> Look:
    """Take every look. Never raises SiakError: a server that does not answer is one failed check.

    With `read_into`, a private folder, the script's text is brought there and read for traps.
    """
    try:
        seen = line.ask(line.shell.look(plan.script, plan.folder, plan.work_dir))
        server_now = int(demand_answer(seen, "now", where=plan.where))
        at_work = running(known_jobs(line, plan, seen))
        listing = line.ask(line.shell.listing(plan.folder, plan.dump))
    except (SiakError, ValueError) as error:
        told = (
            error if isinstance(error, SiakError) else ConnectError("jawaban server tidak masuk akal", where=plan.where)
        )
        return Look(plan, (failed("server_os", told),))
    skew_s = server_now - int(now.timestamp())
    looks: dict[str, Callable[[], str]] = {
        "script": partial(_script, plan, seen),
        "server_folder": partial(_folder, plan, seen),
        "work_folder": partial(_work, plan, seen),
        "server_tools": partial(_tools, plan, seen),
        "script_running": partial(_running, plan, seen, at_work, abandoned),
        "fetch": partial(_way, line, plan),
    }
    checks = [
        passed("server_os", f"server {plan.host} menjawab, jamnya {_skew(skew_s)}"),
        *(check(name, act) for name, act in looks.items()),
    ]
    wanted = read_into if seen.text("script") != "absent" else None
    return Look(
        plan=plan,
        checks=tuple(checks),
        dump_bytes=sum(file.size_bytes for file in listing.files()),
        free_bytes=seen.number("free"),
        clock_skew_s=skew_s,
        export_programs=_programs(seen),
        reading=read_script(line, plan, wanted) if wanted is not None else None,
    )


def _skew(skew_s: int) -> str:
    if abs(skew_s) < _SKEW_NOTICE_S:
        return "cocok dengan node kendali"
    return f"{'lebih cepat' if skew_s > 0 else 'lebih lambat'} {duration(abs(skew_s))} dari node kendali"


def _script(plan: ScriptPlan, seen: Reply) -> str:
    state = seen.text("script")
    if state == "ok":
        return f"skrip {plan.script} ada dan boleh dijalankan"
    what = "tidak ada" if state == "absent" else "tidak boleh dijalankan akun ini"
    raise ConfigError(
        f"skrip {what}", where=f"{plan.where}, {plan.script}", remedy="periksa siak_script.path dan izin berkas itu"
    )


def _folder(plan: ScriptPlan, seen: Reply) -> str:
    state, free_bytes = seen.text("folder"), seen.number("free")
    if state == "ok":
        room = "" if free_bytes is None else f", sisa ruang {size(free_bytes)}"
        return f"folder {plan.folder} dapat ditulisi{room}"
    raise ReadOnlyError(
        "folder backup di server tidak ada" if state == "absent" else "folder backup di server tidak dapat ditulisi",
        where=f"{plan.where}, {plan.folder}",
        remedy="periksa siak_script.folder dan izinnya",
    )


def _work(plan: ScriptPlan, seen: Reply) -> str:
    if seen.text("work") in ("ok", "absent"):
        return f"folder kerja {plan.work_dir} dapat dipakai"
    raise ReadOnlyError(
        "folder kerja di server tidak dapat ditulisi",
        where=f"{plan.where}, {plan.work_dir}",
        remedy="periksa siak_script.work_dir dan izinnya",
    )


def _tools(plan: ScriptPlan, seen: Reply) -> str:
    missing = set(seen.values("tool"))
    if needed := sorted(missing - _OPTIONAL_TOOLS):
        raise ExportError(
            f"server tidak punya {', '.join(needed)}", where=plan.where, remedy="minta administrator memasangnya"
        )
    return "alat di server lengkap" + ("; tanpa saksi SHA-256 dari server" if missing else "")


def _running(plan: ScriptPlan, seen: Reply, at_work: Collection[str], abandoned: Collection[str]) -> str:
    refuse_busy(plan, seen, at_work, besides=abandoned)
    text = "skrip tidak sedang berjalan"
    if at_work:
        text = f"skrip dari run yang belum tuntas masih berjalan, dilanjutkan atau dihentikan: {', '.join(at_work)}"
    if others := _programs(seen):
        text += f"; program ekspor lain yang terlihat: {', '.join(others)}"
    return text


def _programs(seen: Reply) -> tuple[str, ...]:
    return tuple(sorted(set(seen.values("seen"))))


def _way(line: Line, plan: ScriptPlan) -> str:
    Fetcher(line, plan).demand_way()
    if plan.share_dir is None:
        return "dump diambil lewat SFTP"
    if not plan.share_dir.is_dir():
        raise ConfigError(
            "folder bersama tidak ada", where=str(plan.share_dir), remedy="mount folder backup server di sana"
        )
    return f"dump diambil dari folder bersama {plan.share_dir}"
