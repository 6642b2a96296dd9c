# SPDX-License-Identifier: GPL-3.0-or-later
"""A look at a listener's side of TLS: whether it speaks it, and how long its certificate will do. Nothing is sent."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

from cryptography import x509

if TYPE_CHECKING:
    from datetime import datetime

    from .address import Address


def speaks_tls(address: Address, timeout_s: float) -> bool:
    """Tell whether a listener answers TLS's first words."""
    try:
        _certificate(address, timeout_s)
    except ssl.SSLError as error:
        # an alert is TLS too, e.g. one that demands this client's certificate
        return "ALERT" in (error.reason or "")
    except OSError:
        return False
    return True


def server_certificate_end(address: Address, timeout_s: float) -> datetime | None:
    """Return when a listener's certificate ends (aware), None where it was not shown."""
    try:
        shown = _certificate(address, timeout_s)
    except OSError:
        return None
    return x509.load_der_x509_certificate(shown).not_valid_after_utc if shown else None


def _certificate(address: Address, timeout_s: float) -> bytes | None:
    """Return the certificate that a listener shows, believing nothing of it. Raises OSError, an SSLError is one."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection((address.host, address.port), timeout=timeout_s) as line,
        context.wrap_socket(line) as ciphered,
    ):
        return ciphered.getpeercert(binary_form=True)
