# SPDX-License-Identifier: GPL-3.0-or-later
"""How much damage to a dump is seen, by kind of damage and kind of file.

    python bench/dump_damage.py [--count 1000] [--seed 620899] [--residents 60] [FILE...]

Each copy is cut at a random byte or block, has a tail or one inner block turned to zeros or garbage, or is one byte
longer. A copy that equals its original does not count. FILEs are healthy dumps or logs; without any, the rehearsal
server's writer makes one of each kind. The aims are those of the docs: every cut, 99 % of tails, no false alarm.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from dump_samples import samples
from siak_backup.dump.files import judge_files
from siak_backup.dump.header import is_data_pump
from siak_backup.dump.status import Status
from siak_backup.dump.verdict import Judgement

BLOCK = 4096


def cut_at_byte(content: bytes, rng: random.Random) -> bytes:
    """Return a proper prefix."""
    return content[: rng.randrange(len(content))]


def cut_at_block(content: bytes, rng: random.Random) -> bytes:
    """Return a proper prefix of whole blocks."""
    return content[: rng.randrange(-(-len(content) // BLOCK)) * BLOCK]


def zeroed_tail(content: bytes, rng: random.Random) -> bytes:
    """Return the content with zeros from anywhere on, as a file system leaves a file whose copy was interrupted."""
    cut = rng.randrange(len(content))
    return content[:cut].ljust(len(content), b"\0")


def garbled_tail(content: bytes, rng: random.Random) -> bytes:
    """Return the content with random bytes from anywhere on."""
    cut = rng.randrange(len(content))
    return content[:cut] + rng.randbytes(len(content) - cut)


def zeroed_block(content: bytes, rng: random.Random) -> bytes:
    """Return the content with one inner block of zeros."""
    at = rng.randrange(1, max(len(content) // BLOCK - 1, 2)) * BLOCK
    return content[:at] + bytes(len(content[at : at + BLOCK])) + content[at + BLOCK :]


def longer(content: bytes, rng: random.Random) -> bytes:
    """Return the content and one byte."""
    return content + rng.randbytes(1)


Damage = Callable[[bytes, random.Random], bytes]
#: With the share that must be seen; what can be seen of one inner block depends on the file.
DAMAGES: tuple[tuple[Damage, float], ...] = (
    (cut_at_byte, 1.0),
    (cut_at_block, 1.0),
    (zeroed_tail, 0.99),
    (garbled_tail, 0.99),
    (zeroed_block, 0.0),
    (longer, 0.0),
)


def kind_of(content: bytes) -> str:
    """Return what figures are kept apart by: the header version, exp, or log."""
    if is_data_pump(content):
        return f"datapump {content[0]}.{content[1]}"
    return "exp" if content[:1] == b"\x03" else "log"


def is_complete(content: bytes, patient: Path) -> bool:
    """Judge some bytes."""
    patient.write_bytes(content)
    judged = judge_files([patient])[patient]
    return isinstance(judged, Judgement) and judged.status is Status.COMPLETE


def main() -> int:
    """Damage, count, print; return 0 if all aims are met."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=620899)
    parser.add_argument("--residents", type=int, default=60)
    options = parser.parse_args()
    rng = random.Random(options.seed)  # noqa: S311 - not for secrets
    kinds: dict[str, dict[str, bytes]] = defaultdict(dict)
    false_alarms = missed = 0
    with tempfile.TemporaryDirectory() as folder:
        patient = Path(folder) / "patient"
        for name, content in samples(Path(folder), options.files, options.residents).items():
            kinds[kind_of(content)][name] = content
            if not is_complete(content, patient):
                print(f"not complete: {name}")
                false_alarms += 1
        print(f"{'':16}" + "".join(f"{damage.__name__:>24}" for damage, _ in DAMAGES))
        for kind, contents in sorted(kinds.items()):
            cells = []
            for damage, aim in DAMAGES:
                originals = list(contents.values())
                pairs = (
                    (original, damage(original, rng)) for original in originals * -(-options.count // len(originals))
                )
                judged = [is_complete(copy, patient) for original, copy in pairs if copy != original]
                seen = len(judged) - sum(judged)
                missed += seen < aim * len(judged)
                cells.append(f"{seen}/{len(judged)} {seen / max(len(judged), 1):7.2%}")
            print(f"{kind:16}" + "".join(f"{cell:>24}" for cell in cells), flush=True)
    print(f"false alarms: {false_alarms} of {sum(map(len, kinds.values()))} healthy files; aims missed: {missed}")
    return int(bool(false_alarms or missed))


if __name__ == "__main__":
    sys.exit(main())
