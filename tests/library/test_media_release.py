# SPDX-License-Identifier: GPL-3.0-or-later
"""media_release as Ansible calls it. Real disks are let go in tests/media_faults."""

from __future__ import annotations

import media_release
import pytest

from tests.unit.media.desk import register


def option(path, **more):
    return {"dir": str(path), "labels": ["DISK-01"], "mount_required": False} | more


def test_a_folder_is_nothing_to_let_go(run_module, tmp_path):
    register(tmp_path)
    result = run_module(media_release, media=[option(tmp_path)])
    assert not result["changed"]
    assert result["advice"] == ["media DISK-01 adalah folder, tidak ada yang dilepas"]


@pytest.mark.parametrize("check", [True, False])
def test_what_is_not_there_may_not_be_unplugged_and_fails_nothing(run_module, check):
    result = run_module(media_release, check=check, media=[option("/no/such/medium")])
    assert not result["failed"]
    assert result["released"] == []
    assert "BELUM boleh dicabut" in result["advice"][0]


def test_no_media_at_all(run_module):
    assert run_module(media_release, media=[])["error"]["code"] == "SIAK-100"
