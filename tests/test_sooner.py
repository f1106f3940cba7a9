"""What the build changes in the theme's pages, so that they show sooner."""

from hooks.access import valid
from hooks.sooner import first_picture, sooner

OPENING = """<head></head><article><h1>A</h1><figure>
<img alt="a" loading="lazy" src="figures/a.light.svg#only-light" width="9">
<img alt="a" loading="lazy" src="figures/a.dark.svg#only-dark" width="9">
</figure></article>"""


def test_the_script_of_the_theme_waits_for_the_page():
    page = '<script src="../assets/javascripts/bundle.0a1.min.js"></script>'
    assert " defer></script>" in sooner(page)
    own = '<script src="../assets/page.js" defer></script>'
    assert sooner(own) == own


def test_a_name_in_a_listing_needs_no_element():
    code = '<span class="n">h</span><span class="w"> </span>'
    code += '<span class="o">=</span>'
    assert sooner(code) == 'h <span class="o">=</span>'


def test_the_figure_that_opens_a_page_is_asked_for_at_once():
    head = first_picture(OPENING).partition("</head>")[0]
    for scheme in ("light", "dark"):
        assert (
            f'<link rel="preload" as="image" href="figures/a.{scheme}.svg" '
            f'media="(prefers-color-scheme: {scheme})">'
        ) in head


def test_a_figure_further_down_waits():
    page = OPENING.replace("<h1>A</h1>", "<p>" + "word " * 400 + "</p>")
    assert first_picture(page) == page
    assert first_picture("<head></head>") == "<head></head>"


def test_boxes_of_the_theme_are_not_remembered_by_their_form():
    box = '<input class="md-toggle" type="checkbox" id="{}" autocomplete="off">'
    page = valid(box.format("a") + box.format("b") + '<label tabindex="">')
    assert page.count('form="__toggles"') == 2
    assert page.count("autocomplete") == page.count("<form") == 1
    assert page.index("<form") < page.index("<input")
    assert page.endswith("<label>")
