# SPDX-License-Identifier: GPL-3.0-or-later
"""The two phases of a logon: challenge, then proof and a session."""

from __future__ import annotations

from dataclasses import dataclass

from ..contract import Engine, OracleError, Session
from .auth import Challenge, Decoys
from .codec import FieldReader, FieldWriter, ProtocolError, as_text
from .cursors import MOST_OPEN_CURSORS
from .messages import write_parameters, write_status, write_warning
from .request_reader import FUNCTION

PHASE_ONE = 118
PHASE_TWO = 115
CHANGE_PASSWORD = 0x02
AS_SYSDBA = 0x20
AS_SYSOPER = 0x40
MOST_PAIRS = 64
PROXY_CLIENT = "PROXY_CLIENT_NAME"
"""The account that a proxy asks to become, in phase two: `user[account]`."""
VERIFIER_10G = 0x939
CLIENT_KEYS = {
    "AUTH_PROGRAM_NM": "program",
    "AUTH_MACHINE": "machine",
    "AUTH_TERMINAL": "terminal",
    "AUTH_PID": "process",
    "AUTH_SID": "osuser",
    "SESSION_CLIENT_DRIVER_NAME": "driver",
}
"""What a client says about itself, to V$SESSION's name of it (`driver`: V$SESSION_CONNECT_INFO's)."""


@dataclass(frozen=True)
class Phase:
    """One half of a logon as the client sends it; `user` is as Oracle stores names."""

    user: str
    mode: int
    pairs: dict[str, str]


class Gate:
    """Lets users of one service in. Its methods block on the engine and on key derivation."""

    def __init__(self, engine: Engine, service: str, decoys: Decoys, *, protocol: str = "tcp") -> None:
        self._engine = engine
        self._protocol = protocol
        self._service = service
        self._decoys = decoys

    def challenge(self, first: Phase) -> Challenge:
        """Return a challenge, a decoy for an unknown user; raises OracleError for one who may not log on."""
        if first.mode & (AS_SYSDBA | AS_SYSOPER | CHANGE_PASSWORD):
            raise OracleError(1031, "insufficient privileges")
        known = self._engine.verifier(self._service, first.user)
        return Challenge.fresh(known or self._decoys.verifier(self._service, first.user))

    def admit(self, challenge: Challenge, first: Phase, second: Phase) -> tuple[Session, FieldWriter]:
        """Check the client's proof; return its session and the reply, or raise OracleError (ORA-01017 and others)."""
        try:
            proof = challenge.check(second.pairs)
        except OracleError:
            self._engine.login_failed(self._service, first.user)
            raise
        said = first.pairs | second.pairs
        client = {name: said[key] for key, name in CLIENT_KEYS.items() if key in said}
        client["network_protocol"] = self._protocol
        become = _stored_name(second.pairs.get(PROXY_CLIENT, ""))
        session = self._engine.open_session(self._service, first.user, client, become=become)
        instance = self._engine.instance(self._service)
        pairs = {
            "AUTH_SVR_RESPONSE": proof,
            "AUTH_VERSION_NO": str(_version_number(self._engine.version(self._service))),
            "AUTH_SESSION_ID": str(session.session_id),
            "AUTH_SERIAL_NUM": str(session.serial),
            "AUTH_MAX_OPEN_CURSORS": str(MOST_OPEN_CURSORS),
            "AUTH_SC_SERVICE_NAME": self._service,
            "AUTH_INSTANCENAME": instance,
            "AUTH_SC_DBUNIQUE_NAME": instance,
        }
        out = FieldWriter()
        write_parameters(out, ((key, value, 0) for key, value in pairs.items()))
        warning = self._engine.logon_warning(self._service, first.user)
        if warning is not None:
            write_warning(out, warning)
        write_status(out, 0)
        return session, out


def challenge_reply(challenge: Challenge, *, old_verifier: bool) -> FieldWriter:
    """Return phase one's reply; with `old_verifier` it says that there is a 10g verifier only."""
    pairs = challenge.pairs()
    if old_verifier:
        pairs = [(key, value, VERIFIER_10G if key == "AUTH_VFR_DATA" else flags) for key, value, flags in pairs]
    out = FieldWriter()
    write_parameters(out, pairs)
    write_status(out, 0)
    return out


async def read_phase(fields: FieldReader, function: int) -> Phase:
    """Read phase one (118) or two (115) of a logon; raises ProtocolError for any other request."""
    fields.begin_request()
    head = await fields.raw(3)
    if head[:2] != bytes((FUNCTION, function)):
        raise ProtocolError(f"request {head[:2].hex()} during logon")
    has_user = await fields.u8()
    await fields.ub()
    mode = await fields.ub()
    await fields.u8()
    count = await fields.ub()
    if count > MOST_PAIRS:
        raise ProtocolError(f"{count} pairs during logon")
    await fields.raw(2)
    user = as_text(await fields.clr()) if has_user else ""
    pairs = {}
    for _ in range(count):
        key = await fields.text2()
        pairs[key] = await fields.text2()
        await fields.ub()
    return Phase(_stored_name(user), mode, pairs)


def _stored_name(name: str) -> str:
    """Return a user name as the dictionary stores it: upper case unless quoted."""
    return name[1:-1] if len(name) > 1 and name[0] == name[-1] == '"' else name.upper()


def _version_number(version: tuple[int, int, int, int, int]) -> int:
    """Pack a version as field versions below 11 do: 12.1.0.2.0 is 0x0C100200."""
    major, minor, x, y, z = version
    return major << 24 | minor << 20 | x << 12 | y << 8 | z
