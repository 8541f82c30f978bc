"""A fuzz target without coverage guidance, for machines that atheris has no wheel for.

    python -m benchmarks.fuzz.mutate documents [--cases 200000] [--seed 169]

Seeds are mutated by flips, cuts, doublings, splices and interesting bytes. Prints counts, and the case that
failed as hexadecimal digits; a case over a second is a find too, and so is a process over 300 MB.
"""

from __future__ import annotations

import argparse
import random
import resource
import signal
import sys
import time
from importlib import import_module
from typing import Final

SECONDS_A_CASE: Final = 1.0
MOST_MEGABYTES: Final = 300
_BYTES: Final = (0x00, 0x01, 0x7F, 0x80, 0xFF, 0x5F, 0x9F, 0xBF, 0xD8, 0x1B, 0x3B, 0xFB, 0x7E, 0x2E, 0x22)


def mutated(data: bytes, others: list[bytes], draw: random.Random) -> bytes:
    """One to six changes of a seed; its first byte, which names the layer, stays most of the time."""
    case = bytearray(data)
    for _ in range(draw.randint(1, 6)):
        at = draw.randrange(1, len(case)) if len(case) > 1 and draw.random() < 0.98 else 0
        kind = draw.randrange(5)
        if not case:
            break
        if kind == 0:
            case[at] ^= 1 << draw.randrange(8)
        elif kind == 1:
            case[at] = draw.choice(_BYTES)
        elif kind == 2:
            del case[at : at + draw.randint(1, 40)]
        elif kind == 3:
            case[at:at] = case[at : at + draw.randint(1, 40)]
        else:
            other = draw.choice(others)
            start = draw.randrange(len(other))
            case[at : at + 8] = other[start : start + draw.randint(1, 60)]
    return bytes(case)


def peak() -> float:
    """The most memory that this process has held, in megabytes; Linux counts in KiB, macOS in bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1e6 if sys.platform == "darwin" else 1e6 / 1024)


def _stop(*_: object) -> None:
    raise TimeoutError(f"over {SECONDS_A_CASE:.0f} s of processor time")


def main() -> int:
    """Run, and say what was found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("target")
    parser.add_argument("--cases", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=169)
    args = parser.parse_args()
    target = import_module(f"benchmarks.fuzz.{args.target}")
    seeds, draw, longest = target.seeds(), random.Random(args.seed), 0.0
    begun = time.perf_counter()
    signal.signal(signal.SIGPROF, _stop)  # a case that never ends is stopped and printed
    for number in range(args.cases):
        case = mutated(draw.choice(seeds), seeds, draw)
        started = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, SECONDS_A_CASE)
        try:
            target.one_case(case)
        except Exception as error:
            print(f"case {number}: {type(error).__name__}: {error}: {case.hex()}")
            return 1
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        longest = max(longest, time.process_time() - started)
        if longest > SECONDS_A_CASE:
            print(f"case {number} took {longest:.1f} s: {case.hex()}")
            return 1
        if number % 1_000 == 0 and peak() > MOST_MEGABYTES:
            print(f"{peak():.0f} MB by case {number}: {case.hex()}")
            return 1
    spent = time.perf_counter() - begun
    print(
        f"{args.target}: {args.cases:,} cases (seed {args.seed}) in {spent:.0f} s, "
        f"longest {longest:.3f} s, {peak():.0f} MB at most, nothing found"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
