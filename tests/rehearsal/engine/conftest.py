# SPDX-License-Identifier: GPL-3.0-or-later
"""A small database per test, driven through `contract.Session` alone."""

from __future__ import annotations

import shutil
import threading
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from rehearsal.contract import BindType, OracleError, OraType, Outcome, Session
from rehearsal.engine import BACKUP_DIRECTORY, DatabaseSpec, RehearsalEngine, open_engine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RESIDENTS = 40
SERVICE = "gladi"
USER = "SIAK_BACKUP"
SPEC = DatabaseSpec(SERVICE, RESIDENTS, "gladi-saja")

NUMBER = BindType(OraType.NUMBER, 22)
TEXT = BindType(OraType.VARCHAR2, 4000)
CLOB = BindType(OraType.CLOB, 4000)
CURSOR = BindType(OraType.CURSOR, 0)
_TYPES = {
    int: NUMBER,
    float: NUMBER,
    bytes: BindType(OraType.RAW, 32767),
    datetime: BindType(OraType.DATE, 7),
    str: TEXT,
    type(None): TEXT,
}


@dataclass
class Client:
    """Sends statements as the wire would: describe, then execute."""

    session: Session

    def run(self, sql: str, *values: Any, types: dict[int, BindType] | None = None) -> Outcome:
        statement = self.session.prepare(sql)
        binds = [_TYPES[type(value)] for value in values]
        for place, type_ in (types or {}).items():
            binds[place] = type_
        self.session.describe(statement, binds)
        return self.session.execute(statement, binds, [values], threading.Event())

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        result = self.run(sql, *values).result
        assert result is not None
        return list(result.rows)

    def value(self, sql: str, *values: Any) -> Any:
        ((value,),) = self.rows(sql, *values)
        return value

    def out(self, block: str, *values: Any, types: dict[int, BindType] | None = None) -> tuple[Any, ...]:
        return tuple(self.run(block, *values, types=types).out)

    def evaluate(self, expression: str, type_: BindType = TEXT) -> Any:
        """Evaluate a PL/SQL expression."""
        return self.out(f"BEGIN :result := {expression}; END;", None, types={0: type_})[0]

    def fails(self, code: int, sql: str, *values: Any, match: str = "") -> OracleError:
        with pytest.raises(OracleError) as caught:
            outcome = self.run(sql, *values)
            list(outcome.result.rows if outcome.result else ())
        assert caught.value.code == code, str(caught.value)
        assert match in str(caught.value)
        return caught.value


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database made once; each test works on a copy."""
    state = tmp_path_factory.mktemp("template")
    open_engine(state, [SPEC]).close()
    return state


@pytest.fixture
def engine(template: Path, tmp_path: Path, dpdump: Path) -> Iterator[RehearsalEngine]:
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    engine = open_engine(tmp_path, [SPEC])
    engine.database(SERVICE).accounts.create_directory(BACKUP_DIRECTORY, dpdump)
    yield engine
    engine.close()


@pytest.fixture
def client(engine: RehearsalEngine) -> Iterator[Client]:
    session = engine.open_session(SERVICE, USER, {})
    yield Client(session)
    session.close()


@pytest.fixture
def second(engine: RehearsalEngine) -> Iterator[Client]:
    session = engine.open_session(SERVICE, USER, {})
    yield Client(session)
    session.close()


@pytest.fixture
def dpdump(tmp_path: Path) -> Path:
    """The folder behind SIAK_BACKUP_DIR."""
    return tmp_path / SERVICE / "dpdump"
