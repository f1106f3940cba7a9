"""The corpus is the prose of the pages, and nothing else of them."""

import pytest
from hooks import corpus

import rnncourse.corpus
from rnncourse.words import LANGUAGES

PAGE = """---
description: x
---

# A title { #title }

The state $h_t$ of [the network](rnn.md) is **kept**; it is
[[value rnn.scalar h[3] .2f]] in `code`.

\\begin{equation}
h = 1
\\end{equation}

| a | table of words here |

```python
some = "code that is not prose"
```

1.  A note about what the listing does.

??? success "Solution"

    It holds because the state is carried.

[[claim rnn.same]]

- [[cite elman1990]]: the network of this chapter.

The state $h_t$ of [the network](rnn.md) is **kept**; it is
[[value rnn.scalar h[3] .2f]] in `code`.
"""


def test_a_page_leaves_its_prose():
    first = "The state □ of the network is kept; it is □ in □."
    assert corpus.paragraphs(PAGE) == [
        first,
        "A note about what the listing does.",
        "It holds because the state is carried.",
        "the network of this chapter.",
        first,
    ]


def test_the_corpus_is_written_once_for_each_paragraph(tmp_path):
    folder = tmp_path / "docs" / "en"
    folder.mkdir(parents=True)
    (folder / "a.md").write_text(PAGE, "utf-8")
    text = corpus.written("en", tmp_path)
    assert text == corpus.written("en", tmp_path)
    assert len(text.splitlines()) == 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_corpus_is_most_of_the_course(language):
    now = set(corpus.written(language).splitlines())
    read = set(rnncourse.corpus.paragraphs(language))
    assert len(now & read) > 0.8 * len(now | read), "make corpus"
