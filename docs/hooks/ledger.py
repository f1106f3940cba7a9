"""The page `claims`: every claim of every chapter, generated."""

from collections.abc import Callable

from rnncourse.words import Say


def page(
    claims: list[str],
    title_of: Callable[[str], str],
    order: list[str],
    say: Say,
) -> str:
    """The ledger's Markdown.

    Args:
        claims: every `<stem>.<function>`.
        title_of: the title of a chapter's page.
        order: the stems of the chapters, as one reads them.
        say: the language.
    """
    title = say(es="Lo que se comprobó", en="What was verified")
    description = say(
        es="Cada afirmación del curso, con lo medido, su cota y la prueba que "
        "la sostiene.",
        en="Every claim of the course, with what was measured, its bound and "
        "the test behind it.",
    )
    intro = say(
        es=f"Estas {len(claims)} afirmaciones se midieron al construir el "
        "sitio: si una no se cumpliera, esta página no existiría.",
        en=f"These {len(claims)} claims were measured when the site was built: "
        "had one failed, this page would not exist.",
    )
    parts = [
        f"---\ndescription: {description}\nprerequisites: []\n---\n\n"
        f"# {title} {{ #claims }}\n\n{intro}\n"
    ]
    stems = {name.partition(".")[0] for name in claims}
    for stem in sorted(stems, key=order.index):
        parts.append(f"\n## {title_of(stem)} {{ #{stem} }}\n")
        where = say(es="Del capítulo", en="From the chapter")
        parts.append(f"\n{where} [{title_of(stem)}]({stem}.md).\n")
        for name in claims:
            if name.startswith(f"{stem}."):
                parts.append(f"\n[[claim {name}]]\n")
    return "".join(parts)
