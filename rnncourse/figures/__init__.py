"""Figures: one module per chapter, one function `(say) -> Drawing` each."""
