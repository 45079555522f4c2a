"""Measuring speed against floors of the same run: `python -m tests.bench`."""
