"""Every tuned number of connections, with where it came from."""

from __future__ import annotations

from typing import Final

# --- how many ----------------------------------------------------------------------------------------------
CONNECTIONS_MOST: Final = 4096
"""Open connections of one process, where its descriptors allow it: 4,096 that wait take under 100 MB."""

CONNECTIONS_LEAST: Final = 64
DESCRIPTORS_KEPT: Final = 256
"""Descriptors that connections leave to the database, files, models and decoders. An idle service has 40."""

DESCRIPTORS_WANTED: Final = 65_536
"""The soft limit is raised to this where the hard limit allows it."""

FROM_ONE_ADDRESS: Final = 128
"""Connections from one address, or one IPv6 network of 64 bits. A browser opens 6; twenty desks behind one
address have 120. A trusted proxy has no such limit."""

BACKLOG: Final = 2048

# --- how long, in seconds ----------------------------------------------------------------------------------
TLS_S: Final = 10.0
HEAD_S: Final = 10.0
"""From the connection, or from its first byte, to the end of a request's head. Browsers and proxies send it
in one piece; nginx allows 60 s, Apache 20 s (mod_reqtimeout)."""

IDLE_S: Final = 10.0
"""After an answer, until the next request begins. uvicorn's own timer ends a silent connection after 5 s;
this one also ends a connection on which something drips that isn't a request."""

BODY_S: Final = 70.0
"""A body has 60 s (`service.parameters.BODY_TIMEOUT_S`), and then its refusal is sent."""

WRITE_S: Final = 30.0
WRITE_LEAST: Final = 16 * 1024
"""In 30 s a reader takes at least 16 KB of what waits for it."""

TURN_S: Final = 0.005
"""Between two reads of bodies whose requests were refused already: at 256 KB a read, all connections together
bring 50 MB a second at most, 1 or 2 % of a core. One that isn't through after `IDLE_S` ends."""

CLOSE_S: Final = 15.0
"""A closed WebSocket's peer has 10 s to answer (RFC 6455, section 7.1.1)."""

GRACE_S: Final = 30
"""At the end, how long requests in work may take."""

SWEEP_S: Final = 0.5

# --- how much ----------------------------------------------------------------------------------------------
HEAD_BYTES: Final = 32 * 1024
"""nginx takes 32 KB (`large_client_header_buffers`); a session cookie, a token and a code of an OpenID
provider take under 8 KB."""

PIPELINED_MOST: Final = 4
"""Requests that may wait behind one in work. Browsers and proxies pipeline none."""

FRAGMENTS_MOST: Final = 64
"""Parts of one WebSocket message. Browsers send each in one part, or in a few of over 100 KB."""

UNSENT_MOST: Final = 256 * 1024
"""Bytes that wait for a WebSocket's reader. Messages have under 2 KB; only answers to pings can pile up."""
