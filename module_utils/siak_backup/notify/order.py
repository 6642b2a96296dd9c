# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be told of which run to whom: planned first, then sent."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ..agenda.entry import entry_path
from ..agenda.journal import node_name
from ..errors import AgendaError, ConfigError
from ..sop import load_sop
from .channel import channel_of, name_of
from .message import Message, compose
from .night import newest_run, told_night
from .tell import Delivery, tell
from .told import remember, told_channels

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from .channel import Channel
    from .night import ToldNight

#: Nobody waits longer for a message than this, and nothing is told in less.
_LEAST_S, _MOST_S = 1.0, 300.0


@dataclass(frozen=True)
class Outcome:
    """What was told, or is to be. `to_send` holds the channels by their place in `deliveries`."""

    run: str = ""
    message: Message | None = None
    deliveries: tuple[Delivery, ...] = ()
    to_send: Mapping[int, Channel] = field(default_factory=dict, repr=False)
    forgotten: str = ""

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence for each channel that failed, in Indonesian."""
        failed = (f"kabar lewat {each.name} gagal: {each.reason}" for each in self.deliveries if _is(each, "failed"))
        return (*failed, self.forgotten) if self.forgotten else tuple(failed)

    def as_dict(self) -> dict[str, Any]:
        """Return the module's result."""
        sent = [each.name for each in self.deliveries if _is(each, "sent")]
        return {
            "changed": bool(sent or self.to_send),
            "message": {
                "run": self.run,
                "subject": self.message.subject if self.message else "",
                "text": self.message.text if self.message else "",
            },
            "channels": [each.as_dict() for each in self.deliveries],
            "agenda": {"sent": sent, "failed": [each.name for each in self.deliveries if _is(each, "failed")]},
        }


@dataclass(frozen=True)
class Order:
    """A module's options, checked. `run` is empty for the newest run that is over."""

    run: str
    agenda_dir: Path
    sop_path: Path
    channels: tuple[Mapping[str, Any], ...]
    limit_s: float
    report: str
    expected: tuple[str, ...]
    rehearsal: bool
    again: bool

    @classmethod
    def of(cls, params: Mapping[str, Any], *, check: bool) -> Self | None:
        """Return the order that a module's options give; None in check mode for a run that is not recorded.

        Raises:
            ConfigError: an option is missing or impossible.
            AgendaError: the run was handed over by nobody who records it.
        """
        run = params["run"]
        if run is not None and not isinstance(run, str | Mapping):
            raise ConfigError("bukan run", where="run", remedy="isi id run atau SIAK_RUN")
        handed: Mapping[str, Any] = run if isinstance(run, Mapping) else {}
        if check and handed.get("check"):
            return None
        if isinstance(run, Mapping) and not run.get("id"):
            raise AgendaError("run ini tidak dicatat agenda", where="SIAK_RUN", remedy="jalankan dari folder proyek")
        places = {key: params[key] or handed.get(key) for key in ("agenda_dir", "sop_path")}
        for key, value in places.items():
            if not value:
                raise ConfigError("belum diisi", where=key, remedy="isi alamatnya")
        if not _LEAST_S <= params["limit_s"] <= _MOST_S:
            raise ConfigError("batas waktu mustahil", where="limit_s", remedy="isi 1 sampai 300 detik")
        return cls(
            run=str(handed["id"]) if handed else str(run or ""),
            agenda_dir=Path(str(places["agenda_dir"])),
            sop_path=Path(str(places["sop_path"])),
            channels=tuple(params["channels"]),
            limit_s=params["limit_s"],
            report=params["report_path"],
            expected=tuple(params["expected_servers"]),
            rehearsal=params["rehearsal"],
            again=params["again"],
        )

    def plan(self, *, now: datetime) -> Outcome:
        """Return the message and who is to get it; nothing is sent. Raises SopError, AgendaError."""
        sop = load_sop(self.sop_path)
        run_id = self.run or newest_run(self.agenda_dir, node_name())
        rehearsals = self.expected if self.rehearsal else ()
        night = told_night(self.agenda_dir, sop, run_id, now=now, rehearsals=rehearsals)
        message = compose(
            night,
            key=f"siak-{run_id}-{secrets.token_hex(4)}",
            now=now,
            report=_report(self.report, self.agenda_dir, night),
            expected=self.expected,
            rehearsal=self.rehearsal,
        )
        told = frozenset() if self.again else told_channels(self.agenda_dir, run_id)
        to_send: dict[int, Channel] = {}
        deliveries = []
        for place, params in enumerate(self.channels):
            name = name_of(params, place + 1)
            try:
                channel = channel_of(params, place + 1)
            except ConfigError as error:
                # One wrong channel must not silence the others.
                deliveries.append(Delivery(name, "failed", reason=str(error)))
                continue
            why_not = "run ini sudah dikabarkan" if name in told else channel.why_not(message)
            deliveries.append(Delivery(name, "skipped", reason=why_not or "belum dikirim"))
            if not why_not:
                to_send[place] = channel
        return Outcome(run_id, message, tuple(deliveries), to_send)

    def apply(self, planned: Outcome, *, monotonic: Callable[[], float]) -> Outcome:
        """Send what was planned and remember who was told; `monotonic` returns seconds. Never raises for a channel."""
        assert planned.message is not None  # noqa: S101 - for mypy: a plan has a message
        told = tell(list(planned.to_send.values()), planned.message, limit_s=self.limit_s, monotonic=monotonic)
        deliveries = list(planned.deliveries)
        for place, delivery in zip(planned.to_send, told, strict=True):
            deliveries[place] = delivery
        outcome = replace(planned, deliveries=tuple(deliveries), to_send={})
        sent = [each.name for each in told if _is(each, "sent")]
        return replace(outcome, forgotten=self._remember(planned.run, sent))

    def _remember(self, run_id: str, names: Sequence[str]) -> str:
        """Return why it could not be remembered; empty when it could."""
        try:
            if names:
                remember(self.agenda_dir, run_id, names)
        except AgendaError as error:
            return f"kabar terkirim, tetapi tidak tercatat sudah terkirim: {error}"
        return ""


def _report(told: str, agenda_dir: Path, night: ToldNight) -> str:
    """Return where the night's papers lie: the day's folder if it is there, else the folder of the readable entries.

    What is no path of this machine, such as an address of the office's own, is told as it is.
    """
    servers = list(night.run.servers.values())
    entries = entry_path(agenda_dir, night.run, servers[0]).parent if servers else None
    if told and not told.startswith("/"):
        return told
    papers = (Path(told) / entries.name, Path(told)) if told and entries else ()
    return next((str(path) for path in papers if path.exists()), str(entries or ""))


def _is(delivery: Delivery, status: str) -> bool:
    return delivery.status == status
