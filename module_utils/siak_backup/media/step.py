# SPDX-License-Identifier: GPL-3.0-or-later
"""SOP step 5 from a module's options to its result: tonight's copies, those owed, and what people are told."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..archive.folder import DatedFolder, read_folder
from ..calendar import zone
from ..errors import ArchiveError, ConfigError, MediumError, SiakError, VanishedError
from . import history
from .carrier import Ready
from .copy import Settings
from .deliver import Request, deliver, lacking, offsite, owed, plan
from .destination import Patience
from .slot import ALWAYS, slots_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from .copy import OnProgress, Outcome
    from .deliver import Delivery
    from .slot import Slot

#: What became of a copy: made and proven now, proven again, still to be made, missing though it must be there, planned.
PROVEN, PRESENT, DEFERRED, FAILED, PLANNED = "proven", "present", "deferred", "failed", "planned"


@dataclass(frozen=True)
class Result:
    """What a step did, or in check mode would do.

    `copies` are those of tonight, `caught_up` those of other nights, as `media_copy` documents them; `files` are the
    night's in the archive. `errors` are of copies that must be there and are not. Where all that the media lack was
    asked for, `made_up` counts files and bytes of the nights that were copied, `lacking` tells each medium or
    night that still lacks, and `nothing_lacks` that none does.
    """

    copies: tuple[dict[str, Any], ...] = ()
    caught_up: tuple[dict[str, Any], ...] = ()
    advice: tuple[str, ...] = ()
    files: tuple[dict[str, Any], ...] = ()
    errors: tuple[SiakError, ...] = ()
    made_up: tuple[int, int] | None = None
    lacking: tuple[dict[str, Any], ...] = ()
    nothing_lacks: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the module's result."""
        every = [*self.copies, *(copy for night in self.caught_up for copy in night["copies"])]
        new = [copy["path"] for copy in every if copy["status"] in (PROVEN, PLANNED)]
        old = [copy["path"] for copy in every if copy["status"] == PRESENT]
        return {
            "changed": bool(new),
            "copies": list(self.copies),
            "caught_up": list(self.caught_up),
            "advice": list(self.advice),
            "agenda": self._agenda(),
            "diff": {
                "before": "".join(f"{path}\n" for path in sorted(old)),
                "after": "".join(f"{path}\n" for path in sorted([*old, *new])),
                "before_header": "media",
                "after_header": "media",
            },
        }

    def _agenda(self) -> dict[str, Any]:
        """Return the agenda's facts: the first proven copy as the step's output, and every copy's fate."""
        kept = ("label", "serial", "group", "status", "path", "read_back", "reason", "code")
        facts: dict[str, Any] = {
            "copies": [{name: copy[name] for name in kept} for copy in (*self.copies, *self.lacking)],
            "caught_up": [
                {name: copy[name] for name in ("label", "serial", "group", "path", "read_back")}
                | {"night": night["night"]}
                for night in self.caught_up
                for copy in night["copies"]
                if copy["status"] in (PROVEN, PRESENT)
            ],
            "advice": list(self.advice),
        }
        output = next((copy for copy in self.copies if copy["status"] in (PROVEN, PRESENT, PLANNED)), None)
        if output is not None:
            facts |= {name: output[name] for name in ("path", "label", "read_back")}
            facts |= {"files": list(self.files), "size_bytes": sum(file["size_bytes"] for file in self.files)}
        elif self.made_up is not None:
            facts |= {"files": self.made_up[0], "size_bytes": self.made_up[1]}
            facts["nothing_lacks"] = self.nothing_lacks
        return facts

    def demand(self) -> None:
        """Raise the error of the copy that is missing, or of several one that tells them all."""
        if len(self.errors) == 1:
            raise self.errors[0]
        if self.errors:
            sentences = "; ".join(f"({number}) {error}" for number, error in enumerate(self.errors, 1))
            raise MediumError(f"{len(self.errors)} kopian gagal", where="siak_media", remedy=sentences)


