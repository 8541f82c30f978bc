"""Every tuned number of the evaluation, with where it comes from."""

from __future__ import annotations

from typing import Final

BLOCK_ROWS: Final = 256
BLOCK_COLUMNS: Final = 1024
"""Rows and columns of one block of comparisons: 1 MB of int32, so that all passes stay in the cache.
Fixed, so that nothing depends on the number of workers."""

STRIP: Final = 64
"""Rows of a block that are scaled and binned at a time: 256 kB of float32."""

BAND: Final = 4 * BLOCK_ROWS
CHUNK: Final = 32 * BLOCK_COLUMNS
"""Rows and columns of one task: up to 128 blocks, about 0.2 s of work: making columns ready and sending a
task cost little beside it."""

SAMPLE_SHARE: Final = 0.01
SAMPLE_LEAST: Final = 256
SAMPLE_MOST: Final = 1024
"""The start of the tail is guessed from this share of the comparisons: those of so many rows and columns, at
least and at most. A poor guess costs time, never a count."""

HISTOGRAM_HALF: Final = 2048
"""Histogram bins for each unit of score: each is 0.0005 wide. A power of two keeps scaling exact."""

TAIL_SHARE: Final = 0.005
"""Share of the impostor comparisons kept one by one, highest first: enough for FMR 1e-3 with a margin."""

TAIL_LEAST: Final = 1 << 17
TAIL_MOST: Final = 1 << 22
"""Bounds on how many are kept, at 18 bytes each; below the tail, counts come from the histogram. The least
covers FMR 1e-2 up to 13 million comparisons."""

FMR_TARGETS: Final = (1e-2, 1e-3, 1e-4, 1e-5)
"""False match rates at which FNMR is reported: FMR100, FMR1000 and two more decades."""

RULE_OF_THREE: Final = 3.0
"""With no error in n independent trials, the 95 % upper bound is 3/n (ISO/IEC 19795-1, B.1.1)."""

CONFIDENCE: Final = 0.95
"""Two-sided confidence of every interval."""

WILSON_Z: Final = 1.959963984540054
"""The normal quantile that goes with `CONFIDENCE`."""

BOOTSTRAP_REPLICATES: Final = 1000
"""Replicates of the bootstrap over subjects. At 1,000 the ends of a 95 % interval repeat, over other seeds,
to about a twentieth of its width."""

BOOTSTRAP_SEED: Final = 20240517
"""Any fixed number: reports must repeat."""

DRAWS: Final = 20
"""Seeds 0 to 19 of the draw of genuine pairs under `--max-genuine`."""

SMALLEST_GROUP: Final = 5
"""A group of fewer subjects is counted but never spoken of: nothing can be said, and it could identify."""

FEWEST_BEHIND: Final = 3
"""A group is said to fare worse only if its errors come from so many people, or pairs of people: one pair of
look-alikes among ten says nothing of a group."""

GROUP_FMR: Final = 1e-3
"""The FMR over everybody whose threshold the groups are compared at, where the data support it."""

DISCARD_STEPS: Final = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3)
"""Shares of the pictures, worst first, that the error against discard curve drops (ISO/IEC 29794-1, EDC)."""

AUDIT_LEAST_PEOPLE: Final = 20
"""`--audit-labels` counts among at least so many people with two usable pictures: among fewer a count says
something of somebody in particular."""

DET_STEPS_PER_DECADE: Final = 12
"""Points of the DET plot in each decade of FMR."""

TABLE_STEP: Final = 1 / 256
"""Spacing of a calibration table's scores: whole histogram bins, so that counts at its points are exact. The
steepest measured tail falls by 0.08 decades over it."""

TAIL_FIT_DECADES: Final = 1.0
"""The tail's slope is fitted over the last measured decade of FMR: shorter is noise, longer is the body."""

TAIL_LOWEST_LOG10_FMR: Final = -9.0
"""Modelled tails end here: nothing that we could fit says anything about rarer events."""

LLR_GENUINE_PEOPLE: Final = 30
"""A set with fewer people says too little of genuine scores to shape the log-likelihood ratio."""

HELD_BACK_SEED: Final = 0
"""Splits people (never pictures) in two halves, to fit on one and check on the other."""

CALIBRATION_TAIL: Final = 1 << 23
"""Impostor comparisons kept one by one where a calibration goes by group: 8 million, about 200 MB."""

FEWEST_REFERENCES: Final = 30
"""A folder in which fewer people have enough pictures for a reference stands in with smaller references."""

REFERENCE_SEED: Final = 0
"""Which of a person's pictures make up a reference of several: drawn once, so that tables repeat."""

CHIMERIC_SEEDS: Final = 20
"""Pairings of faces with fingers, as many as draws of genuine pairs."""

CHIMERIC_GENUINE: Final = 2
CHIMERIC_IMPOSTORS: Final = 1500
"""Genuine comparisons of one chimeric person, and pairs of chimeric people, in one population, at most: drawn
anew for each. Four sets and 20 seeds make 120,000 impostors, 120 at FMR 1e-3."""
