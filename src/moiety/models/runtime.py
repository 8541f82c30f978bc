"""onnxruntime, told to be silent before it loads.

Since 1.29 its official Linux binaries report each session to their maker: they write a device identifier into
the home directory and send events to mobile.events.data.microsoft.com, unless `ORT_DISABLE_TELEMETRY` is set
when the library loads. `disable_telemetry_events()` alone comes too late. So nothing here imports onnxruntime
but this module, and a test looks for what it would write.
"""

from __future__ import annotations

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime

onnxruntime.disable_telemetry_events()  # in case somebody else's code imported it before us

__all__ = ["onnxruntime"]
