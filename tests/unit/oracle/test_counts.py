# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from siak_backup.errors import CountError
from siak_backup.oracle.counts import TableCount, compare, demand_agreement
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
