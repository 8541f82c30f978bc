"""Measurements of speed, memory and accuracy, beside peers; nothing here is part of the package."""
