"""The practice range in the service: a stage in memory, apart from store, trust and keys of the service."""
