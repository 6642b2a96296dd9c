# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays expdp or exp, after whichever it is called: writes a real dump and log into its current folder.

    expdp dumpfile=master.dmp logfile=master.log [filesize=100K] [fault=...]
    exp file=master.dmp log=master.log [fault=...]

Faults: `ora` (an error in the log, exit code 0), `no_log`, `no_dump`, `hang` (before anything is written, with a child
that hangs, too), `slow` (three seconds between dump and log).
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

ROWS = 40

EXP_LOG = f"""
Export: Release 10.2.0.1.0 - Production on Thu Jan 9 16:35:00 2025

About to export specified users ...
. about to export SIAK's tables via Conventional Path ...
. . exporting table                    BIODATA_WNI         {ROWS} rows exported
. exporting synonyms
"""


def write_expdp(folder: Path, *, filesize: str | None) -> tuple[list[Path], Path]:
    """Run the rehearsal's Data Pump; return its pieces and log."""
    from tests.unit.dump.sample_exports import export

    made = export(folder, residents=200, filesize=filesize)
    return made.pieces, made.log


def write_exp(folder: Path) -> tuple[list[Path], Path]:
    """Write a classic export; return its file and log."""
    from tests.unit.dump.sample_exp import NUMBER, VARCHAR2, exp_file, row, section, value

    rows = [row(value(struct.pack("<H", number)), value(b"WARGA UJI")) for number in range(ROWS)]
    (folder / "exp.dmp").write_bytes(exp_file(section("BIODATA_WNI", [NUMBER, VARCHAR2], rows)))
    (folder / "exp.log").write_text(EXP_LOG + "Export terminated successfully without warnings.\n")
    return [folder / "exp.dmp"], folder / "exp.log"


def main() -> int:
    """Play the tool; return its exit code."""
    name = Path(sys.argv[0]).stem
    options = dict(argument.partition("=")[::2] for argument in sys.argv[1:])
    fault = options.get("fault", "")
    if fault == "hang":
        subprocess.Popen(["sleep", "600"])
        time.sleep(600)
    with tempfile.TemporaryDirectory() as folder:
        if name == "expdp":
            pieces, log = write_expdp(Path(folder) / "made", filesize=options.get("filesize"))
            dump_name, log_name = options["dumpfile"], options["logfile"]
        else:
            pieces, log = write_exp(Path(folder))
            dump_name, log_name = options["file"], options["log"]
        if fault != "no_dump":
            for number, piece in enumerate(pieces, 1):
                shutil.copyfile(piece, dump_name.replace("%U", f"{number:02}"))
        if fault == "slow":
            time.sleep(3)
        text = log.read_bytes()
        if fault == "ora":
            first, _, rest = text.partition(b"Master table")
            text = first + b"ORA-31693: Table data object failed to load/unload\nMaster table" + rest
        if fault != "no_log":
            Path(log_name).write_bytes(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
