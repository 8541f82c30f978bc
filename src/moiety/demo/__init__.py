"""The demonstration: the whole story on real faces, told on one page."""
