# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import socket

import pytest
from siak_backup.errors import ConnectError
from siak_backup.oracle.address import Address, addresses_of, knock
from siak_backup.oracle.connection import ConnectionSettings


def addresses(dsn, config_dir=""):
    return addresses_of(ConnectionSettings(dsn=dsn, user="x", config_dir=config_dir))


@pytest.mark.parametrize(
    ("dsn", "found"),
    [
        ("192.0.2.10:1522/SIAK", ["tcp 192.0.2.10:1522"]),
        ("tcps://db.example:2484/SIAK", ["tcps db.example:2484"]),
        ("a,b:1521/SIAK", ["tcp a:1521", "tcp b:1521"]),
        (
            "(DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)(HOST=a)(PORT=1521))(ADDRESS=(PROTOCOL=tcps)(HOST=b)(PORT=2484)))",
            ["tcp a:1521", "tcps b:2484"],
        ),
        ("(broken", []),
    ],
)
def test_a_dsn_names_its_listeners(dsn, found):
    assert [f"{address.protocol} {address}" for address in addresses(dsn)] == found


def test_an_alias_is_looked_up(tmp_path):
    text = "SIAK=(DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)(HOST=192.0.2.9)(PORT=1521))(CONNECT_DATA=(SERVICE_NAME=x)))\n"
    (tmp_path / "tnsnames.ora").write_text(text)
    assert [str(address) for address in addresses("SIAK", str(tmp_path))] == ["192.0.2.9:1521"]
    assert addresses("SIAK", str(tmp_path / "none")) == ()


@pytest.mark.parametrize(
    ("host", "loopback"), [("127.0.0.1", True), ("::1", True), ("LocalHost", True), ("192.0.2.1", False), ("db", False)]
)
def test_this_machine_is_known(host, loopback):
    assert Address("tcp", host, 1521).is_loopback == loopback


def test_an_ipv6_address_is_written_in_brackets():
    assert str(Address("tcp", "::1", 1521)) == "[::1]:1521"


def test_a_listener_is_knocked_at():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        knock(Address("tcp", "127.0.0.1", listener.getsockname()[1]), 5)


def test_one_that_does_not_answer_is_told(monkeypatch):
    def silent(*_, **__):
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", silent)  # a silent network is not to be had on one machine
    with pytest.raises(ConnectError, match="tidak menjawab"):
        knock(Address("tcp", "192.0.2.1", 1521), 0.1)


def test_one_without_a_way_is_told():
    with pytest.raises(ConnectError, match="tidak dapat dicapai"):
        knock(Address("tcp", "255.255.255.255", 1521), 1)
