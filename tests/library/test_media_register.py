# SPDX-License-Identifier: GPL-3.0-or-later
"""media_register as Ansible calls it."""

from __future__ import annotations

import json

import media_register
import pytest
from siak_backup.media.marker import MARKER_NAME


@pytest.fixture
def options(tmp_path):
    return {"dir": str(tmp_path), "label": "DISK-01", "serial": "SN-1", "kind": "hardisk", "mount_required": False}


def test_registers_once_and_says_what_it_is(run_module, options, tmp_path):
    result = run_module(media_register, **options)
    assert result["changed"]
    written = json.loads((tmp_path / MARKER_NAME).read_text())
    assert written["label"] == result["medium"]["label"] == "DISK-01"
    assert result["medium"]["file_system"] == "folder"
    assert result["diff"]["before"] == ""
    assert json.loads(result["diff"]["after"]) == written
    again = run_module(media_register, **options)
    assert not again["changed"]
    assert again["medium"]["id"] == written["id"]


def test_check_mode_writes_nothing(run_module, options, tmp_path):
    assert run_module(media_register, check=True, **options)["changed"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"mount_required": True}, ("SIAK-500", "titik mount")),
        ({"dir": "/no/such/medium"}, ("SIAK-500", "tidak ditemukan")),
        ({"label": "a/b"}, ("SIAK-100", "label media")),
    ],
)
def test_what_cannot_be_is_refused(run_module, options, change, told):
    result = run_module(media_register, **(options | change))
    assert result["error"]["code"] == told[0]
    assert told[1] in result["msg"]


def test_another_registration_is_refused(run_module, options):
    run_module(media_register, **options)
    result = run_module(media_register, **(options | {"serial": "SN-2"}))
    assert result["error"]["code"] == "SIAK-502"
    assert "sudah terdaftar sebagai DISK-01" in result["msg"]
