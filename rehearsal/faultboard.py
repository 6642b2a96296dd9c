# SPDX-License-Identifier: GPL-3.0-or-later
"""Which faults are armed in which database, and what faults there are."""

from __future__ import annotations

import ast
import enum
import inspect
import threading
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, get_args, get_type_hints

from rehearsal.admin import FaultError
from rehearsal.datapump import Faults
from rehearsal.engine import AccessFaults, ClockFaults
from rehearsal.engine.posture import Posture
from rehearsal.wire.options import LineFault, Refusal, Tls

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    FaultValue = bool | int | float | str | None


@dataclass(frozen=True)
class LineFaults:
    """What goes wrong on the wire, on every connection to a database."""

    drop_after_bytes: int | None = None
    """Each connection is dropped once the server has sent this many bytes on it. Seen in every step."""
    stall_after_bytes: int | None = None
    """Each connection falls silent once, for `stall_s` s, after this many bytes sent. Seen in every step."""
    stall_s: float = 30.0
    """How long a stalled line is silent. Seen in every step."""
    refuse: Refusal | None = None
    """Connections fail: native-encryption (DPY-3001), old-verifier (DPY-3015), old-version (DPY-3010), unknown-service
    (ORA-12514), unknown-sid (ORA-12505), no-handler (ORA-12516), crowded (ORA-12519), blocked (ORA-12528), closed (at
    once, without a word), silent (never an answer). Seen in step 1."""
    certificate: Tls | None = None
    """With --tls, the listener shows another certificate: expired, other-name, other-ca; or it demands the client's:
    no-client-key. It is one listener: armed in one database, this holds for all. Seen in step 1."""


_GROUPS = (LineFaults, AccessFaults, Faults, ClockFaults, Posture)
_Group = TypeVar("_Group", LineFaults, AccessFaults, Faults, ClockFaults, Posture)


@dataclass(frozen=True)
class Armed:
    """All faults of one database."""

    job: Faults = field(default_factory=Faults)
    line: LineFaults = field(default_factory=LineFaults)
    access: AccessFaults = field(default_factory=AccessFaults)
    clock: ClockFaults = field(default_factory=ClockFaults)
    posture: Posture = field(default_factory=Posture)

    def set(self, texts: Mapping[str, str]) -> Armed:
        """Return these with the named faults set from their text; "" arms a switch. Raises FaultError."""
        return self._replaced({name: _value(name, text) for name, text in texts.items()})

    def clear(self, names: Iterable[str]) -> Armed:
        """Return these with the named faults healthy again. Raises FaultError."""
        healthy = Armed().values()
        return self._replaced({name: healthy[_known(name)] for name in names})

    def values(self) -> dict[str, FaultValue]:
        """Return every fault's value."""
        return asdict(self.job) | asdict(self.line) | asdict(self.access) | asdict(self.clock) | asdict(self.posture)

    def armed(self) -> dict[str, FaultValue]:
        """Return the faults that differ from health."""
        healthy = Armed().values()
        return {name: value for name, value in self.values().items() if value != healthy[name]}

    def line_fault(self) -> LineFault | None:
        """Return the line's fault as the listener wants it; a drop goes before a stall."""
        if self.line.drop_after_bytes is not None:
            return LineFault(self.line.drop_after_bytes)
        if self.line.stall_after_bytes is not None:
            return LineFault(self.line.stall_after_bytes, self.line.stall_s)
        return None

    def _replaced(self, values: Mapping[str, Any]) -> Armed:
        def changed(group: _Group) -> _Group:
            return replace(group, **{name: value for name, value in values.items() if hasattr(group, name)})

        return Armed(
            changed(self.job), changed(self.line), changed(self.access), changed(self.clock), changed(self.posture)
        )


class Armable(Protocol):
    """Databases that can be made to fail."""

    def services(self) -> tuple[str, ...]:
        """Return the names of the databases."""
        ...

    def arm(self, service: str, job: Faults, access: AccessFaults, clock: ClockFaults) -> None:
        """Give faults to the jobs that the database opens from now on, to its accounts and to its clock."""
        ...

    def jobs_at_work(self, service: str) -> tuple[tuple[str, ...], int]:
        """Return the names of the jobs that run, and how many ran at once at the most."""
        ...

    def pose(self, service: str, posture: Posture) -> None:
        """Set up the backup account and what it sees of the server, from now on."""
        ...


