# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import threading

import pytest
from siak_backup.oracle.bounded import within


def nothing(result):
    raise AssertionError(result)


def test_what_comes_in_time_is_returned():
    assert within(30, lambda: 7, discard=nothing) == 7


def test_what_is_raised_in_time_is_raised():
    with pytest.raises(ZeroDivisionError):
        within(30, lambda: 1 // 0, discard=nothing)


def test_what_comes_too_late_is_given_back():
    go, discarded, seen = threading.Event(), threading.Event(), []

    def late():
        go.wait(30)
        return 7

    def discard(result):
        seen.append(result)
        discarded.set()

    with pytest.raises(TimeoutError):
        within(0.01, late, discard=discard)
    go.set()
    assert discarded.wait(30)
    assert seen == [7]


def test_what_is_raised_too_late_is_forgotten():
    go, ended = threading.Event(), threading.Event()

    def late():
        go.wait(30)
        ended.set()
        raise ZeroDivisionError

    with pytest.raises(TimeoutError):
        within(0.01, late, discard=nothing)
    go.set()
    assert ended.wait(30)
