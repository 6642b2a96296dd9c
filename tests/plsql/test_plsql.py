# SPDX-License-Identifier: GPL-3.0-or-later
"""Every SQL and PL/SQL text of ours, read by a grammar that is not ours (npm: @griffithswaite/ts-plsql-parser)."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from siak_backup.oracle import statements
from siak_backup.oracle.names import TableName

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

#: SQL*Plus commands, which are no SQL, and its substitution variables.
_SQLPLUS = re.compile(r"^(?:DEFINE|ACCEPT|PROMPT|SET|WHENEVER)\b.*$", re.MULTILINE)
_SUBSTITUTION = re.compile(r"&(\w+)")

_VIEW = re.compile(r"\bsys\.[\w$]+")

#: SQL inside an Indonesian sentence, and a word in it that the reader replaces. The grammar has no ALTER SYSTEM.
_STATEMENT = re.compile(r"\b(?:ALTER (?:USER|TABLESPACE|DATABASE|PLUGGABLE)|CREATE|DROP|GRANT|SELECT) [^;]*;")
_PLACEHOLDER = re.compile(r"(?<!['\"])<[a-z ]+>(?!['\"])")
_NAME = "nama"
_LIMITS = re.compile(r"(?<=PROFILE siak_backup_profile )LIMIT nama")

pytestmark = [
    # The grammar learns to predict as it reads; most of its minute goes into the first text of each kind.
    pytest.mark.slow,
    pytest.mark.timeout(480),
    pytest.mark.skipif(
        shutil.which("node") is None or not (HERE / "node_modules").is_dir(),
        reason="the witness grammar needs node and `npm ci` in tests/plsql",
    ),
]


def texts_sent() -> dict[str, str]:
    texts = {name: getattr(statements, name) for name in statements.__all__ if name.isupper()}
    table = TableName("SIAKOFF", "BIODATA_WNI")
    texts["count_as_of_scn"] = statements.count_as_of_scn(table)
    texts["drop_table"] = statements.drop_table(TableName("SIAK_BACKUP", "SIAK_20250101T093000Z_0000AA"))
    texts["look_as_of_scn"] = statements.look_as_of_scn(table)
    return {name: text if text.endswith(";") else f"{text};" for name, text in texts.items()}


#: The grammar knows ALTER USER without its proxy clause (SQL Language Reference, ALTER USER): read as one without it.
_PROXY_CLAUSE = re.compile(r"\b(?:GRANT|REVOKE) CONNECT THROUGH \w+;")


def _without_proxy(text: str) -> str:
    return _PROXY_CLAUSE.sub("ACCOUNT UNLOCK;", text)


def scripts() -> dict[str, str]:
    found = {}
    for path in sorted((ROOT / "docs/sql").glob("*.sql")):
        text = _SQLPLUS.sub("", path.read_text(encoding="utf-8"))
        found[path.name] = _without_proxy(_SUBSTITUTION.sub(r"\1", text))
    return found


def remedies() -> dict[str, str]:
    """Each kind of SQL statement that the doctor tells people to run: what differs in names alone is read once."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "module_utils/siak_backup/doctor").glob("*.py")):
        for text in _texts(ast.parse(path.read_text(encoding="utf-8"))):
            for statement in map(_plain, _STATEMENT.findall(text)):
                found[f"remedy: {statement}"] = _without_proxy(statement)
    return found


def _plain(statement: str) -> str:
    named = _VIEW.sub(f"sys.{_NAME}", _PLACEHOLDER.sub(_NAME, statement))
    return _LIMITS.sub("LIMIT IDLE_TIME UNLIMITED", named)


def _texts(tree: ast.AST) -> Iterator[str]:
    """Yield the text of every string literal, what an f-string computes as a name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else _NAME for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


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
    texts = texts_sent() | scripts() | remedies() | broken()
    done = subprocess.run(
        ["node", "parse.mjs"],
        cwd=HERE,
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        timeout=440,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers: dict[str, list[str]] = json.loads(done.stdout)
    assert answers.keys() == texts.keys()
    return answers


def test_every_text_is_read_without_complaint(complaints: dict[str, list[str]]) -> None:
    ours = texts_sent() | scripts() | remedies()
    assert len(texts_sent()) > 40
    assert len(scripts()) >= 6
    assert len(remedies()) > 20
    assert {name: complaints[name] for name in ours if complaints[name]} == {}


def test_the_witness_complains_of_broken_texts(complaints: dict[str, list[str]]) -> None:
    assert [name for name in broken() if not complaints[name]] == []
