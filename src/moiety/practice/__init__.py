"""The practice range: the whole flow on people who agreed to be practised on, behind a wall from life.

Pure and in memory: its own root, issuer and group key, made anew for each range and never written. Read
`run` first: what an operator can do, and what comes of it.
"""

from moiety.practice.realm import Realm
from moiety.practice.run import Run
from moiety.practice.scenario import Scenario, scenarios

__all__ = ["Realm", "Run", "Scenario", "scenarios"]
