"""Text: tokens, n-grams, a recurrent language model and what it suggests."""

from rnncourse.text.network import (
    LanguageModel,
    bits,
    learn,
    perplexity,
    rows,
)
from rnncourse.text.ngrams import NGram
from rnncourse.text.predictor import (
    Predictor,
    draw,
    keystrokes,
    saliency,
    suggestions,
)
from rnncourse.text.tokens import (
    END,
    UNKNOWN,
    Vocabulary,
    characters,
    joined,
    vocabulary_of,
    words,
)

__all__ = [
    "END",
    "UNKNOWN",
    "LanguageModel",
    "NGram",
    "Predictor",
    "Vocabulary",
    "bits",
    "characters",
    "draw",
    "joined",
    "keystrokes",
    "learn",
    "perplexity",
    "rows",
    "saliency",
    "suggestions",
    "vocabulary_of",
    "words",
]
