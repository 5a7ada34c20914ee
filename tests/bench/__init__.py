"""Benchmarks, side by side with other scanners: `make bench`, or `python -m tests.bench --help`. POSIX only.

What is compared is run in turns, round after round, so that a busy machine hits all of it alike. Ratios are what
counts: no test depends on a time.
"""
