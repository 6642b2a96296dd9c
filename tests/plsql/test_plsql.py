# SPDX-License-Identifier: GPL-3.0-or-later
"""Every SQL and PL/SQL text of ours, read by a grammar that is not ours (npm: @griffithswaite/ts-plsql-parser)."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from siak_backup.oracle import statements
from siak_backup.oracle.names import TableName

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

#: SQL*Plus commands, which are no SQL, and its substitution variables.
_SQLPLUS = re.compile(r"^(?:DEFINE|ACCEPT|PROMPT|SET|WHENEVER)\b.*$", re.MULTILINE)
_SUBSTITUTION = re.compile(r"&(\w+)")

pytestmark = [
    # The grammar learns to predict as it reads; most of its minute goes into the first text of each kind.
    pytest.mark.slow,
    pytest.mark.timeout(240),
    pytest.mark.skipif(
        shutil.which("node") is None or not (HERE / "node_modules").is_dir(),
        reason="the witness grammar needs node and `npm ci` in tests/plsql",
    ),
]


def texts_sent() -> dict[str, str]:
    texts = {name: getattr(statements, name) for name in statements.__all__ if name.isupper()}
    texts["count_as_of_scn"] = statements.count_as_of_scn(TableName("SIAKOFF", "BIODATA_WNI"))
    return {name: text if text.endswith(";") else f"{text};" for name, text in texts.items()}


def scripts() -> dict[str, str]:
    found = {}
    for path in sorted((ROOT / "docs/sql").glob("*.sql")):
        text = _SQLPLUS.sub("", path.read_text(encoding="utf-8"))
        found[path.name] = _SUBSTITUTION.sub(r"\1", text)
    return found


def broken() -> dict[str, str]:
    sent = texts_sent()
    return {
        "broken: no bracket": sent["ATTACH"].replace(");", ";"),
        "broken: no end": sent["GET_STATUS"].removesuffix("END;"),
        "broken: no loop": sent["GET_STATUS"].replace(
            "WHILE position IS NOT NULL LOOP", "WHILE position IS NOT NULL", 1
        ),
        "broken: no select": sent["JOBS"].removeprefix("SELECT "),
        "broken: argument without value": sent["OPEN"].replace("=> :job_name", "=>"),
    }


@pytest.fixture(scope="module")
def complaints() -> dict[str, list[str]]:
    """What the grammar says of every text, in one process."""
    texts = texts_sent() | scripts() | broken()
    done = subprocess.run(
        ["node", "parse.mjs"],
        cwd=HERE,
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers: dict[str, list[str]] = json.loads(done.stdout)
    assert answers.keys() == texts.keys()
    return answers


def test_every_text_is_read_without_complaint(complaints: dict[str, list[str]]) -> None:
    ours = texts_sent() | scripts()
    assert len(ours) > 25
    assert {name: complaints[name] for name in ours if complaints[name]} == {}


def test_the_witness_complains_of_broken_texts(complaints: dict[str, list[str]]) -> None:
    assert [name for name in broken() if not complaints[name]] == []
