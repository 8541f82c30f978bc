"""Every tuned number of a ceremony, with where it comes from."""

from __future__ import annotations

from typing import Final

ID_BYTES: Final = 16
NONCE_BYTES: Final = 32
"""256 bits: nobody guesses one, and the liveness challenge that is drawn from it has room."""

LIFETIME_S: Final = 300
"""Begin to end. Reading the instructions, allowing the camera and an unhurried capture take one to two
minutes; a person with a helper takes longer. A stolen nonce is worth nothing after it."""

WORKING_S: Final = 120
"""A ceremony that is being worked on for longer was lost with its process."""
