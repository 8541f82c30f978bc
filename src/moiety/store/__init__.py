"""The service's records: operators, status, ceremonies, events, in SQLite or PostgreSQL. No biometrics."""

from moiety.store.engine import Store as Store
from moiety.store.engine import open_store as open_store
