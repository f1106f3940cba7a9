"""What the build changes in the theme's pages, so that they show sooner."""

from hooks.access import accessible, valid
from hooks.sooner import first_picture, sooner

from rnncourse.words import Say

OPENING = """<head></head><article><h1>A</h1><figure>
<img alt="a" loading="lazy" src="figures/a.light.svg#only-light" width="9">
<img alt="a" loading="lazy" src="figures/a.dark.svg#only-dark" width="9">
</figure></article>"""


def test_the_script_of_the_theme_waits_for_the_page():
    page = '<script src="../assets/javascripts/bundle.0a1.min.js"></script>'
    assert " defer></script>" in sooner(page)
    own = '<script src="../assets/page.js" defer></script>'
    assert sooner(own) == own


def test_what_has_no_colour_in_a_listing_needs_no_element():
    code = '<span class="n">h</span><span class="w"> </span>'
    code += '<span class="o">=</span><span class="k">if</span>'
    code += '<span class="p">(</span><span class="ow">not</span>'
    coloured = '<span class="k">if</span>(<span class="ow">not</span>'
    assert sooner(code) == f"h ={coloured}"


def test_the_notes_of_a_listing_are_known_and_no_other_list():
    listed = (
        '<div class="highlight"><pre>{}</pre></div>\n<ol>\n<li>a</li></ol>'
        "<div><pre></pre></div>\n<ol></ol>"
    )
    marked = listed.format('<span class="c1"># (1)!</span>\nb')
    assert sooner(marked) == marked.replace("<ol>", '<ol class="notes">', 1)
    plain = listed.format('f(1) <span class="c1"># one</span>')
    assert sooner(plain) == plain


def test_a_table_has_a_division_of_its_own():
    table = "<table>\n<tr><td>a</td></tr>\n</table>"
    assert sooner(f"{table}<p></p>{table}") == (
        f"<div>{table}</div><p></p><div>{table}</div>"
    )
    listed = '<table class="highlighttable"></table>'
    assert sooner(listed) == listed


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


def test_a_part_of_the_table_of_contents_is_no_place_of_its_own():
    menu = '<nav class="md-nav" data-md-level="1" aria-labelledby="a">'
    part = '<nav class="md-nav" aria-label="The networks">'
    found = accessible(menu + part, Say("en"))
    assert found == menu + '<nav class="md-nav" role="none">'


def test_boxes_of_the_theme_are_not_remembered_by_their_form():
    box = '<input class="md-toggle" type="checkbox" id="{}" autocomplete="off">'
    page = valid(box.format("a") + box.format("b") + '<label tabindex="">')
    assert page.count('form="__toggles"') == 2
    assert page.count("autocomplete") == page.count("<form") == 1
    assert page.index("<form") < page.index("<input")
    assert page.endswith("<label>")
