# SPDX-License-Identifier: GPL-3.0-or-later
"""What the driver and Oracle answer, turned into the error tree with a remedy.

Codes: python-oracledb's troubleshooting guide and Oracle's error help. What TLS itself answered is in `tls_errors`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ..errors import ConnectError, LoginError, OracleError, PrivilegeError, StatementError, TlsError

if TYPE_CHECKING:
    import oracledb

_CODE = re.compile(r"\b(?:ORA|DPY|DPI|TNS|PLS|UTL)-\d{4,5}\b")

_GRANTS = "minta DBA menjalankan docs/sql/backup_account.sql"
_FOLDER = "minta DBA memeriksa folder itu dan izin pengguna oracle di server"
_BUSY = "tunggu beban server turun lalu ulangi, atau minta DBA menambah PROCESSES"
_NETWORK = "periksa kabel, jaringan, listener dan layanan database lalu ulangi"


@dataclass(frozen=True)
class _Known:
    """What a code means to an operator."""

    error: type[OracleError]
    what: str
    remedy: str


OLD_SERVER: Final = (
    "bila server 11.2: isi client_lib_dir dengan folder Oracle Instant Client 19; bila 10.2 atau 11.1: driver dari "
    "requirements/oracle10g.txt dengan Instant Client 11.2 atau 12.1 (docs/connections.md)"
)
_NATIVE_ENCRYPTION = (
    "isi client_lib_dir dengan folder Oracle Instant Client 19 atau lebih baru, atau minta DBA listener TCPS dan tulis "
    "tcps:// pada connection.dsn (docs/connections.md)"
)
_OTHER_SERVER = (
    "pastikan connection.dsn menuju server yang benar; bila sertifikatnya memang bernama lain, isi ssl_server_cert_dn"
)
_WALLET = "periksa wallet_dir; jalankan playbooks/doctor.yml"
_CERTIFICATE = "minta DBA sertifikat CA server dan isi wallet dengannya; periksa juga jam kedua mesin"

_LOGIN_REMEDY = "minta DBA membetulkan akun; jangan mencoba berulang karena akun dapat terkunci"

_KNOWN: dict[str, _Known] = {
    "ORA-01005": _Known(LoginError, "kata sandi kosong", _LOGIN_REMEDY),
    "ORA-01017": _Known(LoginError, "nama akun atau kata sandi ditolak", _LOGIN_REMEDY),
    "ORA-28000": _Known(LoginError, "akun terkunci", _LOGIN_REMEDY),
    "ORA-28001": _Known(LoginError, "kata sandi akun kedaluwarsa", "minta DBA mengganti kata sandi akun backup"),
    "DPY-4001": _Known(LoginError, "akun atau kata sandi belum diisi", "isi connection.user dan password_file"),
    "DPY-3015": _Known(
        LoginError,
        "kata sandi akun hanya tersimpan dalam bentuk 10G",
        "minta DBA menyetel ulang kata sandi, atau isi client_lib_dir",
    ),
    "DPY-4035": _Known(
        LoginError, "server tidak dapat membuktikan diri", "pastikan alamat DSN benar-benar server SIAK"
    ),
    "ORA-29283": _Known(PrivilegeError, "folder di balik directory tidak ada atau tidak dapat ditulisi", _FOLDER),
    "ORA-29289": _Known(PrivilegeError, "objek directory tidak boleh dipakai", _GRANTS),
    "ORA-01031": _Known(PrivilegeError, "hak akses akun kurang", _GRANTS),
    "ORA-01045": _Known(PrivilegeError, "akun tidak boleh membuka sesi (CREATE SESSION)", _GRANTS),
    "ORA-28150": _Known(
        PrivilegeError,
        "akun proxy tidak boleh menjadi akun tujuan",
        "minta DBA: ALTER USER <akun tujuan> GRANT CONNECT THROUGH <akun proxy>;",
    ),
    "ORA-31631": _Known(PrivilegeError, "hak Data Pump akun kurang", _GRANTS),
    "ORA-39087": _Known(PrivilegeError, "objek directory tidak ada atau tidak boleh dipakai", _GRANTS),
    "ORA-01950": _Known(PrivilegeError, "akun tidak punya kuota tablespace untuk tabel master", _GRANTS),
    "ORA-01536": _Known(PrivilegeError, "kuota tablespace akun habis", _GRANTS),
    "PLS-00201": _Known(PrivilegeError, "paket Oracle yang diperlukan tidak boleh dijalankan", _GRANTS),
    "ORA-12154": _Known(ConnectError, "nama DSN tidak dikenal", "periksa connection.dsn dan config_dir"),
    "DPY-4000": _Known(ConnectError, "nama DSN tidak dikenal", "periksa connection.dsn dan config_dir"),
    "DPY-4026": _Known(ConnectError, "tnsnames.ora tidak ditemukan", "periksa connection.config_dir"),
    "DPY-4017": _Known(ConnectError, "DSN tidak dapat dibaca", "tulis DSN sebagai host:port/service"),
    "DPY-4018": _Known(ConnectError, "DSN tidak dapat dibaca", "tulis DSN sebagai host:port/service"),
    "ORA-12505": _Known(ConnectError, "SID tidak dikenal listener", "periksa nama layanan pada connection.dsn"),
    "ORA-12514": _Known(ConnectError, "layanan tidak dikenal listener", "periksa nama layanan pada connection.dsn"),
    "DPY-6001": _Known(ConnectError, "layanan tidak dikenal listener", "periksa nama layanan pada connection.dsn"),
    "DPY-6003": _Known(ConnectError, "SID tidak dikenal listener", "periksa nama layanan pada connection.dsn"),
    "ORA-12516": _Known(ConnectError, "listener tidak punya handler yang siap", _BUSY),
    "ORA-12518": _Known(ConnectError, "listener tidak dapat menyerahkan sambungan", _BUSY),
    "ORA-12519": _Known(ConnectError, "semua handler layanan terpakai", _BUSY),
    "ORA-12520": _Known(ConnectError, "listener tidak punya handler yang siap", _BUSY),
    "ORA-12526": _Known(ConnectError, "layanan dibatasi (RESTRICTED)", "tunggu DBA selesai bekerja"),
    "ORA-12528": _Known(ConnectError, "layanan sedang menolak sambungan baru", "tunggu database terbuka"),
    "ORA-00018": _Known(ConnectError, "jumlah sesi database sudah penuh", _BUSY),
    "ORA-00020": _Known(ConnectError, "jumlah proses database sudah penuh", _BUSY),
    "ORA-01035": _Known(ConnectError, "database dibatasi (RESTRICTED SESSION)", "tunggu DBA selesai bekerja"),
    "ORA-12541": _Known(ConnectError, "listener tidak menjawab", _NETWORK),
    "ORA-12170": _Known(ConnectError, "server tidak menjawab sampai batas waktu", _NETWORK),
    "ORA-12537": _Known(ConnectError, "sambungan ditutup server", _NETWORK),
    "ORA-01033": _Known(ConnectError, "database sedang dinyalakan atau dimatikan", "tunggu database terbuka"),
    "ORA-01034": _Known(ConnectError, "database tidak menyala", "minta DBA menyalakan database"),
    "ORA-01089": _Known(ConnectError, "database sedang dimatikan", "tunggu database terbuka"),
    "DPY-1001": _Known(ConnectError, "sambungan sudah terputus", _NETWORK),
    "DPY-4011": _Known(ConnectError, "sambungan diputus database atau jaringan", _NETWORK),
    "DPY-4024": _Known(ConnectError, "server diam melebihi call_timeout_s", _NETWORK),
    "DPY-6000": _Known(ConnectError, "listener menolak sambungan", _NETWORK),
    "DPY-6005": _Known(ConnectError, "server tidak dapat dihubungi", _NETWORK),
    "DPY-3001": _Known(ConnectError, "server mewajibkan enkripsi jaringan bawaan Oracle", _NATIVE_ENCRYPTION),
    "ORA-12660": _Known(
        ConnectError,
        "pengaturan enkripsi jaringan server dan klien tidak cocok",
        "minta DBA menyamakan SQLNET.ENCRYPTION dan SQLNET.CRYPTO_CHECKSUM server dengan sqlnet.ora pada config_dir",
    ),
    "DPY-3010": _Known(ConnectError, "versi server lebih tua daripada 12.1", OLD_SERVER),
    "ORA-03134": _Known(ConnectError, "server terlalu tua untuk Oracle Client ini", OLD_SERVER),
    "DPY-2018": _Known(TlsError, "berkas wallet tidak ada", _WALLET),
    "DPY-6002": _Known(TlsError, "nama pada sertifikat server bukan ssl_server_cert_dn", _OTHER_SERVER),
    "DPY-6006": _Known(TlsError, "nama pada sertifikat server bukan nama host pada DSN", _OTHER_SERVER),
    "ORA-28759": _Known(TlsError, "berkas wallet tidak dapat dibuka", _WALLET),
    "ORA-28860": _Known(TlsError, "sambungan TLS ditolak", _WALLET),
    "ORA-28862": _Known(TlsError, "sambungan TLS gagal", _WALLET),
    "ORA-28865": _Known(TlsError, "sambungan TLS ditutup server", _WALLET),
    "ORA-29003": _Known(TlsError, "nama pada sertifikat server bukan nama host pada DSN", _OTHER_SERVER),
    "ORA-29024": _Known(TlsError, "sertifikat server tidak dikenal wallet", _CERTIFICATE),
}


#: Said of every error that comes out of PL/SQL: where, not why.
_NO_CAUSE = frozenset({"ORA-06512", "ORA-06550"})


def map_error(error: oracledb.Error, *, where: str) -> OracleError:
    """Return the error of the tree for one raised by the driver.

    The innermost known code decides, since Data Pump and the driver wrap the
    cause. Neither the password nor bind values are in a driver's message.
    """
    detail = error.args[0] if error.args else ""
    message = str(getattr(detail, "message", detail))
    codes = _CODE.findall(message)
    for code in reversed(codes):
        if known := _KNOWN.get(code):
            return known.error(f"{known.what} [{code}]", where=where, remedy=known.remedy, oracle_code=code)
    first = message.partition("\n")[0]
    beneath = [code for code in dict.fromkeys(codes) if code not in first and code not in _NO_CAUSE]
    told = f" [{', '.join(beneath)}]" if beneath else ""
    return StatementError(
        f"Oracle menolak perintah: {first}{told}",
        oracle_code=str(getattr(detail, "full_code", "")) or (codes[0] if codes else ""),
        where=where,
        remedy="serahkan kode ini kepada DBA",
    )
