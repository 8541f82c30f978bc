"""Every table on one `metadata`, one module a concept; no column can hold a biometric (decision 0028)."""

from moiety.store.tables import ceremonies as ceremonies
from moiety.store.tables import consents as consents
from moiety.store.tables import events as events
from moiety.store.tables import frames as frames
from moiety.store.tables import ledger as ledger
from moiety.store.tables import limits as limits
from moiety.store.tables import operators as operators
from moiety.store.tables import shares as shares
from moiety.store.tables import sightings as sightings
from moiety.store.tables import status as status
from moiety.store.tables.base import metadata as metadata
