# SPDX-License-Identifier: GPL-3.0-or-later
"""Real servers that take messages, refuse them, trickle, hang and redirect."""

from __future__ import annotations

import contextlib
import datetime as dt
import http.server
import ipaddress
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Act = Callable[["Handler"], None]


@dataclass
class Seen:
    """One request as the server got it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Handler(http.server.BaseHTTPRequestHandler):
    """Does with each request what the server's list of acts says; the last act is repeated."""

    server: HttpServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self._take()

    def do_GET(self) -> None:
        self._take()

    def log_message(self, *args: object) -> None:
        pass

    def _take(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        acts, seen = self.server.acts, self.server.seen
        act = acts[min(len(seen), len(acts) - 1)]
        seen.append(Seen(self.command, self.path, dict(self.headers.items()), body))
        self.close_connection = True
        with contextlib.suppress(OSError):
            act(self)


class HttpServer(http.server.ThreadingHTTPServer):
    """Remembers what it saw, and lets go of hanging acts when it is closed."""

    acts: tuple[Act, ...]
    seen: list[Seen]
    stopping: threading.Event

    def __init__(self, *acts: Act) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.acts = acts or (status(200),)
        self.seen = []
        self.stopping = threading.Event()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is no news."""

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def url(self, path: str = "/hook/rahasia-token", scheme: str = "http") -> str:
        return f"{scheme}://127.0.0.1:{self.port}{path}"


@contextlib.contextmanager
def http_server(*acts: Act, certificate: Certificate | None = None) -> Iterator[HttpServer]:
    server = HttpServer(*acts)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.cert, certificate.key)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()


def status(code: int, **headers: str) -> Act:
    def act(handler: Handler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return act


def hang(handler: Handler) -> None:
    """Say nothing until the server is closed."""
    handler.server.stopping.wait(30)


def trickle(handler: Handler) -> None:
    """Begin an answer whose headers never end, a byte every tenth of a second."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not handler.server.stopping.wait(0.1):
        handler.wfile.write(b"x")
        handler.wfile.flush()


def huge(handler: Handler) -> None:
    """Answer well, with a body that does not end."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    while not handler.server.stopping.is_set():
        handler.wfile.write(b"x" * 65536)


def nonsense(handler: Handler) -> None:
    handler.wfile.write(b"220 mail.example ESMTP\r\n")


def slow(delay_s: float, then: Act) -> Act:
    def act(handler: Handler) -> None:
        time.sleep(delay_s)
        then(handler)

    return act


@contextlib.contextmanager
def refusing_port() -> Iterator[int]:
    """A port that refuses connections, and that nobody else gets meanwhile."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield int(bound.getsockname()[1])


@contextlib.contextmanager
def silent_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


@dataclass(frozen=True)
class Certificate:
    """PEM files of an own authority and of what it signed for 127.0.0.1."""

    ca: Path
    cert: Path
    key: Path


def certificate_for(folder: Path, host: str = "127.0.0.1") -> Certificate:
    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    def signed(subject: str, public: ec.EllipticCurvePublicKey, *, ca: bool) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name(subject))
            .issuer_name(name("CA Contoh"))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if not ca:
            names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))])
            builder = builder.add_extension(names, critical=False)
        return builder.sign(ca_key, hashes.SHA256())

    folder.mkdir(parents=True, exist_ok=True)
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    made = Certificate(folder / "ca.pem", folder / "cert.pem", folder / "key.pem")
    pem = serialization.Encoding.PEM
    made.ca.write_bytes(signed("CA Contoh", ca_key.public_key(), ca=True).public_bytes(pem))
    made.cert.write_bytes(signed(host, key.public_key(), ca=False).public_bytes(pem))
    made.key.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return made


@dataclass
class Post:
    """A post office: takes mails, or answers what it is told to."""

    login: tuple[bytes, bytes] = (b"backup", b"rahasia-surel")
    rcpt: dict[str, str] = field(default_factory=dict)
    data: list[str] = field(default_factory=list)
    mails: list[Envelope] = field(default_factory=list)
    logins: list[bool] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(self, *given: Any) -> str:  # noqa: N802 - as aiosmtpd calls it
        envelope, address = given[2:4]
        if address in self.rcpt:
            return self.rcpt[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, *given: Any) -> str:  # noqa: N802 - as aiosmtpd calls it
        self.mails.append(given[2])
        return self.data.pop(0) if self.data else "250 OK"

    def authenticate(self, *given: Any) -> AuthResult:
        told = given[-1]
        good = isinstance(told, LoginPassword) and (told.login, told.password) == self.login
        self.logins.append(good)
        return AuthResult(success=good, handled=False)


class _Office(Controller):
    """Takes any free port, which aiosmtpd itself cannot."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextlib.contextmanager
def post_office(
    post: Post, *, certificate: Certificate | None = None, tls: bool = False, starttls: bool = True
) -> Iterator[Post]:
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.cert, certificate.key)
    controller = _Office(
        post,
        hostname="127.0.0.1",
        port=0,
        ready_timeout=20,
        server_hostname="mail.example",
        authenticator=post.authenticate,
        auth_required=False,
        # It takes implicit TLS for none.
        auth_require_tls=not tls,
        ssl_context=context if tls else None,
        tls_context=context if starttls and not tls else None,
    )
    controller.start()
    post.port = controller.port
    try:
        yield post
    finally:
        controller.stop()
