# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m rehearsal`: the rehearsal server's command line."""

from __future__ import annotations

import argparse
import ipaddress
import json
import logging
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rehearsal import admin, daemon, processes
from rehearsal.processes import ProcessId
from rehearsal.state import BusyError, Settings, StateDir, StateError
from rehearsal.wire.options import Tls

if TYPE_CHECKING:
    from collections.abc import Sequence

_OK, _FAILED, _NOT_RUNNING = 0, 1, 3

_DESCRIPTION = """\
An Oracle server for rehearsals (gladi): no Oracle inside, no real person in it, but the unmodified python-oracledb
connects, runs Data Pump exports and reads their files. Whatever it produces says REHEARSAL; none of it is a backup."""

_EPILOG = """\
exit codes: 0 done (status: running), 1 not done, 2 wrong usage, 3 status: not running

example:
  python -m rehearsal start --database sukamara=66000
  python -m rehearsal fault set truncate_piece=1 --service sukamara
  python -m rehearsal stop

The backup user is SIAK_BACKUP, its password lies in <state dir>/<database>/password. docs/rehearsal.md tells more."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.list_faults:
        return _list_faults()
    if options.command is None:
        parser.print_help()
        return _OK
    try:
        return _COMMANDS[options.command](options)
    except (StateError, admin.FaultError) as e:
        print(f"rehearsal: {e}", file=sys.stderr)
        return _FAILED


def _list_faults() -> int:
    from rehearsal.faultboard import describe_faults  # noqa: PLC0415 - as below

    for name, meaning in describe_faults().items():
        print(f"{name.ljust(26)} {meaning}")
    return _OK


def _serve(options: argparse.Namespace) -> int:
    # The engine takes half a second to import; the other commands do without it.
    from rehearsal import server  # noqa: PLC0415

    report = daemon.report_to(options.ready_fd)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        state = _state(options)
        state.create()
        server.run(
            state,
            _settings(options),
            faults=dict(options.fault),
            followed=_followed(options),
            ready=lambda _: report(daemon.READY),
        )
    except BusyError:
        report(daemon.BUSY)
        raise
    except (StateError, admin.FaultError) as e:
        report(str(e))
        raise
    return _OK


def _start(options: argparse.Namespace) -> int:
    settings = _settings(options)
    changed, record = daemon.start(_state(options), settings, _serve_arguments(options), wait_s=options.wait)
    print(json.dumps({"changed": changed, "running": True} | record.as_json()))
    return _OK


def _stop(options: argparse.Namespace) -> int:
    print(json.dumps({"changed": daemon.stop(_state(options)), "running": False}))
    return _OK


def _status(options: argparse.Namespace) -> int:
    record = _state(options).running()
    print(json.dumps({"running": False} if record is None else {"running": True} | record.as_json()))
    return _NOT_RUNNING if record is None else _OK


def _fault(options: argparse.Namespace) -> int:
    state = _state(options)
    if state.running() is None:
        raise StateError(f"no rehearsal server runs in {state.path}: start one first")
    faults = dict(options.faults)
    request = {"command": options.action, "service": options.service, "faults": faults}
    print(json.dumps(admin.ask(state.admin_socket, request)))
    return _OK


_COMMANDS = {"serve": _serve, "start": _start, "stop": _stop, "status": _status, "fault": _fault}


def _state(options: argparse.Namespace) -> StateDir:
    return StateDir(Path(options.state_dir).absolute())


def _settings(options: argparse.Namespace) -> Settings:
    if not _is_loopback(options.host) and not options.serve_the_network:
        raise StateError(
            f"{options.host} is not a loopback address: anyone on that network could log in; "
            "add --serve-the-network if that is what you want"
        )
    names = [name for name, _ in options.database or ()]
    if len(set(names)) < len(names):
        raise StateError(f"a database is named twice: {', '.join(names)}")
    return Settings(
        databases=tuple(options.database or Settings.databases),
        host=options.host,
        port=options.port,
        oracle_version=options.oracle_version,
        tns_version=options.tns_version,
        field_version=options.field_version,
        export_rate=options.export_rate,
        tls=options.tls,
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _followed(options: argparse.Namespace) -> ProcessId | None:
    """Return the process whose end ends the server."""
    if options.follow_ancestor:
        process = processes.find_ancestor(options.follow_ancestor, of=os.getpid())
        if process is None:
            raise StateError(f"no ancestor of this process is called {options.follow_ancestor}")
        return process
    if options.follow_pid is None:
        return None
    pid, ticks = options.follow_pid
    process = processes.identify(pid)
    if process is None or (ticks and process.start_ticks != ticks):
        raise StateError(f"process {pid}, to be followed, has gone")
    return process


def _serve_arguments(options: argparse.Namespace) -> list[str]:
    """Return the arguments of `serve` that mean what this `start` was asked."""
    settings = _settings(options)
    followed = _followed(options)
    optional = {
        "--tns-version": settings.tns_version,
        "--field-version": settings.field_version,
        "--export-rate": settings.export_rate,
        "--tls": settings.tls,
        "--follow-pid": f"{followed.pid}:{followed.start_ticks}" if followed else None,
    }
    return [
        f"--state-dir={_state(options).path}",
        f"--host={settings.host}",
        f"--port={settings.port}",
        f"--oracle-version={settings.oracle_version}",
        *(f"--database={name}={residents}" for name, residents in settings.databases),
        *(f"{name}={value}" for name, value in optional.items() if value is not None),
        *(f"--fault={name}={text}" for name, text in options.fault),
        *(["--serve-the-network"] if options.serve_the_network else []),
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m rehearsal",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--list-faults", action="store_true", help="show every fault there is, and end")
    where = argparse.ArgumentParser(add_help=False)
    where.add_argument("--state-dir", default="var/rehearsal", help="the server's folder (default: %(default)s)")
    what = _server_options()
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    serve = commands.add_parser("serve", parents=[where, what], help="run in the foreground until SIGTERM or SIGINT")
    serve.add_argument("--ready-fd", type=int, help=argparse.SUPPRESS)
    start = commands.add_parser(
        "start", parents=[where, what], help="run detached; returns when it answers, changes nothing if it does already"
    )
    start.add_argument("--wait", type=float, default=120.0, metavar="S", help="give up after this many seconds (120)")
    commands.add_parser("stop", parents=[where], help="end the server of this state folder and wait until it is gone")
    commands.add_parser("status", parents=[where], help="tell as JSON whether it runs, and how to reach it")
    fault = commands.add_parser("fault", parents=[where], help="make exports fail from now on, or well again")
    fault.add_argument("action", choices=("list", "set", "clear"), help="clear without names clears all")
    fault.add_argument("faults", nargs="*", type=_named_value, metavar="NAME[=VALUE]")
    fault.add_argument("--service", help="only in this database (default: in all)")
    return parser


def _server_options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    add = options.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--serve-the-network", action="store_true", help="allow an address that is not loopback")
    add("--port", type=_port, default=15210, help="0 takes any free port (default: %(default)s)")
    add(
        "--database",
        action="append",
        type=_database,
        metavar="NAME=RESIDENTS",
        help="a database and its number of residents; repeatable (default: sukamara=66000 and lamandau=12000)",
    )
    add("--oracle-version", type=_version, default="12.2.0.1.0", help="what it claims to be (default: %(default)s)")
    add("--tns-version", type=int, help="highest TNS version it accepts, such as 315, 318 or 319")
    add("--field-version", type=int, help="TTC field version it answers with, 6 (11.2) to 9 (12.2)")
    add("--export-rate", type=_positive, metavar="BYTES_PER_S", help="speed of exports (default: as fast as it goes)")
    add(
        "--tls",
        choices=[str(kind) for kind in Tls],
        help="speak TLS (tcps) with certificates made at the start; tls/wallet in the state folder is the client's",
    )
    add("--fault", action="append", default=[], type=_named_value, metavar="NAME[=VALUE]", help="armed at once")
    follow = options.add_mutually_exclusive_group()
    follow.add_argument("--follow-pid", type=_pid, metavar="PID", help="stop when this process has gone")
    follow.add_argument("--follow-ancestor", metavar="NAME", help="stop when the outermost ancestor so called has gone")
    return options


def _database(text: str) -> tuple[str, int]:
    match = re.fullmatch(r"([a-z][a-z0-9_]{0,29})=(\d{1,8})", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=RESIDENTS with a name in lower case")
    return match[1], int(match[2])


def _version(text: str) -> str:
    if not re.fullmatch(r"\d{1,2}(\.\d{1,2}){4}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a version of five numbers")
    return text


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port")
    return port


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return number


def _pid(text: str) -> tuple[int, int]:
    """PID, or PID:TICKS when the tick it began at is known."""
    pid, _, ticks = text.partition(":")
    return int(pid), int(ticks or 0)


def _named_value(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value
