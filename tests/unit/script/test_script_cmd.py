# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts for a Windows server. No PowerShell runs here: an independent grammar reads what would be sent."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
import tree_sitter_powershell
from ansible.plugins.shell.powershell import ShellModule
from siak_backup.errors import ConfigError
from siak_backup.script.cmd import CmdShell, literal
from siak_backup.script.shell import Job, Shell
from tree_sitter import Language, Parser

RUN = "20250109T093500Z-3f9a1c"
HOME = rf"D:\SIAK kerja\siak-{RUN}"
JOB = Job(RUN, HOME, r"D:\skrip\backup.bat", ("malam", "a b", "100%"), r"D:\BACKUP SIAK", "AL32UTF8", 21600, "ab12")
SHELL: Shell = CmdShell()
_LONG = "D:\\" + "\\".join(["sebuah folder yang panjang"] * 4)


def texts(job):
    return {
        "look": SHELL.look(job.script, job.folder, job.home.rpartition("\\")[0]),
        "prepare": SHELL.prepare(job),
        "start": SHELL.start(job),
        "status": SHELL.status(job),
        "stop": SHELL.stop(job),
        "forget": SHELL.forget(job),
        "listing": SHELL.listing(job.folder, ["*.dmp", "*.log"]),
        "digest": SHELL.digest(rf"{job.folder}\master.dmp"),
        "make_folder": SHELL.make_folder(rf"{job.folder}\22nov2026"),
        "move": SHELL.move(rf"{job.folder}\master.dmp", rf"{job.folder}\22nov2026", "master.dmp"),
    }


NAMES = sorted(texts(JOB))


def program(text):
    """Return what PowerShell is given to run."""
    return base64.b64decode(text.rpartition(" ")[2]).decode("utf-16-le")


@pytest.fixture(scope="module")
def grammar():
    return Parser(Language(tree_sitter_powershell.language()))


def tree(grammar, source):
    """Return the root of the source's tree. Raises AssertionError if any of it is no PowerShell."""
    root = grammar.parse(source.encode()).root_node
    wrong = [node for node in nodes(root) if node.type == "ERROR" or node.is_missing]
    assert not wrong, [(node.start_point, node.text) for node in wrong]
    return root


def nodes(node):
    yield node
    for child in node.children:
        yield from nodes(child)


def test_the_grammar_refuses_what_is_no_powershell(grammar):
    with pytest.raises(AssertionError):
        tree(grammar, "if (1 { 'x' ")


@pytest.mark.parametrize("name", NAMES)
def test_every_text_is_powershell_and_tells_its_end_last(grammar, name):
    source = program(texts(JOB)[name])
    tree(grammar, source)
    assert source.splitlines()[-1] == "'SIAK end'"


@pytest.mark.parametrize("name", NAMES)
def test_every_text_is_passed_on_by_winrm_and_psrp_as_it_is(name):
    """They look for what Ansible's own commands begin with, and wrap or decode what does not or does."""
    own = ShellModule()._encode_script("", as_list=False, strict_mode=False, preserve_rc=False)
    text = texts(JOB)[name]
    assert text.startswith(own)
    assert " " not in text.removeprefix(own)


@pytest.mark.parametrize("name", NAMES)
def test_a_text_fits_into_a_command_line_with_long_names(name):
    job = replace(JOB, home=rf"{_LONG}\siak-{RUN}", script=rf"{_LONG}\backup.bat", folder=_LONG)
    assert len(texts(job)[name]) < 8191 - len("cmd.exe /c ")


def test_a_text_that_does_not_fit_is_refused():
    with pytest.raises(ConfigError, match="terlalu panjang"):
        SHELL.look(rf"D:\{'x' * 2000}.bat", r"D:\a", r"D:\b")


@pytest.mark.parametrize("name", NAMES)
def test_every_variable_of_a_text_is_set_in_it(grammar, name):
    """A misspelt one would be empty, and not an error."""
    root = tree(grammar, program(texts(JOB)[name]))
    assert unset(root) == set()


def unset(root):
    used = {text.lower() for node in nodes(root) if node.type == "variable" for text in [node.text.decode()]}
    given = set()
    for node in nodes(root):
        if node.type in {
            "left_assignment_expression",
            "script_parameter",
            "foreach_statement",
            "function_parameter_declaration",
        }:
            given |= {inner.text.decode().lower() for inner in nodes(node) if inner.type == "variable"}
    return used - given - {"$_", "$true", "$false", "$null", "$env:systemroot"}


def test_an_unset_variable_is_seen(grammar):
    assert unset(tree(grammar, '$a = 1\n$b + $a\n"$c"')) == {"$b", "$c"}


@pytest.mark.parametrize("text", ["polos", "a'b", "''", '$env:x `n "q" $(dir)', "\u2018\u2019\u201a\u201b'"])
def test_a_literal_stands_for_its_text(grammar, text):
    root = tree(grammar, f"$x = {literal(text)}")
    (found,) = [node for node in nodes(root) if node.type == "verbatim_string_characters"]
    inner = found.text.decode()[1:-1]
    for quote in "'\u2018\u2019\u201a\u201b":
        assert inner.count(quote) == 2 * text.count(quote)
        inner = inner.replace(quote * 2, quote)
    assert inner == text


