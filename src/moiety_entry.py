"""The `moiety` command's first step: an installation that cannot be imported must not look like a decision.

Python ends with 1 when an import fails, which means "reject" to a script. So the package is imported here,
from outside of it, and a failure ends with 70 (internal error).
"""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn

_INTERNAL_ERROR = 70
_INTERRUPTED = 130
_OUTPUT_FAILED = 74


def entry() -> NoReturn:
    """Run the command line and end with its exit code."""
    gc.disable()  # importing makes objects that stay: nothing to collect (`moiety.cli.main` enables it again)
    try:
        if sys.argv[1:2] == ["verify"] and len(sys.argv) > 3:
            _load_ahead()
        from moiety.cli.main import main
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except Exception as error:
        print(f"This installation of Moiety is damaged ({type(error).__name__}: {error}).", file=sys.stderr)
        print("Install again from the lock: make install.", file=sys.stderr)
        sys.exit(_INTERNAL_ERROR)
    _leave(main())


def _load_ahead() -> None:
    """Let the face model load while the rest is imported and the code is read (docs/decisions/0019)."""
    from moiety.face.embed import load_ahead

    load_ahead()


def _leave(code: int) -> NoReturn:
    """End at once: taking OpenCV and the interpreter apart takes 20 ms and more, and decides nothing.

    All files are written and closed by then; what was printed is flushed here.
    """
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        code = _OUTPUT_FAILED
    os._exit(code)
