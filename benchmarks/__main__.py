"""`python -m benchmarks` is `make bench`; `make bench-build` times the site."""

from benchmarks.compare import main

main()
