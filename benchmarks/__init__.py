"""Speed: measured by hand, recorded in `results/`, never a test."""
