# SPDX-License-Identifier: GPL-3.0-or-later
"""A Windows of a kind: cmd.exe by wine, drive D: in a temporary folder, and programs that play expdp and exp."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from winebox import Windows

from tests.unit.dump.sample_exp import exp_file
from tests.unit.dump.sample_exports import export

COMPILER = "x86_64-w64-mingw32-gcc"
PROGRAMS = ("wine", "wineserver", COMPILER)
_STARTUP_S = 180

_EXP_LOG = """
Export: Release 10.2.0.4.0 - Production on Thu Jan 9 22:00:01 2025

About to export specified users ...
. about to export SIAKOFF's tables via Conventional Path ...
. . exporting table                    BIODATA_WNI     315008 rows exported
{more}Export terminated successfully {without} warnings.
"""


@pytest.fixture(scope="session")
def prefix(tmp_path_factory):
    absent = [program for program in PROGRAMS if not shutil.which(program)]
    if absent:
        pytest.skip(f"not installed: {', '.join(absent)}. No batch file was run by any cmd.exe")
    folder = tmp_path_factory.mktemp("wine")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LC_ALL": "C",
        "WINEPREFIX": str(folder / "prefix"),
        "WINEARCH": "win64",
        "WINEDEBUG": "-all",
        "WINEDLLOVERRIDES": "mscoree,mshtml=",
    }
    subprocess.run(["wine", "wineboot", "-i"], env=environment, capture_output=True, timeout=_STARTUP_S, check=True)
    try:
        yield environment
    finally:
        subprocess.run(["wineserver", "-k"], env=environment, capture_output=True, timeout=60, check=False)


@pytest.fixture(scope="session")
def utilities(prefix, tmp_path_factory):
    """A folder with expdp.exe, exp.exe and what else utility.c is."""
    folder = tmp_path_factory.mktemp("utilities")
    for name in ("expdp.exe", "exp.exe", "create.exe", "show.exe"):
        source = Path(__file__).with_name("utility.c")
        subprocess.run(
            [COMPILER, "-O1", "-Wall", "-Werror", "-static", "-o", folder / name, source], timeout=120, check=True
        )
    return folder


@pytest.fixture(scope="session")
def play_folders(tmp_path_factory):
    """Dump and logs of either kind, ready to be played: `dump`, `ok.log`, `errors.log`, `fail.log`."""
    folder = tmp_path_factory.mktemp("play")
    made = export(folder / "made")
    expdp = folder / "expdp"
    expdp.mkdir()
    shutil.copy(made.pieces[0], expdp / "dump")
    log = made.log.read_text(encoding="utf-8")
    (expdp / "ok.log").write_text(log)
    (expdp / "errors.log").write_text(
        log.replace("successfully completed", "completed with 1 error(s)").replace(
            "Processing object type", "ORA-31693: Table data object failed to load/unload\nProcessing object type", 1
        )
    )
    (expdp / "fail.log").write_text(
        log.splitlines(keepends=True)[0] + "ORA-39095: Dump file space has been exhausted\n"
    )
    exp = folder / "exp"
    exp.mkdir()
    (exp / "dump").write_bytes(exp_file())
    (exp / "ok.log").write_text(_EXP_LOG.format(more="", without="without"))
    (exp / "errors.log").write_text(_EXP_LOG.format(more="EXP-00008: ORACLE error 1555\n", without="with"))
    (exp / "fail.log").write_text("EXP-00056: ORACLE error 1017\nEXP-00000: Export terminated unsuccessfully\n")
    return folder


@pytest.fixture
def windows(prefix, utilities, play_folders, tmp_path, request):
    """Windows with a drive D: of its own; the programs are on PATH, the object SIAK_DIR is D:\\BACKUP SIAK."""
    drive = tmp_path / "d"
    (drive / "BACKUP SIAK").mkdir(parents=True)
    shutil.copytree(utilities, drive / "bin")
    shutil.copytree(play_folders, drive / "play")
    device = Path(prefix["WINEPREFIX"]) / "dosdevices" / "d:"
    device.unlink(missing_ok=True)
    device.symlink_to(drive)
    environment = prefix | {
        "WINEPATH": "D:\\bin",
        "PLAY_FOLDER": f"D:\\play\\{getattr(request, 'param', 'expdp')}",
        "SIAK_DIR": "D:\\BACKUP SIAK",
    }
    return Windows(Path(prefix["WINEPREFIX"]), drive, "D:\\bin", environment)
