"""What the labs share: plots that speak the language of their notebook."""

from typing import Any

from rnncourse.words import LANGUAGES, Language, Say

say: Say = Say("es")


def speak(language: Language) -> None:
    """Choose the language of every later `lab.say(es=..., en=...)`.

    Raises:
        ValueError: if it is neither "es" nor "en".
    """
    global say
    if language not in LANGUAGES:
        raise ValueError(f"expected 'es' or 'en', got {language!r}")
    say = Say(language)


def canvas(width: float = 7.0, height: float = 3.2) -> tuple[Any, Any]:
    """A figure of that size in inches and its axes, in the course's style.

    Notebooks show it as SVG, on no background.
    """
    import matplotlib
    from matplotlib import pyplot

    from rnncourse.figures.style import PALETTES, settings

    matplotlib.rcParams.update(settings(PALETTES["light"]))
    return pyplot.subplots(figsize=(width, height), layout="constrained")
