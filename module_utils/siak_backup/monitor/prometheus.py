# SPDX-License-Identifier: GPL-3.0-or-later
"""A look at the backups as a text file for node_exporter's textfile collector (Prometheus text format 0.0.4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..durable import archive_errors, write_atomic
from ..errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    from .check import Freshness, Look

#: node_exporter runs under an account of its own, and reads only names that end so.
_MODE, _SUFFIX = 0o644, ".prom"

_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


@dataclass
class _Gauge:
    """One metric. Every one is a gauge: a file that is written anew has no counter that only grows."""

    name: str
    help: str
    samples: list[tuple[Mapping[str, str], float]] = field(default_factory=list)

    def add(self, value: float | datetime | None, **labels: str) -> None:
        if value is not None:
            number = value if isinstance(value, int | float) else value.timestamp()
            self.samples.append((labels, number))

    def lines(self) -> Iterable[str]:
        if self.samples:
            yield f"# HELP {self.name} {self.help}"
            yield f"# TYPE {self.name} gauge"
        for labels, value in self.samples:
            shown = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
            yield f"{self.name}{{{shown}}} {value!r}" if shown else f"{self.name} {value!r}"


def render(look: Look) -> str:
    """Return the file's text. What is not known has no sample; times are Unix seconds.

    A server whose journal cannot be read still has `siak_backup_stale` 1.
    """
    proven = _Gauge("siak_backup_last_proven_timestamp_seconds", "When the newest proven backup was filed.")
    run = _Gauge("siak_backup_last_run_timestamp_seconds", "When the newest run that is over began.")
    success = _Gauge("siak_backup_last_run_success", "Whether the newest run gave a proven backup and did not fail.")
    size = _Gauge("siak_backup_size_bytes", "Bytes of dump and log of the newest proven backup.")
    step = _Gauge("siak_backup_step_duration_seconds", "How long each step of the SOP took in the newest run.")
    missed = _Gauge("siak_backup_missed_nights_total", "Working days of the newest 35 on which no run began.")
    stale = _Gauge("siak_backup_stale", "Whether the newest proven backup is too old, gone or unknown.")
    copied = _Gauge("siak_backup_media_last_copy_timestamp_seconds", "When a copy was last proven on the medium.")
    checked = _Gauge("siak_backup_check_timestamp_seconds", "When this file was written.")
    for each in look.servers:
        server = each.demand.server
        proven.add(each.last.proven.filed_at if each.last.proven else None, server=server)
        run.add(each.last.run.began_at if each.last.run else None, server=server)
        success.add(_success(each), server=server)
        size.add(each.last.proven.size_bytes if each.last.proven else None, server=server)
        for brief in each.last.run.steps if each.last.run else ():
            step.add(brief.took_s, server=server, step=str(brief.number))
        missed.add(each.missed if look.history else None, server=server)
        stale.add(int(not each.fresh), server=server)
    for label, at in sorted(look.history.media.items() if look.history else ()):
        copied.add(at, label=label)
    checked.add(look.at)
    gauges = (proven, run, success, size, step, missed, stale, copied, checked)
    return "".join(f"{line}\n" for gauge in gauges for line in gauge.lines())


def write_textfile(path: Path, look: Look) -> None:
    """Write the file whole or not at all, readable by everybody.

    Raises:
        ConfigError: its name does not end in `.prom`, so that nobody would read it.
        ArchiveError: it cannot be written.
    """
    if path.suffix != _SUFFIX:
        raise ConfigError(
            "berkas metrik harus bernama *.prom", where=str(path), remedy="perbaiki setelan siak_textfile_path"
        )
    with archive_errors(path):
        write_atomic(path, render(look).encode(), mode=_MODE)
        # Whatever umask a timer's unit or a cron line has.
        path.chmod(_MODE)


def _success(each: Freshness) -> int | None:
    if each.last.run is None:
        return None
    return int(each.last.run.proven and each.last.run.grade in ("berhasil", "peringatan"))


def _escaped(text: str) -> str:
    """Return a label's value: backslash, quote and newline escaped, other control characters gone."""
    return "".join(letter for letter in text if letter.isprintable() or letter == "\n").translate(_ESCAPES)