class FaultBoard:
    """The faults armed in each database; every change is at once given to the engine. Thread-safe."""

    def __init__(self, engine: Armable, initial: Armed) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._armed: dict[str, Armed] = {}
        self._arm(dict.fromkeys(engine.services(), initial))

    def line_fault(self, service: str) -> LineFault | None:
        """Return the fault of a database's lines."""
        return self._armed[service].line_fault()

    def refusal(self, service: str) -> Refusal | None:
        """Return why the driver is to refuse a database."""
        return self._armed[service].line.refuse

    def certificate(self) -> Tls | None:
        """Return the kind of certificate that the listener is to show instead of its own."""
        return next((armed.line.certificate for armed in self._armed.values() if armed.line.certificate), None)

    def execute(self, request: Mapping[str, Any]) -> dict[str, object]:
        """Carry out one request and return what is armed then. Raises FaultError, with nothing changed."""
        if request.get("command") == "jobs":
            return {"jobs": {service: self._jobs(service) for service in self._services(request)}}
        with self._lock:
            self._arm({service: _changed(request, self._armed[service]) for service in self._services(request)})
            return {"faults": {service: faults.armed() for service, faults in self._armed.items()}}

    def _jobs(self, service: str) -> dict[str, object]:
        running, most_at_once = self._engine.jobs_at_work(service)
        return {"running": list(running), "most_at_once": most_at_once}

    def _arm(self, changed: Mapping[str, Armed]) -> None:
        for service, faults in changed.items():
            self._engine.arm(service, faults.job, faults.access, faults.clock)
            self._engine.pose(service, faults.posture)
            self._armed[service] = faults

    def _services(self, request: Mapping[str, Any]) -> tuple[str, ...]:
        service = request.get("service")
        if service is None:
            return tuple(self._armed)
        if service not in self._armed:
            raise FaultError(f"no database {service!r} here; there is {', '.join(self._armed)}")
        return (service,)


def describe_faults() -> dict[str, str]:
    """Return every fault with the sentences its definition carries: what it does, which step sees it."""
    return {name: text for faults in _GROUPS for name, text in _field_docstrings(faults)}


def _changed(request: Mapping[str, Any], armed: Armed) -> Armed:
    names = request.get("faults", {})
    match request.get("command"):
        case "list":
            return armed
        case "set":
            return armed.set(names)
        case "clear":
            return armed.clear(names) if names else Armed()
        case other:
            raise FaultError(f"no command {other!r}")


def _known(name: str) -> str:
    if name not in _types():
        raise FaultError(f"no fault {name!r}; --list-faults shows them all")
    return name


def _types() -> dict[str, Any]:
    return {name: kind for faults in _GROUPS for name, kind in get_type_hints(faults).items()}


def _value(name: str, text: str) -> FaultValue:
    type_ = _types()[_known(name)]
    wanted = next(kind for kind in get_args(type_) or (type_,) if kind is not type(None))
    if wanted is bool:
        if text not in {"", "true", "false"}:
            raise FaultError(f"{name} is true or false, not {text!r}")
        return text != "false"
    if issubclass(wanted, enum.StrEnum) and text not in set(wanted):
        raise FaultError(f"{name} is one of {', '.join(wanted)}, not {text!r}")
    try:
        value: FaultValue = wanted(text)
    except ValueError as e:
        raise FaultError(f"{name} wants a number ({wanted.__name__}), not {text!r}") from e
    return value


def _field_docstrings(class_: type) -> Iterator[tuple[str, str]]:
    """Yield (field, the string literal below it): Python keeps these in the source alone."""
    (definition,) = ast.parse(inspect.getsource(class_)).body
    for statement, below in pairwise(definition.body if isinstance(definition, ast.ClassDef) else ()):
        match statement, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, " ".join(text.split())
