"""An account that nobody can quietly change: a Merkle tree of commitments, signed and witnessed."""
