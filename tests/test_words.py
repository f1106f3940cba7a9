import math

import pytest

from rnncourse.words import Say, fill, number


@pytest.mark.parametrize(
    ("value", "digits", "es", "en"),
    [
        (3.14159, ".2f", "3,14", "3.14"),
        (-0.5, ".1f", "−0,5", "−0.5"),
        (-0.001, ".1f", "0,0", "0.0"),
        (19226, ",d", "19\u202f226", "19,226"),
        (
            1.25e-7,
            ".1e",
            "1,2\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}10⁻⁷",
            "1.2\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}10⁻⁷",
        ),
        (3.0, "d", "3", "3"),
    ],
)
def test_a_number_is_written_as_the_language_does(value, digits, es, en):
    assert number(value, digits, "es") == es
    assert number(value, digits, "en") == en


@pytest.mark.parametrize(
    ("value", "digits", "es", "en"),
    [
        (-0.25, ".2f", "-0{,}25", "-0.25"),
        (1.5e-12, ".1e", r"1{,}5 \times 10^{-12}", r"1.5 \times 10^{-12}"),
        (12345, ",d", r"12\,345", r"12\,345"),
    ],
)
def test_a_number_in_a_formula_is_tex(value, digits, es, en):
    assert number(value, digits, "es", tex=True) == es
    assert number(value, digits, "en", tex=True) == en


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_not_shown(value):
    with pytest.raises(ValueError, match="expected a finite number"):
        number(value, ".1f", "es")


def test_words_in_one_language_only_are_an_error():
    with pytest.raises(TypeError):
        Say("es")(es="paso")  # type: ignore[call-arg]


def test_a_text_is_filled_in_prose_and_in_formulas():
    text = "vale {a:.1f} y $x = {a:.1f}$"
    filled = fill(text, {"a": 0.5}, "es", names="here")
    assert filled == "vale 0,5 y $x = 0{,}5$"


def test_a_text_that_names_no_number_says_where():
    with pytest.raises(ValueError, match="here: expected one of the numbers a"):
        fill("{b:.1f}", {"a": 0.5}, "es", names="here")


def test_a_number_has_no_parts_to_name():
    text = "{a[1]:.2f} {a:.2f}"
    assert fill(text, {"a": 0.5}, "en", names="here") == "{a[1]:.2f} 0.50"
