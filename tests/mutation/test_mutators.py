# SPDX-License-Identifier: GPL-3.0-or-later
"""What is changed in a source, how that is tried, and that docs/mutation.md tells of the sources as they are."""

from __future__ import annotations

import ast
import textwrap
from collections import Counter

import pytest

from tests.mutation import table, trial
from tests.mutation.mutators import mutants
from tests.mutation.targets import TARGETS

#: Python 3.12 warns of a fork beside the threads of whatever runs these tests.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")


def changed(source):
    """Return every mutant of a source that has one line, as text."""
    return {mutant.applied(source.encode()).decode() for mutant in mutants(source.encode())}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x < y", {"x <= y", "x >= y"}),
        ("x == y", {"x != y", "x >= y", "x <= y"}),
        ("x == 'a'", {"x != 'a'", "x == 'XXa'"}),
        ("x not in y", {"x in y"}),
        ("x is y", {"x is not y"}),
        ("x and y or z", {"(z)", "(x and y)", "(y) or z", "(x) or z"}),
        ("not x", {"(x)"}),
        ("x - 1", {"x + 1", "x - (2)", "x - (0)"}),
        ("x | y", {"x & y"}),
        ("A = True", {"A = False"}),
        ("A = 'two words'", set()),
        ("A = r'\\d'", set()),
        ("A = {'a', 'b'}", {"A = {'b'}", "A = {'a'}", "A = {'XXa', 'b'}", "A = {'a', 'XXb'}"}),
        ("A = {x: y}", {"A = {}"}),
        ("A = (x, y)", {"A = (y,)", "A = (x,)"}),
        ("x if y else z", {"x if True else z", "x if False else z"}),
        ("[x for x in y if z]", {"[x for x in y if True]", "[x for x in y if False]"}),
        ("any(x)", {"all(x)"}),
        ("x.match(y)", {"x.fullmatch(y)"}),
        ("f(x, y=z)", {"f(x)"}),
        ("f(x, remedy='a', where='b')", set()),
        ("A: Literal['ok'] = x", set()),
        ("__all__ = ['A']", set()),
        ("import a", set()),
        ("assert x == y", set()),
    ],
)
def test_what_is_changed(source, expected):
    # A statement that only computes may be left out as a whole, too.
    assert changed(source) - {"pass"} == expected


def test_letters_of_several_bytes_move_nothing():
    assert changed("A = ('é', x < y)") >= {"A = ('é', x <= y)", "A = ('é', x >= y)"}


def test_statements_that_are_left_out():
    source = textwrap.dedent('''\
        def f():
            """Documentation stays."""
            if TYPE_CHECKING:
                x = 1 < 2
            y()
            yield z
            a.b = c
            for d in e:
                continue
            n += m
            try:
                raise g
            except h:
                return i
        ''')
    told = Counter(mutant.change for mutant in mutants(source.encode()))
    assert set(told) == {
        "without `y()`", "without `yield z`", "without `a.b = c`", "`e` to `()` in `e`", "without `continue`",
        "without `n += m`", "without `raise g`", "`h` to `ZeroDivisionError` in `h`", "`return i` to `return None`",
    }  # fmt: skip
    assert {mutant.name for mutant in mutants(source.encode())} == {"f"}


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.module)
def test_a_mutant_is_python_and_another_program(target):
    """Of each fifth, for there are more than two thousand."""
    source = (trial.PACKAGE / target.module).read_bytes()
    known = ast.dump(ast.parse(source))
    for mutant in mutants(source)[::5]:
        assert ast.dump(ast.parse(mutant.applied(source))) != known


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.module)
def test_who_survives_is_in_the_source_and_explained(target):
    """Whoever changes what a survivor changes must run `make mutate` again, and say again why it may survive."""
    section = table.read().get(target.module)
    again = f"make mutate ARGS={target.module}"
    assert section is not None, again
    now = Counter((mutant.name, mutant.change) for mutant in mutants((trial.PACKAGE / target.module).read_bytes()))
    told = Counter((each.name, each.change) for each in section.survivors)
    assert not told - now, again
    assert section.unexplained == []
    assert section.mutants == section.killed + section.timed_out + len(section.survivors)


def test_a_mutant_is_killed_or_survives_and_no_file_is_touched():
    module, tests = "dump/status.py", ["tests/unit/dump/test_dump_verdict.py"]
    source = (trial.PACKAGE / module).read_bytes()
    all_of_it = mutants(source)
    ended = list(trial.outcomes(module, all_of_it[:2], tests, jobs=2))
    assert [outcome.result for outcome in ended] == [trial.KILLED] * 2
    ended = list(trial.outcomes(module, all_of_it[:1], ["tests/unit/test_run_id.py"], jobs=1))
    assert [outcome.result for outcome in ended] == [trial.SURVIVED]
    assert (trial.PACKAGE / module).read_bytes() == source


def test_tests_that_fail_by_themselves_tell_nothing(tmp_path):
    failing = tmp_path / "test_failing.py"
    failing.write_text("def test_it():\n    assert False\n")
    with pytest.raises(RuntimeError, match="without any change"):
        trial.baseline_s([str(failing)])


def test_reasons_are_kept_by_what_is_changed_not_by_line(tmp_path, monkeypatch):
    monkeypatch.setattr(table, "PATH", tmp_path / "mutation.md")
    before = [table.Survivor(3, "f", "`a` to `b`", "first"), table.Survivor(9, "f", "`a` to `b`", "second")]
    found = [
        table.Survivor(14, "f", "`a` to `b`"),
        table.Survivor(8, "f", "`a` to `b`"),
        table.Survivor(1, "g", "`a` to `b`"),
    ]
    told = table.explained(found, before)
    assert [each.why for each in told] == ["", "first", "second"]
    table.write({"b.py": table.Section(9, 5, 1, told), "a.py": table.Section(2, 2, 0)}, ["a.py", "b.py", "c.py"])
    read = table.read()
    assert read == {"a.py": table.Section(2, 2, 0), "b.py": table.Section(9, 5, 1, told)}
    assert len(read["b.py"].unexplained) == 1
    text = table.PATH.read_text()
    assert "| together | 11 | 7 | 1 | 3 | 2 |" in text
    assert "Not yet tried: c.py." in text
