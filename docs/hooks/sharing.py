"""What a page says of itself to search engines and to who links to it."""

import html
import json
import re
from typing import Any

from rnncourse.words import Language

LOCALES: dict[Language, str] = {"es": "es_419", "en": "en"}
TEXT_LICENCE = "https://creativecommons.org/licenses/by/4.0/"


def plain(title: str) -> str:
    """A title without its tags and entities."""
    return html.unescape(re.sub(r"<[^>]+>", "", title))


def properties(
    title: str, description: str, address: str, image: str, language: Language
) -> dict[str, str]:
    """The Open Graph properties of a page.

    Args:
        title: of the page.
        description: of the page, one sentence.
        address: of the page, absolute.
        image: of its card, absolute.
        language: of the page.
    """
    return {
        "og:type": "article",
        "og:title": plain(title),
        "og:description": description,
        "og:url": address,
        "og:image": image,
        "og:image:alt": plain(title),
        "og:locale": LOCALES[language],
    }


def course(
    name: str, description: str, root: str, language: Language
) -> dict[str, Any]:
    """The whole course, as schema.org describes one."""
    return {
        "@context": "https://schema.org",
        "@type": "Course",
        "name": name,
        "description": description,
        "url": root,
        "inLanguage": language,
        "isAccessibleForFree": True,
        "license": TEXT_LICENCE,
        "provider": {
            "@type": "Organization",
            "name": "The rnncourse developers",
            "url": root,
        },
    }


def chapter(
    title: str,
    description: str,
    address: str,
    minutes: int,
    whole: dict[str, Any],
) -> dict[str, Any]:
    """One chapter, a part of the course.

    Args:
        title: of the page.
        description: of the page.
        address: of the page, absolute.
        minutes: of reading.
        whole: what `course` says.
    """
    part_of = {key: whole[key] for key in ("@type", "name", "url")}
    return {
        "@context": whole["@context"],
        "@type": "LearningResource",
        "name": plain(title),
        "description": description,
        "url": address,
        "inLanguage": whole["inLanguage"],
        "isAccessibleForFree": True,
        "license": TEXT_LICENCE,
        "timeRequired": f"PT{minutes}M",
        "isPartOf": part_of,
    }


def script(facts: dict[str, Any]) -> str:
    """As the text of a script element: nothing in it ends the element."""
    return json.dumps(facts, ensure_ascii=False).replace("</", r"<\/")
