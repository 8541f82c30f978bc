"""The code that a person carries: issued, read, checked and opened. Start with `code.py` and `issue.py`."""
