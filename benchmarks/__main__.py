"""`python -m benchmarks` measures the layers; `make bench-build`, the site."""

from benchmarks.layers import main

main()
