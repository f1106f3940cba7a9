"""Text as numbers: tokens, and a vocabulary that knows what it lacks.

A form that the vocabulary lacks is read as unknown, □, whose number is 0; the
end of a paragraph, ¶, is a token too, whose number is 1.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from rnncourse.checks import check_size

UNKNOWN, END = "□", "¶"
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+(?:[.,]\d+)*|[^\w\s]|_")


def check_text(text: object) -> None:
    """Raises: TypeError unless it is a string."""
    if not isinstance(text, str):
        raise TypeError(f"expected text, got {type(text).__name__}")


def words(text: str) -> list[str]:
    """Words in small letters, numbers and signs, each a token, in order.

    Raises:
        TypeError: if it is no string.
    """
    check_text(text)
    return _WORD.findall(text.lower())


def characters(text: str) -> list[str]:
    """Every character a token.

    Raises:
        TypeError: if it is no string.
    """
    check_text(text)
    return list(text)


class Vocabulary:
    """The forms that a model knows; the place of each is its number.

    Args:
        forms: the known ones; unknown and end are put before them.

    Raises:
        ValueError: if a form is there twice.
    """

    def __init__(self, forms: Iterable[str]) -> None:
        self.forms = [UNKNOWN, END, *forms]
        self.numbers = {form: n for n, form in enumerate(self.forms)}
        if len(self.numbers) < len(self.forms):
            raise ValueError("expected each form once, and neither □ nor ¶")

    def __len__(self) -> int:
        """V, with unknown and end."""
        return len(self.forms)

    def encode(self, tokens: Iterable[str]) -> list[int]:
        """Their numbers, 0 where the form is unknown."""
        return [self.numbers.get(token, 0) for token in tokens]

    def decode(self, numbers: Iterable[int]) -> list[str]:
        """Their forms."""
        return [self.forms[number] for number in numbers]


def vocabulary_of(
    texts: Iterable[Sequence[str]], size: int | None = None
) -> Vocabulary:
    """The commonest forms of some texts; among equals, in alphabetical order.

    Args:
        texts: lists of tokens.
        size: V, with unknown and end; None for every form.

    Raises:
        TypeError: if a text is not yet a list of tokens.
        ValueError: if the size is less than 3.
    """
    if size is not None:
        check_size("size", size, least=3)
    counts: Counter[str] = Counter()
    for text in texts:
        if isinstance(text, str):
            raise TypeError(
                "expected lists of tokens, got a text; take it apart: "
                "words(text)"
            )
        counts.update(text)
    del counts[UNKNOWN], counts[END]
    ranked = sorted(counts, key=lambda form: (-counts[form], form))
    return Vocabulary(ranked[: None if size is None else size - 2])


def joined(tokens: Iterable[str]) -> str:
    """Words and signs as one would write them, with their spaces."""
    text = " ".join(tokens)
    text = re.sub(r" ([,.;:!?)»”…%])", r"\1", text)
    return re.sub(r"([(«“¿¡]) ", r"\1", text)
