# SPDX-License-Identifier: GPL-3.0-or-later
"""Command texts for sh on Linux, with coreutils or busybox, util-linux' setsid, and /proc. Nothing else is needed.

A job's folder holds `run.sh` (the supervisor, which we lay down), `fingerprint`, and once it began: `begun/`, so that
it begins once; `who` (pid, boot and start of the supervisor), `started`, `group` (the script's process group), `stop`
(somebody asks for the end), `stopped`, `output.txt`, and last `rc`. Each is written beside and renamed.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from ..errors import ConfigError
from .shell import HOME_PREFIX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .shell import Job

#: Between TERM and KILL; half of it is what `shutdown` gives.
_GRACE_S: Final = 10

#: What everything else stands on. A pid means its process only together with the boot and the tick it began at.
_COMMON: Final = r"""
say() { printf 'SIAK %s\n' "$*"; }
put() { printf '%s\n' "$2" >"$home/$1.part" && mv -f "$home/$1.part" "$home/$1"; }
got() { cat "$home/$1" 2>/dev/null; }
ticks() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }
boot() { cat /proc/sys/kernel/random/boot_id; }
"""

_SUPERVISOR: Final = r"""
home=${0%/*}
cd / || exit 1
mask=$(umask)
umask 077
put who "$$ $(boot) $(ticks $$)"
put started "$(date +%s)"
(
    umask "$mask"
    NLS_LANG=$nls NLS_DATE_FORMAT='YYYY-MM-DD HH24:MI:SS' SIAK_RUN_ID=$run LC_ALL=C
    export NLS_LANG NLS_DATE_FORMAT SIAK_RUN_ID LC_ALL
    cd "$folder" || exit 126
    exec setsid "$script" "$@"
) </dev/null >"$home/output.txt" 2>&1 &
group=$!
put group "$group"
seconds=0
until=
while kill -s 0 "$group" 2>/dev/null || kill -s 0 -- "-$group" 2>/dev/null; do
    if [ -n "$until" ]; then
        [ "$seconds" -lt "$until" ] || kill -s KILL -- "-$group" 2>/dev/null
    else
        why=
        [ "$seconds" -lt "$limit" ] || why=limit
        [ ! -e "$home/stop" ] || why=asked
        if [ -n "$why" ]; then
            put stopped "$why"
            until=$((seconds + grace))
            kill -s TERM -- "-$group" 2>/dev/null
        fi
    fi
    sleep 1
    seconds=$((seconds + 1))
done
wait "$group"
put rc "$?"
"""

_LOOK: Final = r"""
may_write() {
    if [ ! -d "$1" ]; then echo absent; return; fi
    if (umask 077; set -C; : >"$1/.siak-$$") 2>/dev/null && rm -f "$1/.siak-$$"; then echo ok; else echo refused; fi
}
say "now $(date +%s)"
if [ ! -f "$script" ]; then say 'script absent'
elif [ -r "$script" ] && [ -x "$script" ]; then say 'script ok'
else say 'script refused'; fi
say "folder $(may_write "$folder")"
say "work $(may_write "$work")"
free=$(df -Pk "$folder" 2>/dev/null | awk 'NR == 2 { printf "%.0f", $4 * 1024 }')
[ -z "$free" ] || say "free $free"
for path in "$work/$prefix"*; do
    [ ! -d "$path" ] || say "job ${path#"$work/$prefix"}"
done
for tool in setsid stat sha256sum awk grep; do
    command -v "$tool" >/dev/null 2>&1 || say "tool $tool"
done
[ -r /proc/self/stat ] || say 'tool /proc'
for path in $(grep -lsxzF -- "$script" /proc/[0-9]*/cmdline); do
    first=$(tr '\0' '\n' <"$path" 2>/dev/null | head -n 1)
    pid=${path#/proc/}
    # Not whoever reads or edits it.
    case ${first##*/} in
        "${script##*/}" | sh | ash | bash | dash | ksh* | zsh | busybox) say "busy ${pid%/cmdline}" ;;
    esac
done
ps -e -o args= 2>/dev/null | while read -r first rest; do
    case ${first##*/} in expdp | exp | ora_dm[0-9]*) say "seen ${first##*/}" ;; esac
done
"""

#: Prints how a job stands. Where its supervisor was killed, only processes that bear its mark are taken for its own.
_STATUS: Final = r"""
members() {
    group=$(got group)
    [ -n "$group" ] || return 0
    for path in $(grep -ls "SIAK_RUN_ID=$run" /proc/[0-9]*/environ); do
        stat=$(sed 's/.*) //' "${path%environ}stat" 2>/dev/null | cut -d' ' -f3)
        [ "$stat" != "$group" ] || echo "${path%/environ}"
    done
}
supervised() {
    read -r pid boot ticks <"$home/who" && [ "$boot" = "$(boot)" ] && [ "$ticks" = "$(ticks "$pid")" ]
}
state() {
    if [ ! -d "$home/begun" ]; then echo absent
    elif [ -e "$home/rc" ]; then echo ended
    elif [ ! -e "$home/who" ]; then echo lost
    elif supervised; then echo running
    elif [ -e "$home/rc" ]; then echo ended
    elif [ "$(members)" ]; then echo running
    else echo lost; fi
}
status() {
    say "now $(date +%s)"
    state=$(state)
    say "state $state"
    [ "$state" != absent ] || return 0
    for each in started fingerprint stopped rc; do
        [ ! -e "$home/$each" ] || say "$each $(got "$each")"
    done
}
"""

_STOP: Final = r"""
if [ "$(state)" = running ]; then
    : >"$home/stop"
    seconds=0
    while [ "$seconds" -lt 25 ] && [ "$(state)" = running ]; do
        if ! supervised; then
            if [ "$seconds" -lt "$grace" ]; then signal=TERM; else signal=KILL; fi
            [ -z "$(members)" ] || kill -s "$signal" -- "-$(got group)" 2>/dev/null
        fi
        sleep 1
        seconds=$((seconds + 1))
    done
fi
status
"""

_LISTING: Final = r"""
cd "$folder" 2>/dev/null || { echo 'SIAK end'; exit; }
say "now $(date +%s)"
for name in PATTERNS; do
    [ -f "$name" ] && [ ! -L "$name" ] || continue
    case $name in *[!\ -~]*) say odd; continue ;; esac
    facts=$(stat -c '%s %Y' -- "$name" 2>/dev/null) && say "file $facts $name"
done
"""


class PosixShell:
    """The `Shell` of a Linux server, whichever account's login shell it is given to, as long as that is like sh."""

    def join(self, folder: str, name: str) -> str:
        """Return the path of `name` in `folder`."""
        return f"{folder.rstrip('/')}/{name}"

    def receive(self, path: str) -> str:
        """Return a command that writes its standard input to `path`, for the account alone, which may run it."""
        body = 'umask 077; cat >"$path.part" && chmod 700 "$path.part" && mv -f "$path.part" "$path" && say written'
        return _text(body, path=path)

    def look(self, script: str, folder: str, work_dir: str) -> str:
        """Return a command that looks."""
        return _text(_LOOK, script=script, folder=folder, work=work_dir, prefix=HOME_PREFIX)

    def prepare(self, job: Job) -> str:
        """Return a command that makes the job's folder."""
        body = (
            'umask 077; mkdir -p "${home%/*}" 2>/dev/null\n'
            'if mkdir "$home" 2>/dev/null; then say made; elif [ -e "$home" ]; then say taken; else say refused; fi'
        )
        return _text(body, home=job.home)

    def files(self, job: Job) -> tuple[tuple[str, bytes], ...]:
        """Return the supervisor and the job's fingerprint."""
        settings = {
            "run": job.run_id,
            "script": job.script,
            "folder": job.folder,
            "nls": f"AMERICAN_AMERICA.{job.charset}",
            "limit": str(job.time_limit_s),
            "grace": str(_GRACE_S),
        }
        arguments = " ".join(map(_quoted, job.arguments))
        supervisor = f"#!/bin/sh\n{_assigned(settings)}set -- {arguments}\n{_COMMON}{_SUPERVISOR}"
        return (
            (self.join(job.home, "run.sh"), supervisor.encode()),
            (self.join(job.home, "fingerprint"), f"{job.fingerprint}\n".encode()),
        )

    def start(self, job: Job) -> str:
        """Return a command that starts the script detached, once."""
        body = r"""
if ! mkdir "$home/begun" 2>/dev/null; then
    if [ -d "$home/begun" ]; then say taken; else say refused; fi
else
    setsid sh "$home/run.sh" </dev/null >/dev/null 2>&1 &
    tries=0
    while [ ! -e "$home/started" ] && [ "$tries" -lt 100 ]; do
        sleep 0.1 || sleep 1
        tries=$((tries + 1))
    done
    if [ -e "$home/started" ]; then say "started $(got started)"; else say refused; fi
fi
"""
        return _text(body, home=job.home)

    def status(self, job: Job) -> str:
        """Return a command that tells how far a job is."""
        return _text(f"{_STATUS}status", home=job.home, run=job.run_id)

    def stop(self, job: Job) -> str:
        """Return a command that asks the supervisor to end the job, or ends it where there is none."""
        return _text(_STATUS + _STOP, home=job.home, run=job.run_id, grace=str(_GRACE_S))

    def forget(self, job: Job) -> str:
        """Return a command that removes the job's folder."""
        body = r"""
if [ "$(state)" = running ]; then say kept; else
    for each in run.sh who started group stop stopped output.txt fingerprint rc; do
        rm -f "$home/$each" "$home/$each.part"
    done
    rmdir "$home/begun" 2>/dev/null
    if rmdir "$home" 2>/dev/null || [ ! -e "$home" ]; then say removed; else say kept; fi
fi
"""
        return _text(_STATUS + body, home=job.home, run=job.run_id)

    def listing(self, folder: str, patterns: Sequence[str]) -> str:
        """Return a command that lists files. Patterns are checked by the plan: they stand in the text unquoted."""
        return _text(_LISTING.replace("PATTERNS", " ".join(patterns)), folder=folder)

    def digest(self, path: str) -> str:
        """Return a command that prints a file's SHA-256."""
        body = 'set -- $(sha256sum <"$path" 2>/dev/null); [ "${#1}" != 64 ] || say "sha256 $1"'
        return _text(body, path=path)

    def make_folder(self, path: str) -> str:
        """Return a command that makes a folder."""
        body = (
            'if mkdir "$path" 2>/dev/null; then say made; '
            'elif [ -e "$path" ] || [ -L "$path" ]; then say taken; else say refused; fi'
        )
        return _text(body, path=path)

    def move(self, path: str, folder: str, name: str) -> str:
        """Return a command that moves a file. A link takes a name only if it is free; some file systems have none."""
        body = r"""
if ln "$path" "$target" 2>/dev/null; then
    rm -f "$path" && say moved
elif [ -e "$target" ] || [ -L "$target" ]; then say taken
elif mv -n "$path" "$target" 2>/dev/null && [ ! -e "$path" ]; then say moved
else say refused; fi
"""
        return _text(body, path=path, target=self.join(folder, name))


def _text(body: str, **values: str) -> str:
    # The first line that counts begins a line, whatever a terminal has printed before. No line feed at the end: Ansible
    # appends to the last line.
    return f"LC_ALL=C; export LC_ALL; echo\n{_assigned(values)}{_COMMON}{body}\nsay end"


def _assigned(values: dict[str, str]) -> str:
    return "".join(f"{name}={_quoted(value)}\n" for name, value in values.items())


def _quoted(value: str) -> str:
    if not value.isprintable():
        raise ConfigError(
            "path atau argumen memuat karakter kendali", where="siak_script", remedy="pakai karakter yang tercetak saja"
        )
    return shlex.quote(value)
