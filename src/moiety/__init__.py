"""Moiety: is this the person who enrolled? The public nouns and the two verbs, nothing else."""
