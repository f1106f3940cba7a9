"""Words and numbers in the reader's language.

Whatever is shown to a reader is written once per language, side by side, and
numbers are formatted from the value itself: nothing shown is typed twice.
"""

import math
import re
from dataclasses import dataclass
from typing import Literal, get_args

Language = Literal["es", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

_POINT = {"es": ",", "en": "."}
_MINUS = "\N{MINUS SIGN}"
_THIN = "\N{NARROW NO-BREAK SPACE}"
_FIXED = "\N{NO-BREAK SPACE}"
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(
    value: float, digits: str, language: Language, *, tex: bool = False
) -> str:
    r"""The value with its digits, as the language writes it.

    Args:
        value: what was measured.
        digits: a format of Python's mini-language, `.3f`, `.2e`, `,d`, ...
        language: decides the decimal sign and the one between thousands.
        tex: for the inside of a formula (`1{,}5 \times 10^{-3}`).

    Raises:
        ValueError: if the value is not finite, or the format does not apply.
    """
    if not math.isfinite(value):
        raise ValueError(f"expected a finite number to show, got {value}")
    text = format(int(value) if digits.endswith("d") else value, digits)
    mantissa, _, exponent = text.partition("e")
    sign = "-" if mantissa.startswith("-") else ""
    if float(mantissa.replace(",", "")) == 0:
        sign = ""  # no minus zero
    whole, point, rest = mantissa.lstrip("-").partition(".")
    if tex:
        comma = "{,}" if language == "es" else "."
        body = sign + whole.replace(",", r"\,") + point.replace(".", comma)
        power = rf" \times 10^{{{int(exponent)}}}" if exponent else ""
        return body + rest + power
    thousands = _THIN if language == "es" else ","
    body = whole.replace(",", thousands) + point.replace(".", _POINT[language])
    power = ""
    if exponent:
        power = (
            f"{_FIXED}×{_FIXED}10{str(int(exponent)).translate(_SUPERSCRIPT)}"
        )
    return sign.replace("-", _MINUS) + body + rest + power


@dataclass(frozen=True)
class Say:
    """Speaks one language: `say(es="paso", en="step")`.

    Leaving a language out is a TypeError, so that no word exists in one only.
    """

    language: Language

    def __call__(self, *, es: str, en: str) -> str:
        return {"es": es, "en": en}[self.language]

    def number(self, value: float, digits: str) -> str:
        """See `number`."""
        return number(value, digits, self.language)

    def tex(self, value: float, digits: str) -> str:
        """The same for the inside of a formula."""
        return number(value, digits, self.language, tex=True)


_FIELD = re.compile(r"\{(\w+):([^{}]+)\}")


def fill(
    text: str, numbers: dict[str, float], language: Language, *, names: str
) -> str:
    """Replace each `{name:digits}` of the text by the number of that name.

    Inside `$...$` the number is written as TeX.

    Raises:
        ValueError: if the text asks for a number that was not measured;
            `names` says where the text comes from.
    """

    def replace(piece: str, tex: bool) -> str:
        def one(match: re.Match[str]) -> str:
            name, digits = match.groups()
            if name not in numbers:
                known = ", ".join(sorted(numbers)) or "none"
                raise ValueError(
                    f"{names}: expected one of the numbers {known}, "
                    f"got {{{name}}}"
                )
            return number(numbers[name], digits, language, tex=tex)

        return _FIELD.sub(one, piece)

    pieces = re.split(r"(\$[^$]*\$)", text)
    return "".join(replace(piece, i % 2 == 1) for i, piece in enumerate(pieces))
