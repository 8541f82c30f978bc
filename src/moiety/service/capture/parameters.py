"""Every tuned number of live capture, with where it came from."""

from __future__ import annotations

from typing import Final

# --- what one connection may send --------------------------------------------------------------------------
SMALL_BYTES_MOST: Final = 600_000
"""A 1280-px JPEG at quality 0.85, the largest frame for reading codes, has 150 to 350 kB; noise adds."""

SMALL_PIXELS_MOST: Final = 2_100_000
"""1920x1080: the most that any frame which is not full-size has."""

FULL_BYTES_MOST: Final = 8_000_000
"""A phone's 12-megapixel frame at quality 0.95 has 4 to 8 MB. Only a frame that was asked for may be
so large."""

TEXT_BYTES_MOST: Final = 8_192
"""A message: a nonce, a code (at most 4,296 characters), a PIN."""

FRAMES_A_SECOND: Final = 12.0
FRAMES_AT_ONCE: Final = 6
"""Pages send 5 to 9 a second and never more than two that are unanswered. What comes faster is dropped
unread."""

MESSAGES_MOST: Final = 400
"""Messages of text in one connection: a page sends under 30."""

WAITING_MOST: Final = 3
"""Frames that wait; a newer one pushes the oldest out, so hints are about now and memory is bounded."""

FULL_WAITING_MOST: Final = 2

BACKLOG_MOST: Final = 48
BACKLOG_BYTES_MOST: Final = 300_000
"""Frames of a challenge that wait at once, and the bytes of each: all are needed, so they are let in as they
come and looked at as soon as the machine can. A service that looks at 2 a second is behind by 50 after the
longest challenge of turns (12.5 s) at 6 a second. A 640-px JPEG has 150 kB at most at quality 0.85."""

# --- how long ----------------------------------------------------------------------------------------------
CONNECTION_S: Final = 420.0
"""A ceremony lives 300 seconds; what is left lets its refusal be told."""

SILENCE_S: Final = 60.0
"""A page that is looked at sends frames; one in review sends nothing for a while, and says so with `stay`."""

REVIEW_S: Final = 300.0
"""Silence that a review is given: as long as its ceremony lives."""

CONNECTIONS_MOST: Final = 24
"""Open captures in one process, all of people who are signed in. Each holds at most one full-size frame on
its way, two that wait and one that is looked at, 32 MB of bytes: `benchmarks/attacks/siege.py` measures what
a process takes under attack."""

OF_ONE_OPERATOR: Final = 4
"""Open captures of one operator: a desk has one, and a second for the code while the first one ends."""

FROM_ONE_ADDRESS: Final = 12
"""Open captures from one address, or one IPv6 network of 64 bits: half of all, so that one address never has
them all. Where more desks share an address, the proxy in front has to be named (`--trusted-proxy`)."""

# --- framing -----------------------------------------------------------------------------------------------
GOOD_FRAMES: Final = 3
"""Good frames in a row before the challenge starts: half a second at 6 a second."""

TAKE_AFTER: Final = 2
"""Good frames in a row before a full-size one is asked for."""

CANDIDATES: Final = 3
"""Full-size frames of which the best is kept, for each picture of an enrolment."""

APART_MS: Final = 700
"""Between two pictures of an enrolment: they should differ, as the person does from moment to moment."""

MOST_FACES: Final = 5
"""Pictures of one enrolment, as in `enrolment.MOST_PICTURES`."""

HAND_USABLE: Final = 4
"""Fingers without a finding for a hand to be taken by itself; the manual shutter takes one with any."""

# --- the challenge -----------------------------------------------------------------------------------------
AHEAD_MS: Final = 400
"""A frame dated later than the moment it arrives is not from this clock. The client's clock starts when
"started" reaches it, so it lags; 400 ms are for clocks that run unevenly."""

LATE_MS: Final = 4_000
"""A frame that arrives later than this after its date was held back: recorded, edited, or a network in
which the capture cannot work."""

GRACE_MS: Final = 1_200
"""After the last prompt, the wait for frames that are still on their way."""

BEHIND_S: Final = 20.0
"""After that, the time to look at the frames that still wait: 48 at 2.4 a second. The page allows a minute
for the whole challenge."""

FORESHORTENED: Final = 1.1
"""The progress ring's scale: the nose's offset in an unrectified picture against the displacement that the
judge finds, 0.17 to 0.21 against 0.18 on rendered turns of 20 degrees. Only the ring depends on it."""
