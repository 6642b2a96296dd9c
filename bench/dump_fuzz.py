# SPDX-License-Identifier: GPL-3.0-or-later
"""Judge mutated dumps and logs: none may crash, hang, eat memory, or be believed where the format protects it.

    python bench/dump_fuzz.py 200000 [--seed 620899] [--residents 5] [--workers 2] [FILE...]

Prints what the inputs were judged, the slowest one and the most memory. Ends with 1 if an aim is missed, the
inputs kept in a folder that is named. FILEs are healthy dumps or logs to mutate in place of written ones.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import resource
import struct
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from dump_samples import samples
from siak_backup.dump.exp import begins_exp
from siak_backup.dump.files import judge_files
from siak_backup.dump.header import parse_header
from siak_backup.dump.status import Status
from siak_backup.dump.verdict import Judgement

BLOCK = 4096
MOST_SECONDS, MOST_BYTES = 5.0, 200_000_000
STREAM_MARK = b"\xff\xff$$"
RECORD_BYTES = 2048
#: Of a stream's head everything up to its last field, but the last byte of the rows' length: zeros that align what
#: follows the rows may be counted with them. An open-ended head leaves all but XML and rows' start 0.
STREAM_HEAD, OPEN_ENDED_HEAD = (*range(29), *range(30, 54)), (*range(22), *range(30, 38))
OPEN_ENDED = 0x0B20
#: Of a header or trailer: version, magic, GUID, number, block size, encryption; and of the one that tells, the place.
HEADER, PLACE = (*range(2), *range(6, 10), *range(0x0F, 0x27), 0x34), range(0x36, 0x42)
#: What ends the character sets in the header of a classic export.
AL16UTF16 = b"\x07\xd0\0\x01"
INTERESTING = (b"\0", b"\xff", b"\xfe", b"\x7f", b"\xff" * 8, b"\0" * 8, struct.pack(">Q", 16 << 40), b"\0" * 64)


@dataclass(frozen=True)
class Seed:
    """A healthy file and the offsets that the format protects, whatever else changes. A file's size always is."""

    name: str
    content: bytes
    protected: tuple[int, ...]

    @property
    def is_log(self) -> bool:
        """Whether this is a log."""
        return not self.protected

    def must_be_seen(self, mutated: bytes) -> bool:
        """Tell whether the change touches what is protected."""
        if self.is_log:
            return self.content.startswith(mutated) and mutated.rstrip() != self.content.rstrip()
        if begins_exp(self.content):
            # Statements may be of any length, so only the begin, the end and whole records are protected.
            good = mutated[:1] == self.content[:1] and mutated[3:11] == self.content[3:11]
            good &= mutated.rstrip(b"\0").endswith(b"\nEXIT\nEXIT\n")
            # The character set stands there twice: where what leads to the second is whole, the first is protected.
            again = self.content.index(AL16UTF16) + len(AL16UTF16)
            good &= mutated[3:again] != self.content[3:again] or mutated[1:3] == self.content[1:3]
            return not good or len(mutated) % RECORD_BYTES > 0
        if len(mutated) != len(self.content):
            return True
        return any(mutated[at] != self.content[at] for at in self.protected)


def protected_offsets(content: bytes) -> tuple[int, ...]:
    """Return the offsets whose bytes nothing may change unseen."""
    header = parse_header(content[:BLOCK])
    if header is None:
        return tuple(range(11)) if begins_exp(content) else ()
    place = len(content) - BLOCK if header.has_trailer else 0
    offsets = {*HEADER, *(place + at for at in (*HEADER, *PLACE))}
    for start in range(BLOCK, len(content), BLOCK):
        if content[start : start + 4] == STREAM_MARK:
            (kind,) = struct.unpack_from(">H", content, start + 4)
            offsets |= {start + at for at in (OPEN_ENDED_HEAD if kind == OPEN_ENDED else STREAM_HEAD)}
    return tuple(sorted(offsets))


def mutate(seed: Seed, rng: random.Random) -> bytes:
    """Return the seed's content after one to six changes."""
    content = bytearray(seed.content)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        rng.choice(MUTATIONS)(content, seed, rng)
    return bytes(content)


def _place(content: bytearray, seed: Seed, rng: random.Random) -> int:
    """Return an offset: anywhere, near the ends, or near what is protected, where the format's numbers are."""
    limit = max(len(content), 1)
    where = rng.randrange(4)
    if where == 0:
        return rng.randrange(limit)
    if where == 1:
        return rng.randrange(min(limit, 700))
    if where == 2 or not seed.protected:
        return limit - 1 - rng.randrange(min(limit, 5000))
    return min(limit - 1, rng.choice(seed.protected) + rng.randrange(80))


def _flip(content: bytearray, seed: Seed, rng: random.Random) -> None:
    if content:
        content[_place(content, seed, rng)] ^= 1 << rng.randrange(8)


