# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: DTZ001 - a DATE has no zone
"""Values in Oracle's internal formats, and rows made of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from dump_reader import Stream, decode, decode_number
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.contract import Column, OraType
from rehearsal.dumpfile.model import DatabaseFacts, Table
from rehearsal.dumpfile.rows import RowEncoder
from rehearsal.dumpfile.strmtable import stream_xml
from rehearsal.dumpfile.values import (
    encode_binary_double,
    encode_date,
    encode_number,
    encode_timestamp,
    encode_timestamp_tz,
    encoder_for,
)

numbers = st.one_of(
    st.integers(-(10**38), 10**38),
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**18), max_value=10**18, places=6),
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e30, max_value=1e30).filter(
        lambda value: value == 0 or abs(value) > 1e-100
    ),
)


@given(numbers)
def test_a_number_comes_back(value):
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    assert Decimal(decode_number(encode_number(value))) == exact


@given(st.integers(-(10**30), 10**30), st.integers(-(10**30), 10**30))
def test_numbers_sort_as_their_bytes_do(left, right):
    assert (left < right) == (encode_number(left) < encode_number(right))


@pytest.mark.parametrize(
    ("value", "encoded"),
    [(0, "80"), (1, "c102"), (10, "c10b"), (100, "c202"), (2900, "c21e"), (-1, "3e6466"), (Decimal("0.5"), "c033")],
)
def test_known_numbers(value, encoded):
    assert encode_number(value).hex() == encoded


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN")])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(ValueError, match="no NUMBER"):
        encode_number(value)


@given(st.datetimes())
def test_a_date_comes_back_without_its_fraction(value):
    assert decode(12, encode_date(value)) == value.replace(microsecond=0)


def test_a_timestamp_has_a_fraction_only_if_it_needs_one():
    whole = datetime(2024, 1, 2, 3, 4, 5)
    assert encode_timestamp(whole).hex() == "787c0102040506"
    assert encode_timestamp(whole.replace(microsecond=5)).hex() == "787c010204050600001388"


def test_a_zoned_timestamp_is_stored_in_utc():
    wib = datetime(2024, 1, 2, 0, 0, tzinfo=timezone(timedelta(hours=7)))
    assert encode_timestamp_tz(wib).hex() == "787c0101120101000000001b3c"
    assert encode_timestamp_tz(datetime(2024, 1, 1, tzinfo=UTC)).hex()[-4:] == "143c"
    newfoundland = datetime(2024, 1, 1, tzinfo=timezone(-timedelta(hours=3, minutes=30)))
    assert encode_timestamp_tz(newfoundland).hex()[-4:] == "111e"


@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_binary_doubles_sort_as_their_bytes_do(left, right):
    if left != right:
        assert (left < right) == (encode_binary_double(left) < encode_binary_double(right))


def test_a_cursor_is_no_column():
    with pytest.raises(ValueError, match="CURSOR"):
        encoder_for(Column("C", OraType.CURSOR))


def read_rows(columns, rows):
    """Encode rows, wrap them into a stream as the format wants it, and read them with the other reader."""
    xml = stream_xml(Table("SIAK", "T", columns), DatabaseFacts((12, 2, 0, 1, 0), "x", "x", "x"))
    data = b"".join(map(RowEncoder(columns).encode, rows))
    start = -(-(4096 + len(xml)) // 8) * 8
    end = -(-(start + len(data)) // 8) * 8
    numbers = (len(xml), 4096, len(data), start, 8, end)
    head = b"\xff\xff$$\x0a\x00" + b"".join(number.to_bytes(8) for number in numbers)
    whole = (head.ljust(4096, b"\0") + xml).ljust(start, b"\0") + data
    return Stream(whole.ljust(end + 8, b"\0"), 0, end + 8).records()


@pytest.mark.parametrize("length", [0, 1, 250, 251, 254, 255, 4000, 65519, 65520, 65521, 200_000])
def test_values_of_every_length_come_back(length):
    columns = (Column("A", OraType.BLOB), Column("B", OraType.VARCHAR2), Column("C", OraType.CLOB))
    blob, text, clob = bytes(range(256)) * (length // 256 + 1), "x" * min(length, 4000), "é" * length
    expected = {"A": blob[:length], "C": clob} | ({"B": text} if text else {})
    assert read_rows(columns, [(blob[:length], text, clob)]) == [expected]


def test_nulls_anywhere_come_back_as_nothing():
    columns = (
        Column("A", OraType.NUMBER),
        Column("B", OraType.CLOB),
        Column("C", OraType.VARCHAR2),
        Column("D", OraType.BLOB),
    )
    rows = [
        (None, None, None, None),
        (1, None, None, None),
        (None, "b", None, None),
        (None, None, "c", b"d"),
        (1, "b", "", None),
    ]
    assert read_rows(columns, rows) == [{}, {"A": 1}, {"B": "b"}, {"C": "c", "D": b"d"}, {"A": 1, "B": "b"}]


def test_a_row_too_long_to_count_is_not_counted():
    columns = tuple(Column(f"C{number}", OraType.VARCHAR2, 4000) for number in range(20))
    row = tuple("x" * 4000 for _ in columns)
    assert list(read_rows(columns, [row, row])[1].values()) == list(row)


def test_a_char_is_padded_and_a_raw_is_not():
    columns = (Column("A", OraType.CHAR, 5), Column("B", OraType.RAW, 5))
    assert read_rows(columns, [("ab", b"\1\2")]) == [{"A": "ab   ", "B": b"\1\2"}]


class PieceOfLob:
    """A LOB that is read through its interface only."""

    type = OraType.CLOB

    def __init__(self, text):
        self.text = text

    def size(self):
        return len(self.text)

    def read(self, offset, amount):
        return self.text[offset - 1 : offset - 1 + amount]


def test_a_lob_object_is_read_in_parts():
    text = "isi lampiran " * 200_000
    assert read_rows((Column("A", OraType.CLOB),), [(PieceOfLob(text),)]) == [{"A": text}]
