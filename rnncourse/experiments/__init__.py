"""Experiments: one module per chapter, one kept function per slow thing.

An experiment seeds itself, leaves the global generators as it found them, and
returns plain numbers and arrays; figures, claims and pages read it.
"""