def _overwrite(content: bytearray, seed: Seed, rng: random.Random) -> None:
    at = _place(content, seed, rng)
    data = rng.choice((*INTERESTING, rng.randbytes(rng.randint(1, 16))))
    content[at : at + len(data)] = data


def _fill(content: bytearray, seed: Seed, rng: random.Random) -> None:
    at = _place(content, seed, rng) // BLOCK * BLOCK
    length = len(content[at : at + BLOCK])
    content[at : at + BLOCK] = bytes(length) if rng.random() < 0.5 else rng.randbytes(length)


def _cut(content: bytearray, seed: Seed, rng: random.Random) -> None:
    del content[_place(content, seed, rng) :]


def _remove(content: bytearray, seed: Seed, rng: random.Random) -> None:
    at = _place(content, seed, rng)
    del content[at : at + rng.choice((1, 2, 8, BLOCK))]


def _repeat(content: bytearray, seed: Seed, rng: random.Random) -> None:
    at = _place(content, seed, rng)
    content[at:at] = content[at : at + rng.choice((1, 2, 8, BLOCK))]


def _splice(content: bytearray, seed: Seed, rng: random.Random) -> None:
    at, start = _place(content, seed, rng) // BLOCK * BLOCK, rng.randrange(len(seed.content)) // BLOCK * BLOCK
    content[at : at + BLOCK] = seed.content[start : start + BLOCK]


Mutation = Callable[[bytearray, Seed, random.Random], None]
MUTATIONS: tuple[Mutation, ...] = (_flip, _flip, _overwrite, _overwrite, _fill, _cut, _remove, _repeat, _splice)


@dataclass
class Tally:
    """What one worker saw."""

    verdicts: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0
    peak_bytes: int = 0


def fuzz(seeds: list[Seed], count: int, seed: int, keep: Path) -> Tally:
    """Judge `count` mutated inputs; those that miss an aim go to the folder `keep`."""
    rng, tally = random.Random(seed), Tally()  # noqa: S311 - not for secrets
    patient = keep / f"input-{seed}"
    for number in range(count):
        origin = seeds[number % len(seeds)]
        mutated = mutate(origin, rng)
        patient.write_bytes(mutated)
        began, failure, verdict = time.perf_counter(), "", "crash"
        try:
            judged = judge_files([patient])[patient]
        except Exception:  # noqa: BLE001 - a crash is what this looks for
            failure = traceback.format_exc().splitlines()[-1]
        else:
            verdict = str(judged.status) if isinstance(judged, Judgement) else "unreadable"
            if verdict == str(Status.COMPLETE) and origin.must_be_seen(mutated):
                failure = f"believed: {origin.name}"
        took = time.perf_counter() - began
        tally.verdicts[verdict] += 1
        tally.slowest_s = max(tally.slowest_s, took)
        if took > MOST_SECONDS:
            failure = failure or "slow"
        if failure:
            tally.failures[failure] += 1
            (keep / f"failure-{seed}-{number}").write_bytes(mutated)
    patient.unlink(missing_ok=True)
    tally.peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return tally


def main() -> int:
    """Fuzz, print, and return 0 if all aims are met."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("count", type=int)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("--seed", type=int, default=620899)
    parser.add_argument("--residents", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_intermixed_args()
    keep = Path(tempfile.mkdtemp(prefix="dump-fuzz-"))
    with tempfile.TemporaryDirectory() as folder:
        contents = samples(Path(folder), options.files, options.residents)
    seeds = [Seed(name, content, protected_offsets(content)) for name, content in contents.items()]
    each = -(-options.count // options.workers)
    jobs = [(seeds, each, options.seed + worker, keep) for worker in range(options.workers)]
    began = time.perf_counter()
    # Spawned, so that a worker's memory is its own.
    with multiprocessing.get_context("spawn").Pool(options.workers) as pool:
        tallies = pool.starmap(fuzz, jobs, chunksize=1)
    took = time.perf_counter() - began
    verdicts = sum((tally.verdicts for tally in tallies), Counter[str]())
    failures = sum((tally.failures for tally in tallies), Counter[str]())
    peak_bytes = max(tally.peak_bytes for tally in tallies)
    print(f"inputs    {verdicts.total()} of {len(seeds)} files, {took:.0f} s")
    print(f"verdicts  {', '.join(f'{name} {count}' for name, count in verdicts.most_common())}")
    print(f"slowest   {max(tally.slowest_s for tally in tallies):.3f} s       aim below {MOST_SECONDS:.0f} s")
    print(f"memory    {peak_bytes / 1e6:.0f} MB         aim below {MOST_BYTES / 1e6:.0f} MB")
    print(f"failures  {failures.total()}")
    for failure, count in failures.most_common(20):
        print(f"          {count} x {failure}")
    if failures:
        print(f"          kept in {keep}")
        return 1
    keep.rmdir()
    return int(peak_bytes > MOST_BYTES)


if __name__ == "__main__":
    sys.exit(main())
