"""Measure how often comparisons err, on one's own captures, and fit the tables that decisions use.

Read `run` first. Nothing here reaches credentials, the store or the service: an evaluation reads one
folder of pictures, counts, and writes a report. It cannot answer who somebody is.
"""
