# SPDX-License-Identifier: GPL-3.0-or-later
"""How to reach one Oracle account: settings, their Ansible options, and the secret's file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError
from ..private_file import first_line, read_private

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Suboptions of every module's `connection` option, in Ansible's argument_spec form.
CONNECTION_SPEC: dict[str, dict[str, Any]] = {
    "dsn": {"type": "str", "required": True},
    "user": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "password_file": {"type": "path", "no_log": False},
    "wallet_dir": {"type": "path"},
    "wallet_password": {"type": "str", "no_log": True},
    "wallet_password_file": {"type": "path", "no_log": False},
    "ssl_server_dn_match": {"type": "bool", "default": True},
    "ssl_server_cert_dn": {"type": "str"},
    "config_dir": {"type": "path"},
    "client_lib_dir": {"type": "path"},
    "connect_timeout_s": {"type": "float", "default": 20.0},
    "call_timeout_s": {"type": "float", "default": 300.0},
}

#: What argument_spec cannot say in one suboption: where the secret comes from.
CONNECTION_RULES: dict[str, Any] = {
    "mutually_exclusive": [("password", "password_file"), ("wallet_password", "wallet_password_file")],
    "required_one_of": [("password", "password_file", "wallet_dir")],
}

_MAX_SECRET_BYTES = 1024

#: The driver's own way to write a proxy: whose password it is, and whom the session is of.
_PROXY = re.compile(r"(?P<proxy>[^\[\]]*)\[(?P<account>[^\[\]]+)\]")


@dataclass(frozen=True)
class ConnectionSettings:
    """Everything needed to log on, the secret still where it was put.

    `dsn` is `host:port/service`, a descriptor, or a name of `config_dir`'s
    tnsnames.ora. `call_timeout_s` is the longest silence of the server within
    one call. A `client_lib_dir` switches the driver to Oracle's own client
    libraries (thick mode), which servers older than 12.1 need. The wallet's
    password and the two `ssl_server_` settings are thin mode's: Oracle's client
    reads its own from sqlnet.ora.
    """

    dsn: str
    user: str = ""
    password: str = field(default="", repr=False)
    password_file: str = ""
    wallet_dir: str = ""
    wallet_password: str = field(default="", repr=False)
    wallet_password_file: str = ""
    ssl_server_dn_match: bool = True
    ssl_server_cert_dn: str = ""
    config_dir: str = ""
    client_lib_dir: str = ""
    connect_timeout_s: float = 20.0
    call_timeout_s: float = 300.0

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> ConnectionSettings:
        """Build settings from a module's `connection` option, where an option not given is None.

        Raises:
            ConfigError: the DSN carries a login, a timeout is not positive, or
                a user is missing where no wallet replaces it.
        """
        settings = cls(**{name: params[name] for name in CONNECTION_SPEC if params.get(name) is not None})
        if "@" in settings.dsn:
            raise ConfigError(
                "DSN memuat nama atau kata sandi",
                where="connection.dsn",
                remedy="tulis host:port/service saja dan simpan kata sandi di password_file",
            )
        if "[" in settings.user and not _PROXY.fullmatch(settings.user):
            raise ConfigError(
                f"akun proxy {settings.user!r} tidak dapat dibaca",
                where="connection.user",
                remedy="tulis AKUN_PROXY[AKUN_TUJUAN], misalnya SIAK_BACKUP[SIAKOFF]",
            )
        if (settings.wallet_password or settings.wallet_password_file) and not settings.wallet_dir:
            raise ConfigError(
                "kata sandi wallet tanpa wallet", where="connection.wallet_dir", remedy="isi folder wallet"
            )
        if min(settings.connect_timeout_s, settings.call_timeout_s) <= 0:
            raise ConfigError("batas waktu harus lebih dari 0 detik", where="connection", remedy="perbaiki inventaris")
        if not settings.user and not settings.wallet_login:
            raise ConfigError("akun Oracle belum diisi", where="connection.user", remedy="isi akun backup")
        return settings

    @property
    def wallet_login(self) -> bool:
        """True if the wallet itself holds the login, which only thick mode can read."""
        return bool(self.wallet_dir and self.client_lib_dir and not self.password and not self.password_file)

    def secret(self) -> str:
        """Return the password, read from its file if one is named. Raises ConfigError."""
        return read_password_file(Path(self.password_file)) if self.password_file else self.password

    def wallet_secret(self) -> str:
        """Return the password of the wallet's key, empty if there is none. Raises ConfigError."""
        return (
            read_password_file(Path(self.wallet_password_file)) if self.wallet_password_file else self.wallet_password
        )

    @property
    def proxy(self) -> tuple[str, str] | None:
        """Whose password is asked, and whom the session is of, in upper case; None without a proxy."""
        found = _PROXY.fullmatch(self.user)
        return (found["proxy"].upper(), found["account"].upper()) if found else None


def read_password_file(path: Path) -> str:
    """Return the first line of a password file.

    The file must be a regular one (no link, no pipe) that others on this
    machine can neither read nor write.

    Raises:
        ConfigError: it is missing, too open, too long, empty, or still a vault.
    """
    return first_line(read_private(path, what="kata sandi", max_bytes=_MAX_SECRET_BYTES))
