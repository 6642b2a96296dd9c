# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: INP001 - Ansible loads the file by its path
"""The option `connection`, as every module that talks to Oracle documents it."""

from __future__ import annotations


class ModuleDocFragment:
    """Documents `CONNECTION_SPEC` of siak_backup.oracle.connection."""

    DOCUMENTATION = r"""
options:
  connection:
    description: How to reach the Oracle account that makes the backup.
    type: dict
    required: true
    suboptions:
      dsn:
        description: C(host:port/service), a connect descriptor, or a name of tnsnames.ora in O(connection.config_dir).
        type: str
        required: true
      user:
        description: The account, or C(PROXY[ACCOUNT]) for one that is logged on through another. Not needed where the
          wallet itself holds the login.
        type: str
      password:
        description: Its password, best from Ansible Vault.
        type: str
      password_file:
        description: File whose first line is the password; a regular file that others can neither read nor write.
        type: path
      wallet_dir:
        description: Folder of an Oracle wallet, for TLS or for the login itself. Thin mode reads C(ewallet.pem) in it,
          which may hold nothing but the certificate of the CA; Oracle's client reads C(cwallet.sso).
        type: path
      wallet_password:
        description: Password of the key in C(ewallet.pem), best from Ansible Vault.
        type: str
      wallet_password_file:
        description: File whose first line is that password, kept like O(connection.password_file).
        type: path
      ssl_server_dn_match:
        description: Whether the name in the server's certificate must be the host of O(connection.dsn), or
          O(connection.ssl_server_cert_dn). With V(false) any certificate that the CA has signed will do.
        type: bool
        default: true
      ssl_server_cert_dn:
        description: Distinguished name that the server's certificate must have, where its name is not the host's.
        type: str
      config_dir:
        description: Folder of tnsnames.ora.
        type: path
      client_lib_dir:
        description: Folder of Oracle Instant Client; servers older than 12.1 need it.
        type: path
      connect_timeout_s:
        description: Seconds to wait for the listener.
        type: float
        default: 20.0
      call_timeout_s:
        description: Longest silence of the server within one call, in seconds.
        type: float
        default: 300.0
"""

    #: For modules that can do without a database.
    OPTIONAL = DOCUMENTATION.replace("    required: true\n", "", 1)