def request_of(params: Mapping[str, Any]) -> Request:
    """Return the request that a module's options make. Raises ConfigError."""
    patience = Patience(params["stall_notice_s"], params["stall_limit_s"])
    if not 0 < patience.notice_s <= patience.limit_s:
        raise ConfigError(
            "batas diam media mustahil", where="stall_limit_s", remedy="isi lebih dari 0, dan tidak di bawah notice"
        )
    slots = slots_of(params["media"])
    if not params["age_recipients"] and any(slot.encrypt == ALWAYS for slot in slots):
        raise ConfigError(
            "media harus dienkripsi tetapi tidak ada kunci publik", where="siak_media", remedy="isi siak_age_recipients"
        )
    return Request(
        server=params["server"],
        server_dir=Path(params["server_dir"]) if params["server_dir"] else night_path(params).parent,
        slots=slots,
        settings=Settings(tuple(params["age_recipients"]), params["digest"], patience),
        offsite_days=params["offsite_days"],
    )


def night_path(params: Mapping[str, Any]) -> Path:
    """Return the path of the folder to copy. Raises ConfigError."""
    path = params["src"] or params["backup"].get("path")
    if not isinstance(path, str) or not Path(path).is_absolute():
        raise ConfigError("folder yang disalin tidak diketahui", where="backup.path", remedy="beri hasil backup_folder")
    return Path(path)


def source_of(params: Mapping[str, Any]) -> DatedFolder:
    """Return the folder to copy. Raises VanishedError if it is not what step 4 published, ArchiveError if damaged."""
    folder = read_folder(night_path(params))
    published = params["backup"]
    if published and [entry.as_dict() for entry in folder.manifest.files] != published.get("files"):
        raise VanishedError(
            "folder berubah sejak langkah 4", where=str(folder.path), remedy="jangan pakai folder ini, ulangi backup"
        )
    return folder


def look(params: Mapping[str, Any]) -> Result:
    """Return what `perform` would do; changes nothing. Raises as `perform`."""
    request = request_of(params)
    if params["server_dir"]:
        absent, nights = lacking(request)
        planned = tuple(
            {"night": night, "copies": [_copy_facts(slot, slot.name, PLANNED) for slot in slots]}
            for night, slots in nights
        )
        return Result(caught_up=planned, errors=_errors(absent.items()), advice=_reasons(absent.items()))
    path = night_path(params)
    # In check mode step 4 may have published nothing that could be read.
    source = source_of(params) if path.exists() else None
    files: list[dict[str, Any]] = source.files() if source else list((params["backup"] or {}).get("files", []))
    seen = plan(request, path.name, source, sum(file["size_bytes"] for file in files))
    copies: list[dict[str, Any]] = []
    advice: list[str] = []
    missing: list[tuple[Slot, SiakError]] = []
    for slot, found in zip(request.slots, seen, strict=True):
        if isinstance(found, Ready):
            there = {"path": str(slot.path / request.server / found.survey.folder), "read_back": found.survey.present}
            copies.append(_copy_facts(slot, found.label, PRESENT if found.survey.present else PLANNED) | there)
            advice += found.warnings
        else:
            copies.append(_missing(slot, slot.name, found))
            missing.append((slot, found))
    return Result(tuple(copies), advice=tuple(advice), files=tuple(files), errors=_errors(missing))


def perform(params: Mapping[str, Any], *, progress: OnProgress, monotonic: Callable[[], float]) -> Result:
    """Copy the night that the options name and what earlier nights owe, or all that the media lack.

    Raises:
        VanishedError, ArchiveError: the night, or the history, cannot be read.
        ConfigError: a setting is impossible.
    """
    request = request_of(params)
    past = history.read(request.history_path)
    local = zone(params["zone"]).tzinfo
    go = partial(deliver, progress=progress, monotonic=monotonic)
    if params["server_dir"]:
        absent, nights = lacking(request)
        caught_up, troubles = _catch_up(request, nights, go)
        said = offsite(request, past, [one for each in caught_up for one in each.outcomes], local)
        copied = [each for each in caught_up if any(one.is_proven for one in each.outcomes)]
        missing = (*(_missing(slot, slot.name, error) for slot, error in absent.items()), *_failed(caught_up))
        return Result(
            made_up=(sum(each.files for each in copied), sum(each.size_bytes for each in copied)),
            lacking=missing,
            nothing_lacks=not missing and not troubles,
            caught_up=_nights(request, caught_up),
            advice=_once(_reasons(absent.items()), troubles, _made_up(caught_up), said),
            errors=_errors(absent.items()) + _failures(caught_up),
        )
    source = source_of(params)
    tonight = go(request, source, request.slots)
    nights = owed(request, tonight, params["catch_up"]) if params["catch_up"] > 0 else ()
    caught_up, troubles = _catch_up(request, nights, go)
    warnings = [sentence for one in tonight.outcomes for sentence in one.warnings]
    return Result(
        copies=tuple(_copies(request, tonight)),
        caught_up=_nights(request, caught_up),
        advice=_once(warnings, troubles, _made_up(caught_up), offsite(request, past, tonight.outcomes, local)),
        files=tuple(source.files()),
        errors=_failures((tonight,)),
    )


