# SPDX-License-Identifier: GPL-3.0-or-later
"""SOP step 5: one night to every medium, read once, written, read back and compared on each.

A folder with a final name on a medium is a proven copy. A medium that fails
never spoils another's copy; each has its own outcome.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ..archive.manifest import StoredEntry
from ..archive.names import LOG_NAME, MANIFEST_NAME, SUMS_NAME
from ..archive.sums import format_sums
from ..calendar import duration
from ..durable import archive_errors
from ..errors import ReadBackError, SiakError, VanishedError
from .carrier import BEGIN, PUBLISH, SMALL
from .destination import Destination, Patience
from .digest import new_digest
from .direct import CACHE, weakest
from .encode import Encoding, worth_compressing
from .ferry import PLAIN, Ferry
from .ring import Ring
from .slot import ALWAYS, AUTO, NEVER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ..archive.folder import DatedFolder
    from .slot import Slot
    from .staging import Order

#: Hears phase, bytes done and bytes in all; written and read back both count.
OnProgress = Callable[[str, int, int], None]

#: The digest that SHA256SUMS is made of.
SHA256 = "sha256"


@dataclass(frozen=True)
class Settings:
    """How to copy: public keys to encrypt for, the digest that what is read back is compared by, and the patience."""

    recipients: tuple[str, ...] = ()
    digest: str = SHA256
    patience: Patience = field(default_factory=Patience)


@dataclass(frozen=True)
class Outcome:
    """What became of one destination.

    `is_proven` means that the whole night lies there and was read back; `was_there` that it did before.
    `folder` and `stored` are names there; `resumed` is how many files an earlier, interrupted copy had brought.
    `method` is the weakest by which a file was read back. `duration_s` and the rate are of writing and reading back
    together, 0 if nothing was written. `error` is None if and only if the copy is proven.
    """

    slot: Slot
    label: str
    medium_id: str = ""
    group: str = ""
    serial: str = ""
    was_there: bool = False
    folder: str = ""
    stored: tuple[StoredEntry, ...] = ()
    method: str = ""
    warnings: tuple[str, ...] = ()
    resumed: int = 0
    duration_s: float = 0.0
    rate_bytes_s: float = 0.0
    error: SiakError | None = None

    @property
    def is_proven(self) -> bool:
        """Whether the whole night lies there, read back and equal."""
        return self.error is None


#: Hears of each file that is proven on a destination: the destination, the file, and how it was read back.
OnProven = Callable[[Destination, StoredEntry, str], None]


def copy_night(
    source: DatedFolder,
    orders: Sequence[Order],
    settings: Settings,
    *,
    on_proven: OnProven,
    progress: OnProgress,
    monotonic: Callable[[], float],
) -> tuple[Outcome, ...]:
    """Copy a dated folder to every slot at once and prove each copy; return the outcomes in the orders' order.

    Call it before any thread is started: it forks a process for each slot.

    Raises:
        VanishedError: a file of the source is gone or is not what its sums say; nothing was published then.
        ArchiveError: the source cannot be read.
        ConfigError: a recipient is impossible, or a library is missing.
    """
    Encoding(recipients=settings.recipients).check()
    night = _Night(source, orders, settings, on_proven=on_proven, progress=progress, monotonic=monotonic)
    try:
        return night.copy()
    finally:
        night.ferry.close()


def _digest(content: bytes, name: str) -> str:
    digest = new_digest(name)
    digest.update(memoryview(content))
    return digest.hexdigest()


def possible_encodings(slot: Slot, recipients: tuple[str, ...]) -> set[Encoding]:
    """Return every encoding a slot may ask for, before its medium and the files are known."""
    keys: set[tuple[str, ...]] = set() if slot.encrypt == ALWAYS else {()}
    if slot.encrypt != NEVER:
        keys.add(recipients)
    return {Encoding(compress, key) for compress in {False, slot.compress} for key in keys}


class _Night:
    """One night on its way to its destinations."""

    def __init__(
        self,
        source: DatedFolder,
        orders: Sequence[Order],
        settings: Settings,
        *,
        on_proven: OnProven,
        progress: OnProgress,
        monotonic: Callable[[], float],
    ) -> None:
        self._source = source
        self._settings = settings
        self._on_proven = on_proven
        self._progress = progress
        self._monotonic = monotonic
        self._began = monotonic()
        self._ended: dict[Destination, float] = {}
        self._stored: dict[Destination, dict[str, StoredEntry]] = {}
        self._resumed: dict[Destination, int] = {}
        self._methods: dict[Destination, set[str]] = {}
        encodings = {one for order in orders for one in possible_encodings(order.slot, settings.recipients)} - {PLAIN}
        forms = {PLAIN: 0} | {encoding: number for number, encoding in enumerate(encodings, 1)}
        rings = [Ring() for _ in forms]
        self._destinations = [Destination(order, rings, settings.digest, settings.patience) for order in orders]
        digests = list(dict.fromkeys((SHA256, settings.digest)))
        self.ferry = Ferry(rings, forms, self._destinations, digests, self._tell)

    def copy(self) -> tuple[Outcome, ...]:
        """Do all of it."""
        self.ferry.await_answers()
        data = sorted(name for name in self._source.sums if name not in (MANIFEST_NAME, SUMS_NAME))
        wishes = {destination: self._wishes(destination, data) for destination in self._alive()}
        for destination, wished in wishes.items():
            self._begin(destination, wished)
        for name in data:
            self._take(name, {destination: wished[name] for destination, wished in wishes.items()})
        self._close()
        return tuple(map(self._outcome, self._destinations))

    def _alive(self) -> list[Destination]:
        return [destination for destination in self._destinations if destination.is_alive]

    def _wishes(self, destination: Destination, names: Iterable[str]) -> dict[str, Encoding]:
        """Return in which form a destination wants each file; the log stays readable."""
        slot, ready = destination.order.slot, destination.ready
        removable = ready is not None and ready.marker.is_removable
        encrypted = slot.encrypt == ALWAYS or (slot.encrypt == AUTO and removable)
        keys = self._settings.recipients if encrypted else ()
        return {
            name: PLAIN
            if name == LOG_NAME
            else Encoding(slot.compress and worth_compressing(self._source.path / name), keys)
            for name in names
        }

    def _begin(self, destination: Destination, wished: Mapping[str, Encoding]) -> None:
        """Keep of an interrupted copy what is in the form that is wanted now."""
        kept = destination.ready.kept if destination.ready else ()
        wanted = {name: name + encoding.suffix for name, encoding in wished.items()}
        fitting = [one for one in kept if one.stored.stored_name == wanted.get(one.stored.name)]
        self._stored[destination] = {one.stored.name: one.stored for one in fitting}
        self._methods[destination] = {one.method for one in fitting}
        self._resumed[destination] = len(fitting)
        destination.tell(BEGIN, tuple(one.stored for one in kept if one not in fitting))
        for one in fitting:
            destination.written_bytes += one.stored.size_bytes

    def _take(self, name: str, wished: Mapping[Destination, Encoding]) -> None:
        receivers: dict[Encoding, list[Destination]] = {}
        for destination, encoding in wished.items():
            if destination.is_alive and name not in self._stored[destination]:
                receivers.setdefault(encoding, []).append(destination)
        if not receivers:
            return
        path = self._source.path / name
        digests = self.ferry.take(path, name, receivers)
        if digests and digests[PLAIN][SHA256] != self._source.sums[name]:
            raise VanishedError("isi berkas berubah", where=str(path), remedy="jangan pakai folder ini, ulangi backup")
        self.ferry.await_answers()
        for encoding, waiting in receivers.items():
            for destination in waiting:
                if destination.is_alive:
                    self._store(destination, name, name + encoding.suffix, digests[encoding])

    def _store(self, destination: Destination, name: str, stored_name: str, digests: Mapping[str, str]) -> None:
        self._compare(destination, stored_name, digests[self._settings.digest])
        if destination.is_alive:
            found = destination.proven[stored_name]
            stored = StoredEntry(name, stored_name, found.size_bytes, digests[SHA256])
            self._stored[destination][name] = stored
            self._on_proven(destination, stored, found.method)

    def _compare(self, destination: Destination, name: str, digest: str) -> None:
        """Give up a destination that gave back something else than was written, or nothing that proves it."""
        found = destination.proven[name]
        self._methods[destination].add(found.method)
        where = f"media {destination.label}, {destination.order.slot.path}, {name}"
        if found.digest != digest:
            destination.give_up(
                ReadBackError(
                    "yang dibaca ulang dari media tidak sama dengan yang ditulis",
                    where=where,
                    remedy="jangan pakai media ini lagi, ganti lalu ulangi langkah 5",
                )
            )
        elif found.method == CACHE and destination.order.slot.mount_required:
            destination.give_up(
                ReadBackError(
                    "kopian belum terbukti, isi berkas masih terbaca dari memori dan bukan dari media",
                    where=where,
                    remedy="tutup program lain yang membuka berkas di media itu lalu ulangi langkah 5",
                )
            )

    def _close(self) -> None:
        """Write the files that speak for the others, and publish."""
        last = {destination: self._last_words(destination) for destination in self._alive()}
        for name in (MANIFEST_NAME, SUMS_NAME):
            for destination, contents in last.items():
                destination.tell(SMALL, name, contents[name])
            self.ferry.await_answers()
            for destination, contents in last.items():
                if destination.is_alive:
                    self._compare(destination, name, _digest(contents[name], self._settings.digest))
        for destination in last:
            destination.tell(PUBLISH)
        self.ferry.await_answers()

    def _outcome(self, destination: Destination) -> Outcome:
        slot, ready = destination.order.slot, destination.ready
        if ready is None or destination.error is not None:
            warnings = ready.warnings if ready else ()
            return Outcome(slot, destination.label, warnings=warnings, error=destination.error)
        outcome = Outcome(
            slot,
            ready.label,
            ready.marker.id,
            ready.marker.group,
            ready.marker.serial,
            folder=ready.survey.folder,
            warnings=ready.warnings,
        )
        if ready.survey.present:
            return replace(outcome, was_there=True, stored=ready.survey.stored, method=ready.survey.present)
        duration_s = self._ended[destination] - self._began
        return replace(
            outcome,
            folder=destination.folder,
            stored=tuple(self._stored[destination].values()),
            method=weakest(self._methods[destination]),
            resumed=self._resumed[destination],
            duration_s=duration_s,
            rate_bytes_s=self._source.total_bytes / duration_s if duration_s > 0 else 0.0,
        )

    def _tell(self) -> None:
        """Note who has just published, and tell how far the slowest is."""
        for destination in self._destinations:
            if destination.folder:
                self._ended.setdefault(destination, self._monotonic())
        if not (alive := self._alive()):
            return
        total_bytes = 2 * self._source.total_bytes
        done_bytes = min(destination.written_bytes + destination.read_bytes for destination in alive)
        silent = next((destination for destination in alive if destination.is_silent), None)
        phase = f"salin ke {', '.join(destination.label for destination in alive)}"
        if silent is not None:
            phase = f"media {silent.label} diam {duration(silent.silent_s)}"
        self._progress(phase, min(done_bytes, total_bytes), total_bytes)

    def _last_words(self, destination: Destination) -> dict[str, bytes]:
        stored = self._stored[destination]
        encoded = tuple(one for one in stored.values() if one.stored_name != one.name)
        if not encoded:
            path = self._source.path
            with archive_errors(path):
                contents = {name: (path / name).read_bytes() for name in (MANIFEST_NAME, SUMS_NAME)}
            for name, content in contents.items():
                if _digest(content, SHA256) != self._source.sums[name]:
                    raise VanishedError(
                        "isi berkas berubah", where=str(path / name), remedy="jangan pakai folder ini, ulangi backup"
                    )
            return contents
        manifest = replace(self._source.manifest, stored=encoded).to_json().encode()
        sums = {one.stored_name: one.sha256 for one in stored.values()} | {MANIFEST_NAME: _digest(manifest, SHA256)}
        return {MANIFEST_NAME: manifest, SUMS_NAME: format_sums(sums).encode()}
