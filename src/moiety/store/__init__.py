"""The service's records: operators, status, ceremonies, events, in SQLite or PostgreSQL. No biometrics."""

from moiety.store.engine import Store as Store
from moiety.store.engine import open_store as open_store
from moiety.store.engine import require_url as require_url
