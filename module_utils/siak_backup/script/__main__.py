# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m siak_backup.script`: read a site's script for known traps, or print what a Windows server is sent."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import SiakError
from ..run_id import new_run_id
from .cmd import CmdShell
from .lint import lint
from .shell import HOME_PREFIX, Job

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_OK, _FOUND, _REFUSED = 0, 1, 2
#: Any hex digits will do where nobody compares them.
_FINGERPRINT = "0" * 16


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 if all is well, 1 if a trap was found, 2 if a file or a setting is refused."""
    parser = argparse.ArgumentParser(prog="python -m siak_backup.script", description="Skrip backup milik kantor.")
    tasks = parser.add_subparsers(dest="task", required=True)
    reading = tasks.add_parser("lint", help="baca skrip dan sebut jebakan yang dikenal; tidak menjalankan apa pun")
    reading.add_argument("files", nargs="+", type=Path, metavar="FILE", help="backup.bat, backup.cmd atau backup.sh")
    printing = tasks.add_parser("windows", help="cetak perintah untuk mencoba server Windows, lihat docs/windows.md")
    printing.add_argument("--script", required=True, help=r"misalnya D:\UJI\lambat.bat")
    printing.add_argument("--folder", required=True, help=r"misalnya D:\UJI")
    printing.add_argument("--limit", type=int, default=3600, metavar="DETIK", help="batas waktu")
    printing.add_argument("--files", type=Path, required=True, metavar="FOLDER", help="tempat menulis berkas job")
    options = parser.parse_args(arguments)
    try:
        if options.task == "lint":
            found = [line for path in options.files for line in _findings(path)]
            sys.stdout.writelines(found)
            return _FOUND if found else _OK
        job = _job(options.script, options.folder, options.limit)
        for path, content in CmdShell().files(job):
            (options.files / path.rpartition("\\")[2]).write_bytes(content)
        sys.stdout.writelines(_commands(job))
    except (OSError, SiakError) as error:
        sys.stderr.write(f"{error}\n")
        return _REFUSED
    return _OK


def _findings(path: Path) -> Iterator[str]:
    """Yield the traps in a file, a line each. Raises OSError."""
    text = path.read_bytes().decode("utf-8", "replace")
    for one in lint(text, "cmd" if path.suffix.lower() in {".bat", ".cmd"} else "posix"):
        yield f"{path}:{one.line}: {one.rule}: {one.found}. {one.remedy}\n"


def _job(script: str, folder: str, limit_s: int) -> Job:
    run_id = new_run_id(datetime.now(UTC))
    home = f"{folder}\\.siak-backup\\{HOME_PREFIX}{run_id}"
    return Job(run_id, home, script, (), folder, "AL32UTF8", limit_s, _FINGERPRINT)


def _commands(job: Job) -> Iterator[str]:
    """Yield a heading and a command for each thing that is asked of the server. Raises ConfigError."""
    shell = CmdShell()
    file, moved = shell.join(job.folder, "uji.dmp"), shell.join(job.folder, "uji")
    commands = {
        "look": shell.look(job.script, job.folder, job.home.rpartition("\\")[0]),
        f"prepare ({job.home})": shell.prepare(job),
        "start": shell.start(job),
        "status": shell.status(job),
        "stop": shell.stop(job),
        "listing": shell.listing(job.folder, ["*.dmp", "*.log"]),
        f"digest ({file})": shell.digest(file),
        f"make_folder ({moved})": shell.make_folder(moved),
        f"move ({file})": shell.move(file, moved, "uji.dmp"),
        "forget": shell.forget(job),
    }
    return (f"\n# {name}\n{text}\n" for name, text in commands.items())


if __name__ == "__main__":
    sys.exit(main())
