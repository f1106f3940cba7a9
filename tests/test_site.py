"""The plain functions that the site is built with; no site is built here."""

import base64
import hashlib
import os
import re
import time
from collections import Counter

import pytest
from hooks import (
    built,
    citations,
    evidence,
    glossary,
    languages,
    ledger,
    listings,
    mathematics,
    pages,
    policy,
    search,
    staging,
    widgets,
)
from mkdocs.exceptions import PluginError

from rnncourse import store
from rnncourse.evidence import names
from rnncourse.references import BY_KEY, REFERENCES, bibtex
from rnncourse.words import Say

FACTS = {
    "es": {"path": "", "name": "Español"},
    "en": {"path": "en/", "name": "English"},
}


def test_a_page_without_its_twin_is_named(tmp_path):
    for name in ("es/a.md", "es/b.md", "en/a.md"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    assert languages.untwinned(tmp_path, ["es", "en"]) == [
        "docs/en/b.md: missing page (it exists in es only)"
    ]


def test_the_switch_stays_on_the_page():
    es, en = languages.alternates(FACTS, "en", "https://a.org/c/", "rnn/")
    assert (es["link"], en["current"]) == ("../../rnn/", True)
    assert en["absolute"] == "https://a.org/c/en/rnn/"


def test_without_an_address_nothing_absolute_is_made_up():
    for alternate in languages.alternates(FACTS, "es", "", "rnn/"):
        assert alternate["absolute"] is None


def test_the_404_page_links_from_the_root_of_the_server():
    es, en = languages.alternates(FACTS, "es", "https://a.org/c/", None)
    assert (es["link"], en["link"]) == ("/c/", "/c/en/")


def test_sections_of_the_nav_have_a_title_in_each_language():
    nav = ["index.md", {"lecture": ["rnn.md"]}]
    assert languages.titled(nav, {"lecture": "Las redes"}) == [
        "index.md",
        {"Las redes": ["rnn.md"]},
    ]
    with pytest.raises(PluginError, match=r"extra\.languages.*for lecture$"):
        languages.titled(nav, {})


def test_words_are_found_without_accents_and_ñ_stays():
    index = {"docs": [{"title": "Título", "text": "El año de la ecuación"}]}
    improved = search.improve(index, fold=True)["docs"][0]["text"]
    assert improved == "El año de la ecuación<s>ecuacion</s><s>titulo</s>"
    html = "<p>Ésa es <b>esa</b> o más, <code>más</code></p>"
    assert search.foldable(html) == (
        "<p>Ésa es <b>esa</b> o más<s>mas</s>, <code>más</code></p>"
    )


def test_the_index_gets_the_words_of_listings_and_no_whole_files():
    page = (
        '<p>Una <b>red</b>.</p><pre><span class="n">x</span> = <a id="l1"></a>'
        '<code><span>1</span></code></pre><h2 id="files">Los</h2><pre>z</pre>'
    )
    assert search.plain(page) == (
        "<p>Una <b>red</b>.</p><pre>x = <code>1</code></pre>"
    )


def test_tex_is_kept_out_of_the_search_index():
    index = {"docs": [{"title": "A", "text": r"a \(x_t\) b \[h_t\] c"}]}
    assert search.improve(index, fold=False)["docs"][0]["text"] == "a … b … c"


def test_a_site_is_replaced_whole(tmp_path):
    site = tmp_path / "site"
    for word in ("first", "second"):
        aside = staging.begin(site)
        (aside / "index.html").write_text(word)
        staging.publish(aside, site)
    assert (site / "index.html").read_text() == "second"
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_two_builds_at_once_do_not_meet(tmp_path):
    asides = [staging.begin(tmp_path / "site") for _ in range(2)]
    assert asides[0] != asides[1]
    assert all(aside.exists() for aside in asides)


def test_what_a_dead_build_left_is_removed_later(tmp_path):
    left = staging.begin(tmp_path / "site")
    old = time.time() - 2 * 3600
    os.utime(left, (old, old))
    staging.begin(tmp_path / "site")
    assert not left.exists()


PAGE = """# Red { #red }

```python
--8<-- "snippets/rnn.py:shapes"
```

```python
--8<-- "rnncourse/rnn.py:step"
```

```python
--8<-- "snippets/rnn.py:memory"
```
"""


def test_a_listing_is_named_and_its_file_stands_once_at_the_end():
    page = listings.prepared(PAGE, Say("es"))
    assert page.count('```{.python title="snippets/rnn.py"}') == 2
    assert page.count('??? example "`snippets/rnn.py`"') == 1
    assert page.count('--8<-- "rnncourse/rnn.py"\n') == 1
    assert "## Los archivos completos { #files }" in page


def test_a_listing_in_c_is_c():
    page = '```c\n--8<-- "rnncourse/engines/native.c:tile"\n```\n'
    shown = listings.prepared(page, Say("es"))
    assert '```{.c title="rnncourse/engines/native.c"}' in shown
    assert '    ```c\n    --8<-- "rnncourse/engines/native.c"\n' in shown
    name = '<span class="filename">rnncourse/engines/native.c</span>'
    linked = listings.linked(name, "../", "", Say("en"))
    assert 'href="#file-rnncourse-engines-native-c"' in linked


def test_a_page_without_listings_is_left_alone():
    assert listings.prepared("# A { #a }", Say("en")) == "# A { #a }"


def test_the_name_of_a_listing_leads_to_the_whole_file():
    page = '<span class="filename">snippets/rnn.py</span>'
    linked = listings.linked(page, "../", "", Say("en"))
    assert '<a href="#file-snippets-rnn">snippets/rnn.py</a>' in linked


def test_sources_link_to_the_repository_where_there_is_one():
    page = "{{source snippets/rnn.py}}"
    own = listings.linked(page, "../", "", Say("en"))
    assert 'href="../code/snippets/rnn.py"' in own
    assert "blob" not in own
    public = listings.linked(page, "../", "https://a.org/r", Say("en"))
    assert 'href="https://a.org/r/blob/main/snippets/rnn.py"' in public


def test_without_an_address_there_is_no_install_line(tmp_path):
    wheel = tmp_path / "a.whl"
    assert listings.install_line(PAGE, store.ROOT, "", wheel) is None


def test_above_a_chapter_the_install_line_is_folded():
    assert pages.install(None, Say("es"), folded=True) == ""
    shown, folded = (
        pages.install("pip", Say("en"), folded=fold) for fold in (False, True)
    )
    assert "<details>" not in shown
    assert "<details><summary>To run the code of the pages</summary>" in folded
    assert "<code>pip</code>" in shown
    assert "<code>pip</code>" in folded


def test_reading_time_grows_with_words_formulas_and_listings():
    prose = "palabra " * 900
    assert pages.minutes(prose) == 5
    assert pages.minutes(prose + "$$\nx\n$$\n") == 10
    for language in ("python", "c"):
        assert pages.minutes(f"{prose}\n```{language}\n```\n") == 10
    assert pages.minutes("[[claim rnn.same]]\n" * 30) == 5
    assert pages.minutes("[[claim rnn.same]]\n" * 31) == 10


FORMULAS = (
    '<span class="arithmatex">\\(x_t\\)</span> '
    '<div class="arithmatex">\\[a &lt; b \\label{eq:a}\\]</div>'
)


def test_formulas_are_found_in_order():
    one, two = mathematics.find(FORMULAS)
    assert (one.tex, one.display) == ("x_t", False)
    assert (two.tex, two.display) == (r"a < b \label{eq:a}", True)
    assert two.labels == ["eq:a"]


def test_undefined_and_repeated_labels_are_faults():
    formula = mathematics.Formula
    formulas = [
        formula(r"\label{eq:a}", True),
        formula(r"\label{eq:a}", True),
        formula(r"\eqref{eq:b}", False),
    ]
    assert mathematics.faults(formulas, {"errors": []}) == [
        "equation label 'eq:a' is defined twice",
        "undefined equation label 'eq:b'",
    ]


def test_a_tex_error_names_the_formula():
    formulas = [mathematics.Formula(r"\frac{1}", True)]
    result = {"errors": [[0, "Missing argument for \\frac"]]}
    (fault,) = mathematics.faults(formulas, result)
    assert r"'\\frac{1}': Missing argument" in fault


def test_a_rule_that_comes_with_every_page_stands_once():
    styles = mathematics.Styles()
    styles.add("a {\n}\n\nb {\n}\n\n\nb {\n}")
    styles.add("a {\n}\n\nb {\n}")
    assert styles.css() == "a {\n}\n\nb {\n}\n"


def test_inline_styles_of_formulas_become_classes():
    styles = mathematics.Styles()
    once = styles.classed('<svg style="vertical-align: -1ex;" width="1ex">')
    assert "style=" not in once
    assert 'class="mx' in once
    assert "{vertical-align: -1ex}" in styles.css()


GOOD = (
    "<html><body><article><h1 id='a'>A</h1>"
    "<img src='b.svg' alt='a line' width='1' height='1'>"
    "<a href='#a'>a</a><a href='https://a.org'>b</a></article></body></html>"
)


@pytest.fixture
def site(tmp_path):
    (tmp_path / "b.svg").write_text("<svg/>")
    (tmp_path / "index.html").write_text(GOOD)
    return tmp_path


def test_a_good_site_has_no_faults(site):
    assert built.faults(site) == []


@pytest.mark.parametrize(
    ("good", "bad", "fault"),
    [
        ("href='#a'", "href='#c'", "dead anchor '#c'"),
        ("href='#a'", "href='c/'", "dead link 'c/'"),
        ("href='#a'", "href=''", "empty link"),
        ("href='https", "href='http", "expected https, got 'http'"),
        ("alt='a line'", "alt=' '", "has no alt text"),
        ("width='1' ", "", "has no size"),
        ("src='b.svg'", "src='c.svg'", "missing file 'c.svg'"),
        ("src='b.svg'", "src='//c.org/b.svg'", "from a third party"),
        (
            "<article>",
            "<link rel='stylesheet' href='https://c.org/a.css'><article>",
            "from a third party",
        ),
        ("<article>", "<style>@import 'https://c.org';</style>", "third party"),
        ("<article>", "<p id='a'></p><article>", "id 'a' stands twice"),
        ("A</h1>", "[[figure a.b]]</h1>", "left unreplaced"),
    ],
)
def test_each_fault_of_a_page_is_found(site, good, bad, fault):
    page = site / "index.html"
    page.write_text(GOOD.replace(good, bad))
    assert any(fault in found for found in built.faults(site))


def test_a_style_sheet_fetches_from_nobody_else(site):
    (site / "a.css").write_text("a { background: url(https://c.org/a.png) }")
    (fault,) = built.faults(site)
    assert "a.css: would fetch from a third party" in fault


def test_an_absolute_link_into_the_site_is_checked(site):
    page = site / "index.html"
    page.write_text(GOOD.replace("#a'>", "https://e.org/c/no/'>"))
    (fault,) = built.faults(site, "https://e.org/c/")
    assert "dead link" in fault


@pytest.fixture
def shower(tmp_path, monkeypatch):
    monkeypatch.setenv("RNNCOURSE_CACHE", str(tmp_path))
    job = evidence.Job("experiments", "a.b")
    monkeypatch.setattr(
        evidence.Job, "entry", lambda self, root: tmp_path / self.name
    )
    store.write(job.entry(tmp_path), {"h": [0.5, -0.25], "n": 3})

    def show(text: str, language: str = "es") -> str:
        return evidence.Shower(
            "docs/es/a.md", language, tmp_path, str, str
        ).shown(text)

    return show


def test_all_evidence_is_every_claim_and_four_of_every_figure():
    found = evidence.every(store.ROOT)
    assert len(set(found)) == len(found)
    for kind, each in (("claims", 1), ("figures", 4)):  # languages, schemes
        by_name = Counter(job.name for job in found if job.kind == kind)
        assert by_name == dict.fromkeys(names(kind), each)


def test_a_value_is_written_in_the_language_of_the_page(shower):
    assert shower("[[value a.b h[1] .2f]]") == "−0,25"
    assert shower("[[value a.b h[1] .2f]]", "en") == "−0.25"


def test_a_value_inside_a_formula_is_tex(shower):
    assert shower("$h = [[value a.b h[0] .1f]]$") == "$h = 0{,}5$"
    assert shower("$$\n[[value a.b h[0] .1f]]\n$$") == "$$\n0{,}5\n$$"


def test_a_result_is_read_from_the_benchmarks(shower, tmp_path):
    path = tmp_path / "benchmarks" / "results" / "a-cpu.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"ms": [1.5, 2.25], "of": {"rnn": {"most": 3.5}}}')
    assert shower("[[result a-cpu ms[1] .2f]]") == "2,25"
    assert shower("[[result a-cpu of.rnn.most .1f]]") == "3,5"
    path.write_text('{"ms": [1.5, 2.25], "on": "a day", "gpu": null}')
    assert shower("[[result a-cpu on s]], [[result a-cpu ms[0] s]]") == (
        "a day, 1.5"
    )
    assert shower("[[result a-cpu gpu.ms .2f]]") == evidence.NOT_MEASURED
    with pytest.raises(evidence.EvidenceError, match=r"'b-cpu'.*: a-cpu"):
        shower("[[result b-cpu ms[1] .2f]]")
    with pytest.raises(evidence.EvidenceError, match="KeyError"):
        shower("[[result a-cpu s .2f]]")


def test_what_there_is_is_counted_in_the_language_of_the_page(shower, tmp_path):
    files = {
        "docs/es/a.md": f"{PAGE}\n[[figure rnn.a]]\n\n[[play gates]]\n",
        "docs/es/b.md": "# B { #b }\n",
        "docs/en/a.md": "# A { #a }\n",
        "labs/a.py": "",
        "rnncourse/claims/rnn.py": "def same():\n    pass\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    named = ("pages", "listings", "figures", "claims")
    every = " ".join(f"[[count {name}]]" for name in named)
    assert shower(every) == "4 3 2 1"  # with the lab and the ledger
    assert shower(every, "en") == "3 0 0 1"


@pytest.mark.parametrize(
    ("directive", "message"),
    [
        ("[[value a.b x .1f]]", "KeyError"),
        ("[[value a.b h[5] .1f]]", "IndexError"),
        ("[[value a.b n zz]]", "ValueError"),
        ("[[value a.b n]]", "expected .*value stem.name key digits"),
        ("[[figure]]", "expected .*figure stem.name"),
        ("[[play]]", "expected .*play name"),
        ("[[count]]", "expected .*count name"),
        ("[[count words]]", "unknown count 'words'; .*: pages, listings"),
    ],
)
def test_a_wrong_directive_is_named(shower, directive, message):
    with pytest.raises(evidence.EvidenceError, match=message):
        shower(directive)


def test_a_page_names_its_widgets_in_order():
    page = "[[play gates]]\n\n[[figure lstm.cell]]\n\n[[play vanish]]"
    assert widgets.on_page(page) == ["gates", "vanish"]
    assert widgets.on_page("# A { #a }") == []


def test_a_widget_stands_around_its_figure():
    page = widgets.divided("gates", "<figure>F</figure>")
    assert 'markdown="block"' in page
    made = widgets.elements(page.replace(' markdown="block"', ""))
    assert "<rnn-gates>\n<figure>F</figure>\n</rnn-gates></div>" in made


def test_an_unknown_widget_is_named(tmp_path):
    with pytest.raises(evidence.EvidenceError, match=r"'play\.gate'"):
        evidence.jobs({"docs/es/a.md": "[[play gate]]"}, tmp_path)


def test_an_unknown_name_is_an_error_that_lists_the_known(tmp_path):
    folder = tmp_path / "rnncourse" / "claims"
    folder.mkdir(parents=True)
    (folder / "rnn.py").write_text("def same():\n    pass\n")
    with pytest.raises(
        evidence.EvidenceError,
        match=r"docs/es/a.md: unknown claim 'rnn.sam'; .*: rnn.same",
    ):
        evidence.jobs({"docs/es/a.md": "[[claim rnn.sam]]"}, tmp_path)


def test_a_source_is_printed_in_the_language_of_the_page():
    text = "- [[cite elman1990]]"
    es, en = (
        citations.shown(text, "a.md", Say(language), lambda file: "../history/")
        for language in ("es", "en")
    )
    assert "J. L. Elman, «Finding structure in time»" in es
    assert "J. L. Elman, “Finding structure in time”" in en
    assert 'href="https://doi.org/10.1207/s15516709cog1402_1"' in es
    assert 'href="../history/#elman1990">nota</a>' in es


def test_an_unknown_source_is_named():
    with pytest.raises(
        citations.CitationError, match=r"a.md: unknown source 'elmo1990'"
    ):
        citations.shown("[[cite elmo1990]]", "a.md", Say("es"), str)


def test_the_list_of_sources_has_each_with_its_note():
    page = citations.shown("[[references]]", "a.md", Say("en"), str)
    for reference in REFERENCES:
        assert f'<dt id="{reference.key}">' in page
        assert reference.en.split()[0] in page


def test_every_source_is_whole_and_in_order_of_its_year():
    years = [reference.year for reference in REFERENCES]
    assert years == sorted(years)
    assert len(BY_KEY) == len(REFERENCES)
    for reference in REFERENCES:
        assert reference.es != reference.en
        assert reference.es.endswith(".")
        assert reference.en.endswith(".")
        assert re.fullmatch(r"(10\.\d{4,}/\S+)?", reference.doi)
        assert f"@misc{{{reference.key}," in bibtex()


def test_an_institution_with_a_comma_is_no_person():
    """BibTeX reads "last name, first name"."""
    assert "author = {{United Nations, Population Division}}" in bibtex()
    assert "author = {Y. Gal and Z. Ghahramani}" in bibtex()


GLOSSARY = """# Glosario { #glossary }

### estado oculto { #hidden-state }
<!-- forms: estado oculto, estados ocultos -->
El vector $h_t$ que la red *lleva* consigo.

### estado { #state }
<!-- forms: estado -->
Lo que se guarda.
"""


def test_the_other_language_names_the_term_below_its_definition():
    twin = GLOSSARY.replace("estado oculto {", "hidden state {")
    page = glossary.paired(GLOSSARY, twin, Say("es"))
    line = '<p class="twin">En inglés: <span lang="en">hidden state</span></p>'
    assert page.count(line) == 1


def test_the_first_occurrence_of_a_term_is_a_link_with_its_definition():
    entries = glossary.terms(GLOSSARY)
    page = "<h2>estado</h2><p>Dos estados ocultos; un estado oculto.</p>"
    shown = glossary.linked(page, entries, "../glossary/")
    assert shown == (
        "<h2>estado</h2><p>Dos "
        '<a class="term" href="../glossary/#hidden-state" '
        'title="El vector h_t que la red lleva consigo.">estados ocultos</a>; '
        "un estado oculto.</p>"
    )


def test_a_formula_in_a_tooltip_is_written_in_signs():
    definition = r"El *radio* $\rho(W)$, $\hat y_t$ y $h_{t-1} W_{xh}$, \dots"
    shown = "El radio ρ(W), y\N{COMBINING CIRCUMFLEX ACCENT}_t y h_(t-1) W_xh"
    assert glossary.plain(definition) == shown + r", \dots"
    with pytest.raises(ValueError, match=r"got 'nabla': add its sign to SIGNS"):
        glossary.plain(r"$\nabla$")


def test_a_term_may_stand_on_two_lines():
    shown = glossary.linked(
        "<p>Un estado\noculto.</p>", glossary.terms(GLOSSARY), "g/"
    )
    assert 'href="g/#hidden-state"' in shown
    assert ">estado\noculto</a>" in shown


@pytest.mark.parametrize(
    "page",
    [
        "<h2>estado</h2>",
        '<a href="x">el <b>estado</b></a>',
        "<code>estado</code>",
        "<pre><span>estado</span></pre>",
        '<span class="arithmatex">estado <span>estado</span> estado</span>',
        "<p>estados</p>",
        '<p title="estado">x</p>',
    ],
)
def test_no_term_is_linked_in_headings_links_code_or_formulas(page):
    assert glossary.linked(page, glossary.terms(GLOSSARY), "g/") == page


def test_a_glossary_of_another_form_is_refused():
    with pytest.raises(ValueError, match=r"expected 2 entries .* got 1"):
        glossary.terms(GLOSSARY.replace("<!-- forms: estado -->\n", ""))
    with pytest.raises(ValueError, match="'estado' belongs to"):
        glossary.terms(GLOSSARY.replace("estados ocultos", "estado"))


def test_the_ledger_names_every_claim_under_its_chapter_in_order():
    names = ["rnn.a", "bptt.b", "rnn.c"]
    nav = ["index.md", {"lecture": ["rnn.md", "bptt.md"]}, "labs/a.ipynb"]
    order = languages.stems(nav)
    assert order == ["index", "rnn", "bptt", "labs/a"]
    page = ledger.page(sorted(names), str.upper, order, Say("en"))
    assert [line for line in page.splitlines() if line.startswith("[[")] == [
        "[[claim rnn.a]]",
        "[[claim rnn.c]]",
        "[[claim bptt.b]]",
    ]
    assert "These 3 claims" in page


def test_a_policy_allows_the_scripts_of_the_page_and_no_others():
    page = (
        '<head><meta charset="utf-8"><script>a()</script></head>'
        '<script src="b.js"></script>'
        '<script type="application/json">{}</script>'
    )
    digest = base64.b64encode(hashlib.sha256(b"a()").digest()).decode()
    assert policy.hashes(page) == [f"'sha256-{digest}'"]
    found = policy.secured(page)
    head, _, rest = found.partition('<meta http-equiv="Content-Security-Policy')
    assert head == '<head><meta charset="utf-8">\n'
    assert f"script-src 'self' 'sha256-{digest}';" in rest
    assert "unsafe" not in rest


def test_an_alignment_is_a_class():
    page = '<meta charset="utf-8"><td style="text-align: right;">1</td>'
    assert policy.secured(page).endswith('<td class="right">1</td>')


def test_a_page_of_another_form_gets_no_policy_in_silence():
    with pytest.raises(ValueError, match='expected one <meta charset="utf-8">'):
        policy.secured("<html></html>")
