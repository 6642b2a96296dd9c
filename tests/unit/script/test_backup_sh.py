# SPDX-License-Identifier: GPL-3.0-or-later
"""The backup.sh that the role lays down, run by /bin/sh with programs in PATH that play expdp and exp."""

from __future__ import annotations

import os
import subprocess

import pytest
from backup_scripts import render

RUN = "20250109T093500Z-3f9a1c"
#: Shows what it was given and writes what it was told to, as far as the names go.
UTILITY = """#!/bin/sh
printf '%s\\n' "$0" "$NLS_LANG" "$@" >> "$LEDGER"
cat >> "$LEDGER"
for each in "$@"; do
    case $each in
        file=*|log=*) : > "${each#*=}" ;;
        logfile=*) : > "$DIRECTORY/${each#*=}" ;;
        dumpfile=*) : > "$DIRECTORY/$(echo "${each#*=}" | sed s/%U/01/)" ;;
    esac
done
exit "$CODE"
"""


@pytest.fixture
def run(tmp_path):
    """Run a rendered script; returns what came of it and what the utility was given."""
    folder = tmp_path / "folder backup's"
    folder.mkdir()
    bin_dir = tmp_path / "bin"
    bin_dir.mkdir()
    for name in ("expdp", "exp"):
        (bin_dir / name).write_text(UTILITY)
        (bin_dir / name).chmod(0o700)
    ledger = tmp_path / "ledger"

    def run(code=0, run_id=RUN, **variables):
        script = tmp_path / "backup.sh"
        script.write_text(render("backup.sh.j2", **({"export_script_folder": str(folder)} | variables)))
        ledger.write_text("")
        environment = {"PATH": f"{bin_dir}:{os.environ['PATH']}", "LEDGER": str(ledger), "CODE": str(code)}
        environment |= {"DIRECTORY": str(folder)} | ({"SIAK_RUN_ID": run_id} if run_id else {})
        subprocess.run(["sh", "-n", script], check=True, timeout=10)
        done = subprocess.run(
            ["sh", script], env=environment, input=b"dari papan tik\n", capture_output=True, timeout=30, check=False
        )
        return done, ledger.read_text().splitlines(), sorted(path.name for path in folder.iterdir())

    return run


def test_expdp(run):
    done, given, files = run()
    assert (done.returncode, given[0].rpartition("/")[2], given[1]) == (0, "expdp", "AMERICAN_AMERICA.AL32UTF8")
    assert given[2:] == [
        "/@SIAK_BACKUP", "schemas=SIAKOFF", "directory=SIAK_DIR", f"dumpfile=SIAK_{RUN}_%U.dmp", "filesize=3900M",
        f"logfile=SIAK_{RUN}.log", "flashback_time=systimestamp",
    ]  # fmt: skip
    assert files == [f"SIAK_{RUN}.log", f"SIAK_{RUN}_01.dmp"]


def test_exp(run):
    done, given, files = run(export_script_tool="exp", export_script_schemas=["SIAKOFF", "SIAK2"])
    assert (done.returncode, given[0].rpartition("/")[2]) == (0, "exp")
    assert given[3] == "owner=(SIAKOFF,SIAK2)"
    assert given[-3:] == ["statistics=none", "compress=n", "consistent=y"]
    assert files == [f"SIAK_{RUN}.dmp", f"SIAK_{RUN}.log"]


@pytest.mark.parametrize("tool", ["expdp", "exp"])
@pytest.mark.parametrize("code", [1, 5])
def test_the_tools_code_is_the_scripts(run, tool, code):
    done, _, _ = run(code, export_script_tool=tool)
    assert done.returncode == code
    assert f"{tool} berakhir dengan kode {code}".encode() in done.stdout


@pytest.mark.parametrize("tool", ["expdp", "exp"])
def test_nothing_is_overwritten(run, tool):
    run(export_script_tool=tool)
    done, given, _ = run(export_script_tool=tool)
    assert (done.returncode, given) == (1, [])
    assert b"Tidak ada yang ditimpa" in done.stderr


def test_a_script_started_by_hand_is_named_by_the_time(run):
    _, _, files = run(run_id="")
    assert files[0].startswith("SIAK_2")
    assert len(files[0]) == len("SIAK_20250109T093500.log")


def test_a_parfile_and_a_home_of_its_own(run, tmp_path):
    done, given, _ = run(
        export_script_parfile="/etc/siak dir/it's.par",
        export_script_oracle_home=str(tmp_path / "ora home"),
        export_script_oracle_sid="SIAK",
        export_script_tns_admin="/etc/siak dir",
    )
    assert done.returncode == 0
    assert given[2] == "parfile=/etc/siak dir/it's.par"
