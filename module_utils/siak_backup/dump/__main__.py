# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m siak_backup.dump FILE...`: the verdict on dumps and logs, for a person or as JSON."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UnreadableError
from .files import judge_dumps
from .status import Status
from .verdict import conclude

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .verdict import Judgement

_ALL_COMPLETE, _NOT_COMPLETE, _UNREADABLE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the verdicts; return 0 if all are complete, 1 if not, 2 if a file cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m siak_backup.dump", description="Nilai dump Oracle tanpa Oracle.")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="file dump atau log; satu set sekaligus")
    parser.add_argument("--json", action="store_true", help="keluarkan JSON, satu objek per file")
    parser.add_argument("--walk-bytes", type=int, metavar="N", help="telusuri paling banyak N byte isi tabel Data Pump")
    options = parser.parse_args(arguments)
    # One that is named twice is not a copy of itself.
    files = dict.fromkeys(options.files)
    judged = {path: dump for dump in judge_dumps(files, walk_bytes=options.walk_bytes) for path in dump.paths}
    if options.json:
        objects = [{"file": str(path)} | judged[path].as_dict() for path in files]
        # All escaped, for a name may have bytes that are no text; piece by piece, for it may be long.
        sys.stdout.writelines(json.JSONEncoder(indent=2).iterencode(objects))
        sys.stdout.write("\n")
    else:
        lines = (line for path in files for line in _lines(path, judged[path].judgement))
        sys.stdout.writelines(f"{_printable(line)}\n" for line in lines)
    if any(isinstance(dump.judgement, UnreadableError) for dump in judged.values()):
        return _UNREADABLE
    verdict = conclude(one for dump in judged.values() for one in dump.evidence)
    return _ALL_COMPLETE if verdict is Status.COMPLETE else _NOT_COMPLETE


def _lines(path: Path, judgement: Judgement | UnreadableError) -> Iterator[str]:
    if isinstance(judgement, UnreadableError):
        yield str(judgement)
        return
    rows = sum(table.rows or 0 for table in judgement.tables)
    yield f"{path}: {judgement.status}, {judgement.kind or 'jenis tidak dikenal'}"
    yield f"  {len(judgement.tables)} objek data, {rows} baris"
    for evidence in judgement.evidence:
        yield f"  {'v' if evidence.ok else 'x'} {evidence}"
    for table in judgement.tables:
        name = f"{table.schema}.{table.name}" + (f":{table.partition}" if table.partition else "")
        yield f"  {'?' if table.rows is None else table.rows:>12}  {name}"


def _printable(line: str) -> str:
    """Return `line` without what would steer a terminal; a file may have any name."""
    return "".join(character if character.isprintable() else "\ufffd" for character in line)


if __name__ == "__main__":
    # Whoever reads only the first lines ends this without a traceback.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main())
