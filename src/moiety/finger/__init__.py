"""Fingers: read `pipeline` first, one stage a line; then `matcher`."""

from __future__ import annotations
