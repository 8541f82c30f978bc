"""Faces: read `pipeline` first, one stage a line."""
