# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os

import pytest
from siak_backup.errors import ConfigError
from siak_backup.oracle.connection import CONNECTION_SPEC, ConnectionSettings, read_password_file

SECRET = "rahasia-kenari-9f3"
BASE = {"dsn": "192.0.2.10:1521/SIAKDB", "user": "SIAK_BACKUP"}


def given(**options):
    """Options as Ansible hands them over: all of them, None where not given."""
    return dict.fromkeys(CONNECTION_SPEC) | BASE | options


@pytest.fixture
def password_file(tmp_path):
    path = tmp_path / "password"
    path.write_text(f"{SECRET}\n")
    path.chmod(0o600)
    return path


def test_options_not_given_keep_their_defaults():
    settings = ConnectionSettings.from_params(given(password=SECRET))
    assert (settings.connect_timeout_s, settings.call_timeout_s) == (20.0, 300.0)
    assert settings.wallet_dir == ""
    assert settings.secret() == SECRET


def test_the_password_is_never_shown():
    settings = ConnectionSettings.from_params(given(password=SECRET, wallet_dir="/w", wallet_password=SECRET))
    assert settings.wallet_secret() == SECRET
    assert SECRET not in repr(settings)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"dsn": f"siak/{SECRET}@host/x", "password": "x"}, "connection.dsn"),
        ({"user": None, "password": "x"}, "connection.user"),
        ({"password": "x", "call_timeout_s": 0}, "0 detik"),
        ({"password": "x", "wallet_password": SECRET}, "connection.wallet_dir"),
        ({"password": "x", "wallet_password_file": "/w"}, "connection.wallet_dir"),
        ({"password": "x", "connect_timeout_s": -1.0}, "0 detik"),
    ],
)
def test_settings_that_cannot_work_are_refused_without_the_secret(options, word):
    with pytest.raises(ConfigError) as refused:
        ConnectionSettings.from_params(given(**options))
    assert word in str(refused.value)
    assert SECRET not in str(refused.value)


def test_a_wallet_may_hold_the_login_in_thick_mode_only():
    thick = ConnectionSettings.from_params(given(user=None, wallet_dir="/w", client_lib_dir="/c"))
    assert thick.wallet_login
    with pytest.raises(ConfigError):
        ConnectionSettings.from_params(given(user=None, wallet_dir="/w"))


@pytest.mark.parametrize("content", [SECRET, f"{SECRET}\n", f"{SECRET}\r\n", f"{SECRET}\nkomentar\n"])
def test_the_first_line_is_the_password(password_file, content):
    password_file.write_text(content, newline="")
    assert ConnectionSettings.from_params(given(password_file=str(password_file))).secret() == SECRET


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o777, 0o601])
def test_a_file_open_to_others_is_refused(password_file, mode):
    password_file.chmod(mode)
    with pytest.raises(ConfigError, match="chmod 600") as refused:
        read_password_file(password_file)
    assert str(password_file) in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"\n", b"\nx", b"\xff\xfe", b"x" * 1025, b"$ANSIBLE_VAULT;1.1;AES256\n3030"])
def test_contents_that_are_no_password_are_refused(password_file, content):
    password_file.write_bytes(content)
    with pytest.raises(ConfigError):
        read_password_file(password_file)


def test_only_a_regular_file_is_read(tmp_path, password_file):
    link = tmp_path / "link"
    link.symlink_to(password_file)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    for path in (link, pipe, tmp_path, tmp_path / "absent"):
        with pytest.raises(ConfigError) as refused:
            read_password_file(path)
        assert str(path) in str(refused.value)
