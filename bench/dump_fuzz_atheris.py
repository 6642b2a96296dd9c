# SPDX-License-Identifier: GPL-3.0-or-later
"""Fuzz the dump reader guided by the branches it takes; needs atheris, which is no requirement of this project.

    pip install atheris
    python bench/dump_fuzz_atheris.py [--runs 20000] [--seconds 300]

Begins from small dumps of every kind. Any exception, judgement of more than 5 s or memory above 200 MB ends it with a
report of libFuzzer's, the input kept beside it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import atheris
from dump_samples import VERSIONS, written_samples
from sample_exports import small_dump

with atheris.instrument_imports(include=["siak_backup.dump"]):
    from siak_backup.dump.files import judge_files

MOST_SECONDS, MOST_MB, LONGEST_BYTES = 5, 200, 200_000


def main() -> None:
    """Fuzz until the runs or seconds are over, or something is found."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--runs", type=int, default=20_000)
    parser.add_argument("--seconds", type=int, default=300)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="dump-fuzz-"))
    corpus, patient = folder / "corpus", folder / "patient"
    corpus.mkdir()
    for name, content in written_samples(folder / "made", residents=0).items():
        (corpus / name.replace(" ", "-")).write_bytes(content)
    for version in VERSIONS:
        small_dump(corpus / f"photo-{version[0]}", version, "schemas=SIAKOFF", [b"photo" * 300])

    def judge(content: bytes) -> None:
        patient.write_bytes(content)
        judge_files([patient])

    limits = [f"-timeout={MOST_SECONDS}", f"-rss_limit_mb={MOST_MB}", f"-max_len={LONGEST_BYTES}"]
    ends = [f"-runs={options.runs}", f"-max_total_time={options.seconds}", f"-artifact_prefix={folder}/"]
    atheris.Setup([sys.argv[0], *limits, *ends, str(corpus)], judge)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
