# SPDX-License-Identifier: GPL-3.0-or-later
"""The way into the database: network, listener, login. One login is tried, once; a refused one is never repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..calendar import duration
from ..errors import ConfigError, ConnectError, LoginError, OracleError, TlsError
from ..oracle.address import addresses_of, knock, unresolved
from .finding import Finding, failed, fine, of_error, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..oracle.address import Address
    from ..oracle.connection import ConnectionSettings
    from ..oracle.session import Session

_NETWORK: Final = ("network", "Jaringan")
_LISTENER: Final = ("listener", "Listener dan layanan")
_ENCRYPTION: Final = ("encryption", "Enkripsi jaringan")
_VERSION: Final = ("version", "Versi database")
_LOGIN: Final = ("login", "Login")

#: The listener answers, and does not know what was asked for.
_UNKNOWN_SERVICE = frozenset({"ORA-12505", "ORA-12514", "DPY-6001", "DPY-6003"})

#: The password was right, and the account may not log on all the same.
_NO_PROXY = "ORA-28150"
_NOT_GRANTED = frozenset({"ORA-01045", _NO_PROXY})

_NATIVE_ENCRYPTION = frozenset({"DPY-3001", "ORA-12660"})

_OLD_RELEASE = frozenset({"DPY-3010", "ORA-03134"})

#: The database behind the service is not open.
_NOT_OPEN = frozenset({"ORA-01033", "ORA-01034", "ORA-01089"})

#: Said of the DSN itself, before any packet.
_DSN = frozenset({"ORA-12154", "DPY-4000", "DPY-4017", "DPY-4018", "DPY-4026"})


def enter(
    settings: ConnectionSettings, connect: Callable[[], Session], monotonic: Callable[[], float]
) -> tuple[Session | None, list[Finding]]:
    """Log on once. Return the session, or None and what stands in its way."""
    began = monotonic()
    try:
        session = connect()
    except LoginError as error:
        return None, [*_arrived(), _refused(settings, error)]
    except ConfigError as error:
        return None, [*_unasked(settings), of_error(*_LOGIN, error)]
    except OracleError as error:
        return None, _stopped(settings, error)
    took = duration(monotonic() - began)
    accepted = f"akun {session.user} diterima"
    if settings.proxy:
        accepted = f"akun {settings.proxy[0]} diterima sebagai proxy, sesi milik {session.user}"
    return session, [
        fine(*_NETWORK, f"tersambung ke {settings.dsn} dalam {took}"),
        fine(*_LISTENER, "layanan dikenal listener"),
        fine(*_LOGIN, accepted),
    ]


def _arrived() -> list[Finding]:
    return [fine(*_NETWORK, "server menjawab"), fine(*_LISTENER, "layanan dikenal listener")]


def _refused(settings: ConnectionSettings, error: LoginError) -> Finding:
    user = _login_name(settings)
    remedies = {
        "ORA-28000": " ".join(f"ALTER USER {name} ACCOUNT UNLOCK;" for name in settings.proxy or (user,)),
        "ORA-28001": f'ALTER USER {user} IDENTIFIED BY "<kata sandi baru>"; lalu tulis yang sama di password_file',
        "ORA-01017": (
            "jangan diulang, akun dapat terkunci; samakan isi password_file, atau "
            f'ALTER USER {user} IDENTIFIED BY "<kata sandi baru>";'
        ),
        "DPY-3015": (
            f'ALTER USER {user} IDENTIFIED BY "<kata sandi baru>"; pada server 11.2 ke atas yang tidak memakai '
            "SEC_CASE_SENSITIVE_LOGON=FALSE; atau isi client_lib_dir"
        ),
    }
    return of_error(*_LOGIN, error, remedies.get(error.oracle_code, ""))


def _login_name(settings: ConnectionSettings) -> str:
    """Return the account whose password is asked."""
    return (settings.proxy[0] if settings.proxy else settings.user.upper()) or "<akun>"


def _stopped(settings: ConnectionSettings, error: OracleError) -> list[Finding]:
    """Return the lines for a connection that did not come about for another reason than the account."""
    code = error.oracle_code
    waiting = unknown(*_LOGIN, "belum dicoba server", "perbaiki dahulu yang GAGAL di atas")
    if code in _NOT_GRANTED:
        proxy, account = settings.proxy or (_login_name(settings),) * 2
        who = ", ".join(dict.fromkeys((proxy, account)))
        through = f"ALTER USER {account} GRANT CONNECT THROUGH {proxy};"
        remedy = through if code == _NO_PROXY else f"GRANT CREATE SESSION TO {who};"
        return [*_arrived(), of_error(*_LOGIN, error, remedy)]
    if code in _UNKNOWN_SERVICE:
        remedy = "di server jalankan: lsnrctl services; tulis nama layanan itu pada connection.dsn"
        return [fine(*_NETWORK, "listener menjawab"), of_error(*_LISTENER, error, remedy), waiting]
    if code in _NOT_OPEN:
        remedy = "di server, sebagai SYSDBA: STARTUP; (PDB: ALTER PLUGGABLE DATABASE <nama> OPEN;)"
        return [fine(*_NETWORK, "server menjawab"), of_error(*_LISTENER, error, remedy), waiting]
    if isinstance(error, TlsError):
        return [fine(*_NETWORK, "server menjawab"), of_error(*_ENCRYPTION, error), waiting]
    if code in _NATIVE_ENCRYPTION:
        return [*_arrived(), of_error(*_ENCRYPTION, error), waiting]
    if code in _OLD_RELEASE:
        return [*_arrived(), of_error(*_VERSION, error), waiting]
    if code in _DSN:
        return [of_error(*_NETWORK, error), waiting]
    return [*_network(settings, error), waiting]


def _network(settings: ConnectionSettings, error: OracleError) -> list[Finding]:
    """Tell an absent listener from one that answers and then refuses."""
    address, refusals = _knock(settings)
    if address is not None and unresolved(addresses_of(settings)):
        # the driver gives up before it tries those that are known
        return [of_error(*_NETWORK, error)]
    if address is not None:
        return [
            fine(*_NETWORK, f"{address} menerima sambungan TCP"),
            of_error(*_LISTENER, error, "di server jalankan: lsnrctl status; periksa alert log dan listener.log"),
        ]
    return _unreached(refusals) if refusals else [of_error(*_NETWORK, error)]


def _unasked(settings: ConnectionSettings) -> list[Finding]:
    """Return how far the way is open where there is nothing to log on with."""
    address, refusals = _knock(settings)
    if address is not None:
        return [fine(*_NETWORK, f"{address} menerima sambungan TCP")]
    return _unreached(refusals) if refusals else []


def _unreached(refusals: Sequence[ConnectError]) -> list[Finding]:
    found = "; ".join(f"{refusal.code} {refusal.what}" for refusal in refusals)
    return [
        failed(*_NETWORK, found, refusals[0].remedy),
        unknown(*_LISTENER, "tidak tercapai", "perbaiki dahulu jaringannya"),
    ]


def _knock(settings: ConnectionSettings) -> tuple[Address | None, list[ConnectError]]:
    """Return the first listener that takes a TCP connection, or None and what each one's way said."""
    refusals: list[ConnectError] = []
    for address in addresses_of(settings):
        try:
            knock(address, settings.connect_timeout_s)
        except ConnectError as refusal:
            refusals.append(refusal)
        else:
            return address, refusals
    return None, refusals
