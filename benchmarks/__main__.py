"""`python -m benchmarks`: the layers. (`make bench-build` times the site.)"""

from benchmarks.layers import main

main()
