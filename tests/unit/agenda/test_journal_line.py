# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from siak_backup.agenda.line import MAX_LINE_BYTES, NO_PREVIOUS, Damaged, Sound, compose, digest, is_moment, parse
from siak_backup.errors import AgendaError

AT = datetime(2025, 1, 9, 9, 35, tzinfo=UTC)


def line(**record: object) -> bytes:
    return compose({"run": "r", "event": "e"} | record, seq=1, at=AT, prev=NO_PREVIOUS)


def changed(**values: object) -> bytes:
    record = json.loads(line()) | values
    return json.dumps({key: value for key, value in record.items() if value is not ...}).encode()


plain_json = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**53), 2**53),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(plain_json)
def test_what_is_written_is_read_back(value: object):
    raw = line(facts={"value": value})
    assert raw.endswith(b"\n")
    assert raw.count(b"\n") == 1
    found = parse(raw.removesuffix(b"\n"), 7)
    assert isinstance(found, Sound)
    assert found.record["facts"]["value"] == value
    assert (found.number, found.sha256) == (7, digest(raw.removesuffix(b"\n")))


def test_subclasses_become_plain():
    class Tagged(str):
        __slots__ = ()

    raw = line(server=Tagged("sukamara"), steps=(1, 2))
    assert json.loads(raw)["server"] == "sukamara"
    assert json.loads(raw)["steps"] == [1, 2]


@pytest.mark.parametrize(
    "value",
    [b"bytes", AT, {1: 2}, {1, 2}, float("nan"), float("inf"), 2**54, object(), "x" * 9000, [[[[[[[[[[1]]]]]]]]]]],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_plain_json_is_refused_without_quoting_it(value: object):
    with pytest.raises(AgendaError, match=r"facts\.0") as caught:
        line(facts=[value])
    assert "xxxx" not in str(caught.value)


def test_a_line_has_a_largest_length():
    with pytest.raises(AgendaError, match="64 KiB"):
        line(facts=["x" * 8000] * 9)
    frame = len(line(facts=["x" * 8000] * 8 + [""]))
    longest = line(facts=["x" * 8000] * 8 + ["x" * (MAX_LINE_BYTES - frame)])
    assert len(longest) == MAX_LINE_BYTES
    assert isinstance(parse(longest.removesuffix(b"\n"), 1), Sound)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "JSON"),
        (b"{", "JSON"),
        (b"\xff\xfe", "JSON"),
        (b"[" * 60_000, "JSON"),
        (line()[: len(line()) // 2], "JSON"),
        (b"x" * MAX_LINE_BYTES, "64 KiB"),
        (b"[1]", "objek"),
        (b"null", "objek"),
        (changed(v=2), "versi 2 lebih baru"),
        (changed(v=True), "kunci v"),
        (changed(v=0), "kunci v"),
        (changed(v=...), "kunci v"),
        (changed(seq=0), "kunci seq"),
        (changed(seq=1.5), "kunci seq"),
        (changed(at="2025-01-09T09:35:00"), "kunci at"),
        (changed(at="kemarin"), "kunci at"),
        (changed(run=""), "kunci run"),
        (changed(event=None), "kunci event"),
        (changed(prev="0" * 63), "kunci prev"),
        (changed(prev=..., at=5), "kunci at, prev"),
        (changed(facts=0).replace(b'"facts": 0', b'"facts": NaN'), "JSON"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_a_line_says_why(raw: bytes, reason: str):
    found = parse(raw, 3)
    assert isinstance(found, Damaged)
    assert reason in found.reason
    assert (found.number, found.sha256) == (3, digest(raw))


def test_a_moment_has_an_offset():
    assert is_moment("2025-01-09T16:35:00+07:00")
    assert not is_moment(20250109)