def _catch_up(
    request: Request, nights: Iterable[tuple[str, tuple[Slot, ...]]], go: Callable[..., Delivery]
) -> tuple[tuple[Delivery, ...], tuple[str, ...]]:
    """Copy other nights one by one; a medium that failed once is not asked again.

    A night that is damaged in the archive never stops the rest: it is told in a sentence.
    """
    done: list[Delivery] = []
    troubles = []
    lost: set[Slot] = set()
    for night, slots in nights:
        if not (here := [slot for slot in slots if slot not in lost]):
            continue
        try:
            done.append(go(request, read_folder(request.server_dir / night), here))
        except ArchiveError as error:
            troubles.append(f"malam {night} tidak dapat disusulkan: {error}")
        else:
            lost |= {one.slot for one in done[-1].outcomes if one.error is not None}
    return tuple(done), tuple(troubles)


def _made_up(deliveries: Iterable[Delivery]) -> tuple[str, ...]:
    return tuple(
        f"malam {each.night} disusulkan ke {one.label}"
        for each in deliveries
        for one in each.outcomes
        if one.error is None
    )


def _once(*sentences: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(sentence for each in sentences for sentence in each))


def _errors(absent: Iterable[tuple[Slot, SiakError]]) -> tuple[SiakError, ...]:
    return tuple(error for slot, error in absent if not slot.may_follow)


def _reasons(absent: Iterable[tuple[Slot, SiakError]]) -> tuple[str, ...]:
    return tuple(str(error) for slot, error in absent if slot.may_follow)


def _failures(deliveries: Iterable[Delivery]) -> tuple[SiakError, ...]:
    return tuple(error for each in deliveries for error in each.failures)


def _failed(deliveries: Iterable[Delivery]) -> tuple[dict[str, Any], ...]:
    return tuple(
        _missing(one.slot, one.label, one.error)
        for each in deliveries
        for one in each.outcomes
        if one.error is not None
    )


def _nights(request: Request, deliveries: Iterable[Delivery]) -> tuple[dict[str, Any], ...]:
    return tuple({"night": each.night, "copies": _copies(request, each)} for each in deliveries)


def _copies(request: Request, delivery: Delivery) -> list[dict[str, Any]]:
    return [_copy(request, outcome) for outcome in delivery.outcomes]


def _copy(request: Request, outcome: Outcome) -> dict[str, Any]:
    slot = outcome.slot
    if outcome.error is not None:
        return _missing(slot, outcome.label, outcome.error)
    return _copy_facts(slot, outcome.label, PRESENT if outcome.was_there else PROVEN) | {
        "serial": outcome.serial,
        "group": outcome.group,
        "path": str(slot.path / request.server / outcome.folder),
        "read_back": outcome.method,
        "encoded": [
            {"name": one.stored_name, "size_bytes": one.size_bytes, "sha256": one.sha256}
            for one in outcome.stored
            if one.stored_name != one.name
        ],
        "resumed": outcome.resumed,
        "duration_s": round(outcome.duration_s, 3),
        "rate_bytes_s": round(outcome.rate_bytes_s),
    }


def _missing(slot: Slot, label: str, error: SiakError) -> dict[str, Any]:
    status = DEFERRED if slot.may_follow else FAILED
    return _copy_facts(slot, label, status) | {"reason": str(error), "code": error.code}


def _copy_facts(slot: Slot, label: str, status: str) -> dict[str, Any]:
    return {
        "label": label,
        "serial": "",
        "group": "",
        "dir": str(slot.path),
        "status": status,
        "path": "",
        "read_back": "",
        "encoded": [],
        "resumed": 0,
        "duration_s": 0.0,
        "rate_bytes_s": 0,
        "reason": "",
        "code": "",
    }
