"""The benchmarks of docs/performance.md: `make bench`."""

SLUG = "bench"  # of the event that is asked for
