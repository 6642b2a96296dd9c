# SPDX-License-Identifier: GPL-3.0-or-later
"""Kept parser tables: found again, and nobody else's code run."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from lark import Lark
from lark.exceptions import UnexpectedInput

from rehearsal.engine.language import tables

GRAMMAR = 'sum: NUMBER ("+" NUMBER)*\nNUMBER: /[0-9]+/\n'


def load(folder: Path, grammar: str = GRAMMAR) -> Lark:
    return tables.load_parser(grammar, ["sum"], folder)


def numbers(parser: Lark, text: str = "1+2+3") -> list[str]:
    return [str(token) for token in parser.parse(text, start="sum").children]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "siak-backup"


@pytest.fixture
def kept(folder: Path) -> Path:
    load(folder)
    (file,) = folder.iterdir()
    return file


class Evil:
    """What a pickle may do."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.mark,)


def test_tables_are_made_once_and_parse_the_same(folder: Path, kept: Path) -> None:
    made = kept.stat().st_ino
    parser = load(folder)
    assert kept.stat().st_ino == made
    assert numbers(parser) == ["1", "2", "3"]
    with pytest.raises(UnexpectedInput):
        numbers(parser, "1+")


def test_they_are_for_their_owner_alone(folder: Path, kept: Path) -> None:
    assert (folder.stat().st_mode & 0o777, kept.stat().st_mode & 0o777) == (0o700, 0o600)


def test_another_grammar_makes_its_own(folder: Path, kept: Path) -> None:
    parser = load(folder, GRAMMAR.replace('"+"', '"-"'))
    assert numbers(parser, "1-2") == ["1", "2"]
    assert numbers(load(folder)) == ["1", "2", "3"]


@pytest.mark.parametrize("length", [0, 31, 32, -1])
def test_tables_that_were_cut_are_made_again(folder: Path, kept: Path, length: int) -> None:
    whole = kept.read_bytes()
    kept.write_bytes(whole[:length])
    assert numbers(load(folder)) == ["1", "2", "3"]
    assert kept.stat().st_size == len(whole)


@pytest.fixture
def evil(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A mark that appears when tables are loaded which are as they should be, digest and all, but for what they do."""
    mark = tmp_path / "ran"
    with monkeypatch.context() as patch:
        patch.setattr(Lark, "save", lambda _, file: pickle.dump(Evil(mark), file))
        load(folder)
    return mark


@pytest.mark.parametrize(("file_mode", "folder_mode"), [(0o620, 0o700), (0o602, 0o700), (0o600, 0o770), (0o600, 0o707)])
def test_what_others_may_write_is_not_loaded(folder: Path, evil: Path, file_mode: int, folder_mode: int) -> None:
    (file,) = folder.iterdir()
    file.chmod(file_mode)
    folder.chmod(folder_mode)
    assert numbers(load(folder)) == ["1", "2", "3"]
    assert not evil.exists()


def test_what_is_ours_alone_is_loaded_as_it_is(folder: Path, evil: Path) -> None:
    """Without this the test above could not fail."""
    with pytest.raises(TypeError):
        load(folder)
    assert evil.exists()


def test_a_link_is_not_followed(folder: Path, kept: Path, tmp_path: Path) -> None:
    elsewhere = kept.rename(tmp_path / "elsewhere")
    kept.symlink_to(elsewhere)
    assert numbers(load(folder)) == ["1", "2", "3"]
    assert not kept.is_symlink()


def test_nowhere_to_keep_them(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("no folder")
    assert numbers(load(tmp_path / "cache" / "siak-backup")) == ["1", "2", "3"]


def test_many_at_once(folder: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert [numbers(parser) for parser in pool.map(load, [folder] * 24)] == [["1", "2", "3"]] * 24
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"XDG_CACHE_HOME": "/c", "HOME": "/h"}, "/c/siak-backup"),
        ({"XDG_CACHE_HOME": "c", "HOME": "/h"}, "/h/.cache/siak-backup"),
        ({"HOME": "/h"}, "/h/.cache/siak-backup"),
    ],
)
def test_where_a_user_keeps_them(environment: dict[str, str], folder: str) -> None:
    assert tables.user_cache(environment) == Path(folder)