def test_values_stand_before_the_program_that_uses_them():
    source = program(SHELL.move(r"D:\it's\a.dmp", r"D:\tujuan", "b.dmp"))
    assert source.startswith("$p = 'D:\\it''s\\a.dmp'\n$to = 'D:\\tujuan\\b.dmp'\n")
    assert "$patterns = @('*.dmp', 'a`[1`]?')\n" in program(SHELL.listing(r"D:\a", ["*.dmp", "a[1]?"]))


def test_start_gives_windows_the_command_line_that_wine_was_given():
    """See tests/wine/test_wrapper_bat.py."""
    assert f'$run = \'cmd.exe /d /s /c ""{HOME}\\run.bat""\'\n' in program(SHELL.start(JOB))


def test_the_files_of_a_job(grammar):
    files = dict(SHELL.files(JOB))
    assert set(files) == {rf"{HOME}\{name}" for name in ("run.bat", "script.bat", "guard.ps1")}
    guard = files[rf"{HOME}\guard.ps1"].decode("ascii")
    root = tree(grammar, guard)
    assert unset(root) == set()
    assert guard.startswith(f"$h = '{HOME}'\n$limit = 21600\n")
    assert b'"D:\\skrip\\backup.bat" malam "a b" "100%%"\r\n' in files[rf"{HOME}\script.bat"]
    runner = files[rf"{HOME}\run.bat"]
    assert b'set "NLS_LANG=AMERICAN_AMERICA.AL32UTF8"\r\n' in runner
    assert runner.count(b"\n") == runner.count(b"\r\n")


def test_forget_removes_every_file_that_is_put_or_written(grammar):
    source = program(SHELL.forget(JOB))
    written = ("started", "started.new", "stopped", "family", "rc", "rc.new", "output.txt")
    for name in (*written, *(path.rpartition("\\")[2] for path, _ in SHELL.files(JOB))):
        assert f"'{name}'" in source


def test_files_go_by_the_connections_own_transfer():
    assert SHELL.receive(r"D:\a") is None


@pytest.mark.parametrize("folder", ["D:\\a", "D:\\a\\"])
def test_join(folder):
    assert SHELL.join(folder, "b.dmp") == "D:\\a\\b.dmp"


BAD_PATHS = [
    *("", "backup", "/opt/backup", "D:", "D:\\", "D:backup", "D:/backup", "\\\\nas", "\\\\nas\\siak", "\\backup"),
    *("D:\\a/b", "D:\\a\\..\\b", "D:\\.\\b", "D:\\a\\\\b", "D:\\a\\", "D:\\a.", "D:\\a \\b", 'D:\\a"b', "D:\\a*"),
    *("D:\\a?", "D:\\a:b", "D:\\a|b", "D:\\a<b", "D:\\a\nb", "D:\\\u00e9"),
]


@pytest.mark.parametrize("path", BAD_PATHS)
def test_paths_that_are_refused(path):
    for build in (
        SHELL.make_folder,
        SHELL.digest,
        lambda p: SHELL.listing(p, ["*"]),
        lambda p: SHELL.look(p, "D:\\a", "D:\\b"),
    ):
        with pytest.raises(ConfigError, match="bukan alamat mutlak"):
            build(path)


@pytest.mark.parametrize("path", ["D:\\a", "c:\\A b\\(lama) & 100%\\x^y!z", "D:\\.siak-backup", "D:\\it's"])
def test_paths_that_are_taken(path):
    SHELL.make_folder(path)
    SHELL.look(f"{path}\\b.bat", path, path)


def test_a_script_may_lie_on_a_share_and_a_folder_may_not():
    SHELL.files(replace(JOB, script="\\\\nas\\siak\\backup.bat"))
    with pytest.raises(ConfigError):
        SHELL.files(replace(JOB, folder="\\\\nas\\siak\\backup"))


@pytest.mark.parametrize("name", ["a&b", "a(b)", "100%", "a^b", "a!b", "it's", "a@b", "a,b"])
def test_a_job_folder_that_cmd_could_misread_is_refused(name):
    job = replace(JOB, home=rf"D:\{name}\siak-{RUN}")
    for build in (SHELL.prepare, SHELL.files, SHELL.start, SHELL.status, SHELL.stop, SHELL.forget):
        with pytest.raises(ConfigError, match="tidak aman"):
            build(job)


@pytest.mark.parametrize("script", ["D:\\a.ps1", "D:\\a", "D:\\a.vbs"])
def test_a_script_that_cmd_does_not_run_is_refused(script):
    with pytest.raises(ConfigError, match="bukan berkas yang dijalankan"):
        SHELL.files(replace(JOB, script=script))


@pytest.mark.parametrize("argument", ['a"b', "a\tb", "\u00e9", "a\nb"])
def test_an_argument_that_would_not_arrive_is_refused(argument):
    with pytest.raises(ConfigError, match="tidak dapat diteruskan"):
        SHELL.files(replace(JOB, arguments=(argument,)))


@pytest.mark.parametrize("charset", ["", "AL32UTF8 & x", "utf8"])
def test_a_charset_that_is_none_is_refused(charset):
    with pytest.raises(ConfigError, match="charset"):
        SHELL.files(replace(JOB, charset=charset))


def test_a_fingerprint_that_is_none_is_refused():
    with pytest.raises(ConfigError, match="heksadesimal"):
        SHELL.start(replace(JOB, fingerprint="x'y"))
