# SPDX-License-Identifier: GPL-3.0-or-later
"""The one error tree. A code, once given, never changes its meaning.

A message is one Indonesian sentence for the operator: what is wrong, where,
and what to do about it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping


class SiakError(Exception):
    """Base of every error the package raises on purpose.

    `what` says what is wrong, `where` names the server, file or setting,
    `remedy` says what to do. None of them may hold a secret or personal data.
    """

    code: ClassVar[str] = "SIAK-000"

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        sentence = f"{self.code} {self.what}"
        if self.where:
            sentence += f" ({self.where})"
        if self.remedy:
            sentence += f": {self.remedy}"
        return sentence

    def as_dict(self) -> dict[str, str]:
        """Return the parts, for a module's result and the journal."""
        return {"code": self.code, "what": self.what, "where": self.where, "remedy": self.remedy}


class ConfigError(SiakError):
    """A setting is missing, impossible or contradicts another."""

    code = "SIAK-100"


class SopError(ConfigError):
    """The SOP file cannot be read or says something impossible."""

    code = "SIAK-110"


class CalendarError(ConfigError):
    """A date, zone, hour table or folder pattern is impossible."""

    code = "SIAK-120"


class PreflightError(SiakError):
    """Step 1 found at least one reason not to begin."""

    code = "SIAK-150"


class ServiceHoursError(PreflightError):
    """The office is serving people now."""

    code = "SIAK-151"


class OracleError(SiakError):
    """Something between this program and the Oracle server.

    `oracle_code` is Oracle's or the driver's own code, e.g. `ORA-39001`; empty where none was given.
    """

    code = "SIAK-200"

    def __init__(self, what: str, *, where: str = "", remedy: str = "", oracle_code: str = "") -> None:
        self.oracle_code = oracle_code
        super().__init__(what, where=where, remedy=remedy)


class ConnectError(OracleError):
    """The server, the listener or the service does not answer."""

    code = "SIAK-201"


class LoginError(OracleError):
    """Oracle refused the account. Never retried: it would lock the account."""

    code = "SIAK-202"


class PrivilegeError(OracleError):
    """The account lacks a privilege, quota or directory grant."""

    code = "SIAK-203"


class StatementError(OracleError):
    """Oracle refused a statement for a reason no other class names."""

    code = "SIAK-204"


class TlsError(ConnectError):
    """A connection by TLS did not come about: a certificate, the wallet's key, or a port that speaks otherwise."""

    code = "SIAK-205"


class ExportError(OracleError):
    """The Data Pump job did not end as proven success."""

    code = "SIAK-210"


class ExportTimeLimitError(ExportError):
    """The hard time limit stopped the job."""

    code = "SIAK-211"


class JobBusyError(ExportError):
    """Another export of ours runs on this server."""

    code = "SIAK-212"


class CollectError(OracleError):
    """A piece could not be pulled, or changed while it was pulled."""

    code = "SIAK-220"


class CountError(OracleError):
    """Rows in the export and rows in the database disagree."""

    code = "SIAK-221"


class DumpError(SiakError):
    """A dump or log is not what a proven backup needs."""

    code = "SIAK-300"


class UnreadableError(DumpError):
    """A file that should be a dump or log is no regular file, or may not be read."""

    code = "SIAK-301"


class ArchiveError(SiakError):
    """The archive on the control node cannot take or keep the backup."""

    code = "SIAK-400"


class NoSpaceError(ArchiveError):
    """The file system is full or too small."""

    code = "SIAK-401"


class ReadOnlyError(ArchiveError):
    """The file system or folder does not take writes."""

    code = "SIAK-402"


class RunLockError(ArchiveError):
    """Another run holds this server."""

    code = "SIAK-403"


class VanishedError(ArchiveError):
    """A file that an earlier step made is gone or has changed."""

    code = "SIAK-404"


class MediumError(SiakError):
    """The medium cannot be used: absent, full, read-only, torn off, or of an unknown kind."""

    code = "SIAK-500"


class ReadBackError(MediumError):
    """What was read back from the medium differs from what was written."""

    code = "SIAK-501"


class WrongMediumError(MediumError):
    """What is plugged in has no sound marker, or is another medium than the one expected."""

    code = "SIAK-502"


class StalledMediumError(MediumError):
    """The medium did not answer for so long that it was given up."""

    code = "SIAK-503"


class FileSystemLimitError(MediumError):
    """The medium's file system cannot hold a file of this size or name."""

    code = "SIAK-504"


class AgendaError(SiakError):
    """The agenda cannot be written or is not being written."""

    code = "SIAK-600"


class JournalDamagedError(AgendaError):
    """A journal line is broken, changed, cut or missing."""

    code = "SIAK-601"


class ReportError(AgendaError):
    """A paper cannot be made or written; the journal it is made from is whole."""

    code = "SIAK-610"


class NotifyError(SiakError):
    """A message did not reach the channel; another attempt may succeed."""

    code = "SIAK-700"


class NotifyRefusedError(NotifyError):
    """The channel refused the message for good: a second attempt would be refused too."""

    code = "SIAK-701"


class StaleError(SiakError):
    """A server's newest proven backup is too old, or nobody can tell how old it is."""

    code = "SIAK-710"


def restored(parts: Mapping[str, str]) -> SiakError:
    """Return the error that `as_dict` was made of, handed over by another process; SiakError for an unknown code."""
    kinds = [SiakError]
    for kind in kinds:
        if kind.code == parts.get("code"):
            break
        kinds += kind.__subclasses__()
    else:
        kind = SiakError
    return kind(parts.get("what", ""), where=parts.get("where", ""), remedy=parts.get("remedy", ""))
