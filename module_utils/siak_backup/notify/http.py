# SPDX-License-Identifier: GPL-3.0-or-later
"""One HTTP request to an address that is itself a secret (http.client; RFC 9110).

No message holds more of the address than its host. A response's body is not
read at all, so none can be too long. Redirects stay on the same host and
scheme. How long it may take in all is for the caller to limit, in a process
that can be left behind: a socket's timeout starts anew with every byte.
"""

from __future__ import annotations

import http.client
import re
import ssl
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urljoin, urlsplit

from ..errors import ConfigError, NotifyError, NotifyRefusedError
from ..private_file import first_line, read_private

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAX_REDIRECTS = 3
_MAX_URL_BYTES = 4096
_MAX_HEADERS_BYTES = 8192

#: Answers after which the same request may be taken a moment later.
_TRANSIENT = (408, 425, 429)
#: Redirects that keep the method; a GET follows the others too.
_SAME_METHOD = (307, 308)
_OTHERS = (301, 302, 303)

_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([ -~]*)")
#: What a request says of its own length and target is not for a file to say.
_OWN_HEADERS = ("host", "content-length", "transfer-encoding", "connection")


@dataclass(frozen=True)
class Address:
    """Where a request goes. `url` or the first line of `url_file`; `headers_file` has a header a line.

    `ca_file` names the authorities that are trusted instead of the machine's own.
    """

    url: str = field(default="", repr=False)
    url_file: str = ""
    headers_file: str = ""
    ca_file: str = ""

    def target(self) -> SplitResult:
        """Return the checked address. Raises ConfigError, which never holds it."""
        if not self.url_file:
            return _checked(self.url, "url")
        text = read_private(Path(self.url_file), what="alamat", max_bytes=_MAX_URL_BYTES)
        return _checked(first_line(text).strip(), self.url_file)

    def headers(self) -> dict[str, str]:
        """Return the headers of `headers_file`. Raises ConfigError, which never holds one."""
        if not self.headers_file:
            return {}
        text = read_private(Path(self.headers_file), what="header", max_bytes=_MAX_HEADERS_BYTES)
        headers = {}
        for number, line in enumerate(text.splitlines(), start=1):
            found = _HEADER.fullmatch(line.strip())
            if line.strip() and (found is None or found[1].lower() in _OWN_HEADERS):
                raise ConfigError(
                    "header tidak sah", where=f"{self.headers_file} baris {number}", remedy="tulis sebagai Nama: nilai"
                )
            if found is not None:
                headers[found[1]] = found[2].strip()
        return headers

    def context(self) -> ssl.SSLContext:
        """Return a context that verifies certificate and host name. Raises ConfigError."""
        return tls_context(self.ca_file)


def tls_context(ca_file: str) -> ssl.SSLContext:
    """Return a verifying context, with the machine's own authorities or a file's. Raises ConfigError."""
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except OSError as error:
        raise ConfigError("sertifikat CA tidak dapat dibaca", where=ca_file, remedy="isi dengan berkas PEM") from error


@dataclass(frozen=True)
class Request:
    """What is sent, wherever it goes."""

    method: str
    headers: Mapping[str, str]
    body: bytes | None = None


def send(address: Address, asked: Request, *, timeout_s: float) -> None:
    """Send a request and return once it is taken (2xx). `timeout_s` limits one wait, not all of them.

    Raises:
        ConfigError: address or headers are impossible.
        NotifyRefusedError: it was refused for good, or leads to another host.
        NotifyError: it was not taken now.
    """
    target, context = address.target(), address.context()
    asked = replace(asked, headers={**asked.headers, **address.headers(), "Connection": "close"})
    for _ in range(_MAX_REDIRECTS + 1):
        status, location = _ask(target, asked, context, timeout_s)
        if 200 <= status < 300:
            return
        if status not in _SAME_METHOD and not (status in _OTHERS and asked.method == "GET"):
            raise _refused(target, status)
        target = _next(target, location)
    raise NotifyRefusedError("alamat dialihkan terus", where=target.netloc, remedy="isi alamat akhirnya")


def _ask(target: SplitResult, asked: Request, context: ssl.SSLContext, timeout_s: float) -> tuple[int, str]:
    """Return status and Location of the answer."""
    host = target.hostname or ""
    connection = (
        http.client.HTTPSConnection(host, target.port, timeout=timeout_s, context=context)
        if target.scheme == "https"
        else http.client.HTTPConnection(host, target.port, timeout=timeout_s)
    )
    path = (target.path or "/") + (f"?{target.query}" if target.query else "")
    try:
        connection.request(asked.method, path, body=asked.body, headers=dict(asked.headers))
        response = connection.getresponse()
    except ssl.SSLCertVerificationError as error:
        raise untrusted(error, target.netloc) from None
    except OSError as error:
        raise unreachable(error, target.netloc) from None
    except http.client.HTTPException as error:
        raise NotifyError(
            f"jawaban bukan HTTP, {type(error).__name__}", where=target.netloc, remedy="periksa alamatnya"
        ) from None
    else:
        return response.status, response.headers.get("Location") or ""
    finally:
        connection.close()


def untrusted(error: ssl.SSLCertVerificationError, where: str) -> NotifyRefusedError:
    """Return what an operator is told of a certificate that proves nothing."""
    return NotifyRefusedError(
        f"sertifikat server tidak dapat dipercaya, {error.verify_message}",
        where=where,
        remedy="periksa alamatnya, atau isi ca_file",
    )


def unreachable(error: OSError, where: str) -> NotifyError:
    """Return what an operator is told of a connection that failed."""
    reason = error.strerror or type(error).__name__
    return NotifyError(f"tidak dapat dihubungi, {reason}", where=where, remedy="periksa jaringan dan alamatnya")


def _refused(target: SplitResult, status: int) -> NotifyError:
    kind = NotifyError if status >= 500 or status in _TRANSIENT else NotifyRefusedError
    return kind(f"ditolak dengan status HTTP {status}", where=target.netloc, remedy="periksa alamat dan tokennya")


def _next(target: SplitResult, location: str) -> SplitResult:
    try:
        found = _checked(urljoin(target.geturl(), location), "Location")
    except (ConfigError, ValueError):
        found = None
    if found is None or (found.scheme, found.netloc.lower()) != (target.scheme, target.netloc.lower()):
        raise NotifyRefusedError(
            "alamat dialihkan ke host lain", where=target.netloc, remedy="isi alamat akhirnya bila memang benar"
        )
    return found


def _checked(url: str, where: str) -> SplitResult:
    """Return an address in parts: http or https, ASCII, without a login and without what could split a request."""
    try:
        parts = urlsplit(url)
        sound = (
            re.fullmatch(r"[!-~]+", url) is not None
            and parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and "@" not in parts.netloc
            and parts.port != 0
        )
    except ValueError:
        sound = False
    if not sound:
        raise ConfigError(
            "alamat bukan http(s)://host/...", where=where, remedy="isi alamat lengkap, tanpa nama dan kata sandi"
        )
    return parts
