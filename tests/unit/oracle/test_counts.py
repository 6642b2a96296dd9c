# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from siak_backup.errors import ConnectError, CountError, StatementError
from siak_backup.oracle.counts import TableCount, compare, count_rows, demand_agreement
from siak_backup.oracle.names import TableName

A, B, C = (TableName("SIAKOFF", name) for name in "ABC")


def test_key_tables_are_set_beside_the_export():
    counts = compare({B: 2, A: 1}, {A: 1, C: 9})
    assert counts == [TableCount(A, 1, 1), TableCount(B, 2, None)]
    assert [count.agrees for count in counts] == [True, False]
    assert counts[1].as_dict() == {"table": "SIAKOFF.B", "rows_in_database": 2, "rows_in_export": None}


def test_agreement_passes_and_no_key_tables_need_none():
    demand_agreement([TableCount(A, 0, 0)], where="sukamara")
    demand_agreement([], where="sukamara")


def test_every_disagreement_is_named():
    counts = [TableCount(A, 5, 5), TableCount(B, 10, 9), TableCount(C, 1, None)]
    with pytest.raises(CountError) as refused:
        demand_agreement(counts, where="sukamara")
    text = str(refused.value)
    assert "SIAKOFF.B 10 di database, 9 di ekspor" in text
    assert "SIAKOFF.C 1 di database, tidak ada di ekspor" in text
    assert "SIAKOFF.A" not in text


class CountingSession:
    """Answers a count as Oracle would, or refuses it."""

    where = "sukamara"

    def __init__(self, answers):
        self._answers = answers

    def value(self, statement, **binds):
        answer = self._answers[next(name for name in self._answers if name in statement)]
        if isinstance(answer, Exception):
            raise answer
        assert binds == {"scn": 4711}
        return answer


def test_rows_are_counted_as_of_the_scn():
    session = CountingSession({'"SIAKOFF"."A"': 3, '"SIAKOFF"."B"': "4"})
    assert count_rows(session, [A, B], 4711) == {A: 3, B: 4}


def test_rows_that_cannot_be_counted_are_an_error_of_the_count():
    session = CountingSession({'"SIAKOFF"."A"': StatementError("x", oracle_code="ORA-01555")})
    with pytest.raises(CountError, match=r"SIAKOFF\.A .*SCN 4711 \[ORA-01555\]"):
        count_rows(session, [A], 4711)


def test_a_line_that_drops_is_no_count():
    with pytest.raises(ConnectError):
        count_rows(CountingSession({'"SIAKOFF"."A"': ConnectError("x")}), [A], 4711)
