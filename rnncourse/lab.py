"""What the labs share: plots that speak the language of their notebook."""

import html
import io
import re
from hashlib import sha256
from typing import Any

from rnncourse.checks import check_choice
from rnncourse.words import LANGUAGES, Language, Say

say: Say = Say("es")


def speak(language: Language) -> None:
    """Choose the language of every later `lab.say(es=..., en=...)`.

    Raises:
        ValueError: if it is neither "es" nor "en".
    """
    global say
    check_choice("language", language, LANGUAGES)
    say = Say(language)


def canvas(width: float = 5.6, height: float = 3.0) -> tuple[Any, Any]:
    """A figure of that size in inches and its axes, in the course's style.

    The style stays for whatever the notebook draws afterwards.
    """
    from matplotlib import rcParams

    from rnncourse.figures import style

    rcParams.update(style.settings(style.PALETTES["light"]))
    rcParams["path.simplify_threshold"] = 1.0  # points, in a long series
    return style.canvas(width, height)


def show(figure: Any, alt: str) -> Any:
    """The figure as SVG with its alternative text, the last line of a cell.

    Colours of the course's palette are CSS variables with the light scheme's
    as default, so that a page can show the same drawing in the dark.

    Raises:
        ValueError: if the alternative text is empty.
    """
    from IPython.display import SVG

    from rnncourse.figures import style

    if not alt.strip():
        raise ValueError("expected an alternative text, got an empty one")
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None})
    drawn = file.getvalue()
    drawn = drawn[drawn.index("<svg") :]
    drawn = re.sub(
        r"<!--.*?-->|<metadata>.*?</metadata>", "", drawn, flags=re.S
    )
    drawn = re.sub(
        r"<defs>\s*<style.*?</style>\s*</defs>", "", drawn, flags=re.S
    )
    drawn = re.sub(r' d="([^"]*)"', _shorter, drawn)
    for name, colour in style.variables(style.PALETTES["light"]).items():
        drawn = drawn.replace(colour, f"var(--{name}, {colour})")
    mark = "p" + sha256(alt.encode()).hexdigest()[:6]
    drawn = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{mark}-", drawn)
    drawn = re.sub(r"\s*\n\s*", "\n", drawn)
    label = html.escape(" ".join(alt.split()), quote=True)
    look = 'stroke-linejoin="round" stroke-linecap="butt"'  # as matplotlib's
    named = f'<svg role="img" aria-label="{label}" {look}'
    return SVG(drawn.replace("<svg", named, 1))


def _shorter(path: re.Match[str]) -> str:
    """A path's data, to a tenth of a point, no command said twice running."""
    words, last = [], ""
    for word in path[1].split():
        if word.isalpha():
            if word != last or word == "M":
                words.append(word)
            last = word
        else:
            words.append(f"{float(word):.1f}".removesuffix(".0"))
    return f' d="{" ".join(words)}"'
