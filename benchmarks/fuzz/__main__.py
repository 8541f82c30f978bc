"""Run the fuzz targets one after another, each in its own process, and say what was found.

python -m benchmarks.fuzz [codes ...] [--cases 1500000] [--seed 169] [--keep DIR]
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import Final

CASES: Final = {
    "codes": 1_500_000,
    "documents": 500_000,
    "fingers": 500_000,
    "ledger": 1_000_000,
    "pictures": 500_000,
    "reading": 2_000_000,
    "service": 500_000,
}
MEMORY_MB: Final = 300
SECONDS_A_CASE: Final = 1


def targets() -> list[str]:
    """The targets that there are: the modules of this package that have a `one_case`."""
    here = Path(__file__).parent
    return [name for name in CASES if (here / f"{name}.py").is_file()]


def run(target: str, cases: int, seed: int, keep: Path) -> dict[str, object]:
    """Fuzz one target in a process of its own; finds are left in `keep`."""
    keep.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder)
        for number, data in enumerate(import_module(f"benchmarks.fuzz.{target}").seeds()):
            (corpus / f"seed-{number:03}").write_bytes(data)
        command = [sys.executable, "-m", "benchmarks.fuzz.engine", target, str(corpus)]
        limits = [f"-timeout={SECONDS_A_CASE}", f"-rss_limit_mb={MEMORY_MB}", f"-artifact_prefix={keep}/"]
        begun = time.perf_counter()
        done = subprocess.run(
            [*command, f"-runs={cases}", f"-seed={seed}", *limits],
            capture_output=True,
            text=True,
            check=False,
        )
        spent = time.perf_counter() - begun
    report: dict[str, object] = {
        "target": target,
        "cases": _executed(done.stderr),
        "seconds": round(spent, 1),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
        "found": sorted(path.name for path in keep.iterdir()),
        "exit": done.returncode,
    }
    if done.returncode != 0:
        report["end_of_log"] = (done.stdout + done.stderr)[-4000:]
    return report


def _executed(log: str) -> int:
    """The number of cases that libFuzzer says it executed."""
    counts = [line.split()[0].lstrip("#") for line in log.splitlines() if line.startswith("#")]
    return max((int(count) for count in counts if count.isdigit()), default=0)


def main() -> int:
    """Run, print one JSON object a target, and fail if anything was found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "targets", nargs="*", metavar="target", help=f"of {', '.join(targets())}; all by default"
    )
    parser.add_argument("--cases", type=int, help="for each target, instead of its own number")
    parser.add_argument("--seed", type=int, default=169)
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "moiety-fuzz")
    asked = parser.parse_args()
    wanted: list[str] = asked.targets if asked.targets else targets()
    if unknown := set(wanted) - set(targets()):
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    failed = False
    for target in wanted:
        cases = CASES[target] if asked.cases is None else asked.cases
        report = run(target, cases, asked.seed, asked.keep / target)
        print(json.dumps(report, indent=2), flush=True)
        failed = failed or report["exit"] != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
