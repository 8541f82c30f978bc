"""Fuzzing of every decoder that takes bytes from outside, guided by coverage: `python -m benchmarks.fuzz`.

A target is a module with `seeds()`, inputs to start from, and `one_case(data)`, which must return.
Errors of `moiety.errors` that the decoder is meant to raise are its answers, and caught there; anything
else is a find, and so is a case that takes over a second, or memory over 300 MB. What was found is kept
as a test.
"""
