"""What a holder presents to be verified against: a code of ours, or a signed document they carry already."""
