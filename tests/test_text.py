"""Text: tokens, n-grams, language models and what they suggest."""

import inspect
import math

import numpy as np
import pytest
import torch
from refusals import refused
from torch import nn
from torch.testing import assert_close

from rnncourse import corpus
from rnncourse.data import agreement
from rnncourse.experiments.languages import Reading, plain, restored
from rnncourse.text import (
    END,
    UNKNOWN,
    LanguageModel,
    NGram,
    Predictor,
    Vocabulary,
    bits,
    characters,
    draw,
    joined,
    keystrokes,
    learn,
    perplexity,
    rows,
    saliency,
    suggestions,
    vocabulary_of,
    words,
)
from rnncourse.text.ngrams import discount
from rnncourse.words import LANGUAGES

FORMS = ["la", "red", "los", "gatos", "corren", ",", "7", "lee"]
V = len(FORMS) + 2


@pytest.fixture
def vocabulary():
    return Vocabulary(FORMS)


@pytest.fixture(params=["rnn", "gru", "lstm"])
def model(request):
    torch.manual_seed(0)
    return LanguageModel(request.param, V, 6, 7).eval()


def drawn(count: int, length: int, seed: int = 0) -> list[list[int]]:
    generator = torch.Generator().manual_seed(seed)
    size = (count, length)
    return torch.randint(2, V, size, generator=generator).tolist()


# Tokens


def test_words_are_in_small_letters_and_signs_stand_alone():
    assert words("¿Qué es $\\pi$? Gers's 3,14.") == [
        "¿", "qué", "es", "$", "\\", "pi", "$", "?", "gers's", "3,14", ".",
    ]  # fmt: skip


def test_characters_are_all_there():
    text = "¡Ñandú! "
    assert "".join(characters(text)) == text


@pytest.mark.parametrize("cut", [words, characters])
def test_an_empty_text_has_no_token(cut):
    assert cut("") == []


@pytest.mark.parametrize("cut", [words, characters])
def test_what_is_no_text_is_refused(cut):
    refused(lambda: inspect.unwrap(cut)(7), TypeError, "expected text, got int")


def test_known_forms_come_back_and_others_come_back_unknown(vocabulary):
    numbers = vocabulary.encode(["la", "perra", "lee"])
    assert vocabulary.decode(numbers) == ["la", UNKNOWN, "lee"]


def test_a_vocabulary_keeps_the_commonest_forms():
    texts = [["b", "a", "b"], ["c", "a", UNKNOWN, "b", END]]
    assert vocabulary_of(texts, 4).forms == [UNKNOWN, END, "b", "a"]
    assert vocabulary_of(texts).forms == [UNKNOWN, END, "b", "a", "c"]


def test_a_vocabulary_needs_room_and_different_forms():
    with pytest.raises(ValueError, match=r"expected size .*>= 3, got 2"):
        vocabulary_of([["a"]], 2)
    with pytest.raises(TypeError, match=r"lists of tokens, got a text; take"):
        vocabulary_of(["one two"])
    with pytest.raises(ValueError, match="expected each form once"):
        Vocabulary(["a", "a"])


def test_joined_words_read_as_written():
    text = "¿qué lee la red (hoy)? nada: 7, creo."
    assert joined(words(text)) == text


# The corpus


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_parts_of_a_corpus_share_no_paragraph(language):
    parts = [corpus.part(language, name) for name in corpus.PARTS]
    assert sum(map(len, parts)) == len(corpus.paragraphs(language))
    bare = [{" ".join(words(p)).strip(" .:;,") for p in ps} for ps in parts]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert not bare[one] & bare[other]
    assert len(parts[0]) > 5 * len(parts[1]) > 0
    assert len(parts[0]) > 5 * len(parts[2]) > 0


def test_a_repeated_paragraph_falls_in_the_same_part():
    for text in corpus.paragraphs("es")[:50]:
        assert corpus.part_of(text) == corpus.part_of(f"«{text.upper()}»")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_corpus_is_prose(language):
    for text in corpus.paragraphs(language):
        assert not set(text) & set("$`|#\\{}[]*")


def test_an_edited_corpus_is_refused(monkeypatch):
    monkeypatch.setitem(corpus.DIGESTS, "es", "0" * 16)
    with pytest.raises(ValueError, match="make corpus"):
        corpus.paragraphs("es")


def test_a_language_or_part_there_is_not_is_refused():
    with pytest.raises(
        ValueError, match="language to be 'es' or 'en', got 'fr'"
    ):
        corpus.paragraphs("fr")
    with pytest.raises(ValueError, match="name to be 'train', 'valid"):
        inspect.unwrap(corpus.part)("es", "dev")


# n-grams


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_grammar_as_one_writes_it_has_no_unknown_word(language):
    vocabulary = Reading(language).vocabulary
    generator = torch.Generator().manual_seed(0)
    for sentence in agreement(60, language, 1, generator):
        written = words(" ".join(sentence.words).capitalize())
        assert 0 not in vocabulary.encode([*written, sentence.wrong])


@pytest.mark.parametrize("n", range(5))
def test_what_may_come_next_sums_to_one(n):
    model = NGram(n, V, drawn(20, 12))
    for before in drawn(10, 5, seed=1):
        p = model.probabilities(before)
        assert p.min() > 0
        assert p.sum() == pytest.approx(1)


def test_the_uniform_model_is_as_perplexed_as_it_has_forms():
    model = NGram(0, V, [])
    assert perplexity(model.log_probabilities([3, 4])) == pytest.approx(V)


def test_a_bigram_is_the_closed_form_of_kneser_and_ney():
    a, b, c = 2, 3, 4
    model = NGram(2, V, [[a, b, a, b], [a, b, c, b]])
    # after a: b 3; after b: a 1, c 1, end 2; after c: b 1; after end: a 2
    D1 = discount([3, 1, 1, 2, 1, 2])
    assert D1 == 3 / (3 + 2 * 2)
    # how many forms each came after: b 2, a 2, c 1, end 1
    D0 = discount([2, 2, 1, 1])
    lower = (2 - D0) / 6 + 4 * D0 / 6 / V  # of b
    assert model.probabilities([a])[b] == pytest.approx(
        (3 - D1) / 3 + D1 * 1 / 3 * lower
    )
    assert model.probabilities([b])[b] == pytest.approx(D1 * 3 / 4 * lower)


def test_an_unseen_context_is_left_to_the_shorter_one():
    texts = drawn(20, 12)
    two, three = NGram(2, V, texts), NGram(3, V, texts)
    assert (0, 2) not in three.levels[2]
    shorter = NGram(3, V, texts)
    shorter.levels, shorter.discounts = (
        three.levels[:2], three.discounts[:2],
    )  # fmt: skip
    assert_close(three.probabilities([0, 2]), shorter.probabilities([0, 2]))
    assert np.abs(two.probabilities([2]) - three.probabilities([2])).max() > 0


def test_a_model_without_text_is_uniform():
    assert_close(NGram(3, V, []).probabilities([2]), np.full(V, 1 / V))


def test_log_probabilities_are_those_of_each_step():
    model, text = NGram(3, V, drawn(20, 12)), drawn(1, 6, seed=2)[0]
    logs = model.log_probabilities(text)
    whole = [*text, 1]
    steps = [model.probabilities(whole[:t])[w] for t, w in enumerate(whole)]
    assert_close(logs, np.log(steps))


@pytest.mark.parametrize(("n", "size"), [(-1, V), (1.0, V), (2, 1)])
def test_an_order_or_a_size_that_is_none_is_refused(n, size):
    with pytest.raises(ValueError, match=r"expected (n|V) to be an int >="):
        NGram(n, size, [])


# Networks


def test_a_tied_readout_scores_with_the_embeddings(model):
    w = torch.tensor(drawn(3, 5)).T
    states, _ = model.layer(model.embedding(w))
    e = model.project(states)
    ours, _ = model(w)
    assert_close(ours, e @ model.embedding.weight.T + model.readout.bias)


def test_an_embedding_is_a_row_picked_by_a_one_hot_vector(model):
    w = torch.tensor(drawn(3, 5)).T
    hot = nn.functional.one_hot(w, V).float()
    assert_close(model.embedding(w), hot @ model.embedding.weight)


def test_tying_saves_a_matrix_of_the_embeddings_size():
    tied, own = (LanguageModel("gru", V, 6, 7, tied=t) for t in (True, False))
    sizes = [sum(p.numel() for p in m.parameters()) for m in (tied, own)]
    assert sizes[1] - sizes[0] == V * 6


def test_the_gradient_of_the_logits_is_softmax_minus_one_hot():
    logits = torch.randn(V, dtype=torch.float64, requires_grad=True)
    loss = nn.functional.cross_entropy(logits, torch.tensor(3))
    (found,) = torch.autograd.grad(loss, logits)
    hot = nn.functional.one_hot(torch.tensor(3), V)
    assert_close(found, logits.detach().softmax(-1) - hot)


def test_a_network_is_asked_about_every_token_and_the_end(model):
    text = drawn(1, 6)[0]
    logs = model.log_probabilities(text)
    assert len(logs) == len(text) + 1
    assert perplexity(logs) == pytest.approx(math.exp(-logs.mean()))
    assert bits(logs) == pytest.approx(math.log2(perplexity(logs)))


def test_rows_put_the_next_token_beside_each():
    text = list(range(100, 124))
    x, y = rows(text, 4)
    assert x.shape == y.shape == (5, 4)
    assert torch.equal(y, x + 1)
    assert torch.equal(x[1:], y[:-1])
    assert x.T.flatten().tolist() == text[:20]


def test_a_text_too_short_to_cut_is_refused():
    message = r"expected a text of at least 5 tokens, got 4"
    with pytest.raises(ValueError, match=message):
        rows([1, 2, 3, 4], 4)
    with pytest.raises(ValueError, match="N to be a positive int, got 0"):
        rows([1, 2, 3, 4], 0)


def test_a_network_learns_what_always_follows():
    torch.manual_seed(0)
    model = LanguageModel("gru", V, 8, 16, dropout=0.1)
    text = [2, 3, 4, 5, 6, 7]
    steps = list(learn(model, [[text] * 40] * 12, N=4, truncation=10))
    assert steps[-1].loss < 0.5 * steps[0].loss
    assert not model.training
    assert perplexity(model.log_probabilities(text)) < 1.3


def test_the_order_of_reading_is_the_generators():
    def trained(seed):
        torch.manual_seed(0)
        model = LanguageModel("rnn", V, 4, 5)
        generator = torch.Generator().manual_seed(seed)
        texts = drawn(12, 9)
        list(learn(model, [texts], N=2, generator=generator))
        return model.readout.bias.detach()

    assert_close(trained(1), trained(1), rtol=0, atol=0)
    assert (trained(1) - trained(2)).abs().max() > 0


def test_a_kept_model_is_the_model(model, vocabulary):
    again, forms = restored(plain(model, vocabulary))
    w = torch.tensor(drawn(3, 5)).T
    assert_close(again(w)[0], model(w)[0], rtol=0, atol=0)
    assert forms.forms == vocabulary.forms


def test_a_kind_there_is_not_is_refused():
    with pytest.raises(ValueError, match="expected kind to be 'rnn', 'gru'"):
        LanguageModel("transformer", V, 4, 4)


# Suggestions


@pytest.fixture
def predictor(model, vocabulary):
    return Predictor(model, vocabulary)


def test_reading_step_by_step_equals_the_full_pass(predictor):
    numbers = [1]
    for word in ("los", "gatos", "corren", ",", "perra", "la"):
        predictor.read(word)
        numbers += predictor.vocabulary.encode([word])
        whole, _ = predictor.model(torch.tensor(numbers)[:, None])
        assert_close(predictor.logits, whole[-1, 0].detach())
    assert predictor.unknown == ["perra"]


def test_what_is_read_goes_where_the_weights_are(model, vocabulary):
    def found():
        predictor = Predictor(model, vocabulary)
        predictor.read("los gatos")
        logs = model.log_probabilities([2, 3])
        return predictor.logits, logs, saliency(model, [2, 3], 4)

    here = found()
    with torch.device("meta"):  # where all goes that names no device
        assert_close(found(), here, rtol=0, atol=0)


def test_a_text_read_in_pieces_or_at_once_is_the_same(model, vocabulary):
    one, two = (Predictor(model, vocabulary) for _ in range(2))
    one.read("los gatos corren, la red lee")
    for piece in ("los gatos", "corren,", "la red lee"):
        two.read(piece)
    assert_close(one.logits, two.logits)


def test_what_was_read_first_still_counts(model, vocabulary):
    one, two = (Predictor(model, vocabulary) for _ in range(2))
    one.read("los gatos corren")
    two.read("la gatos corren")
    assert (one.logits - two.logits).abs().max() > 1e-7


def test_forgetting_begins_anew(predictor):
    fresh = predictor.logits
    predictor.read("los gatos inauditos")
    predictor.reset()
    assert_close(predictor.logits, fresh)
    assert predictor.unknown == []


def test_an_empty_text_changes_nothing(predictor):
    before = predictor.suggest()
    predictor.read("")
    assert predictor.suggest() == before


def test_one_word_is_enough_to_suggest(predictor):
    predictor.read("los")
    assert len(predictor.suggest(3)) == 3


def test_a_text_in_another_language_is_read_as_unknown(predictor):
    predictor.read("the cats run")
    assert predictor.unknown == ["the", "cats", "run"]
    offered = predictor.suggest(3)
    assert all(0 < p < 1 for _, p in offered)


def test_only_words_are_suggested_the_likeliest_first(vocabulary):
    p = torch.tensor([0.3, 0.2, 0.05, 0.1, 0.02, 0.03, 0.04, 0.15, 0.1, 0.01])
    offered = suggestions(p, vocabulary, V)
    assert [word for word, _ in offered] == [
        "red", "la", "corren", "gatos", "los", "lee",
    ]  # fmt: skip
    assert suggestions(p, vocabulary, 1, "L") == [
        ("la", pytest.approx(0.05)),
    ]


@pytest.mark.parametrize("k", [0, -1, V + 1])
def test_a_number_of_suggestions_out_of_range_is_refused(vocabulary, k):
    message = rf"expected k to be an int from 1 to {V}, got"
    with pytest.raises(ValueError, match=message):
        suggestions(torch.full((V,), 1 / V), vocabulary, k)


# Drawing


def frequencies(logits, **options):
    generator = torch.Generator().manual_seed(0)
    found = [draw(logits, generator=generator, **options) for _ in range(4000)]
    return torch.bincount(torch.tensor(found), minlength=len(logits)) / 4000


def test_tokens_are_drawn_as_often_as_they_are_likely():
    logits = torch.randn(V, generator=torch.Generator().manual_seed(3))
    known = logits.clone()
    known[0] = -torch.inf
    for temperature in (0.5, 1.0, 2.0):
        expected = (known / temperature).softmax(-1)
        found = frequencies(logits, temperature=temperature)
        assert_close(found, expected, rtol=0, atol=0.03)


def test_a_low_temperature_draws_the_likeliest():
    logits = torch.tensor([9.0, 1.0, 2.0, 3.0])
    assert frequencies(logits, temperature=0.01)[3] == 1


def test_only_the_k_likeliest_are_drawn():
    logits = torch.tensor([9.0, 1.0, 2.0, 3.0, 2.5])
    found = frequencies(logits, temperature=2.0, k=2)
    assert set(found.nonzero().flatten().tolist()) == {3, 4}


@pytest.mark.parametrize("temperature", [0, -1.0, math.nan, math.inf])
def test_a_temperature_that_is_none_is_refused(temperature):
    with pytest.raises(ValueError, match="expected a temperature above 0"):
        draw(torch.zeros(V), temperature)


@pytest.mark.parametrize("k", [0, V])
def test_a_number_to_draw_from_out_of_range_is_refused(k):
    message = f"expected k to be an int from 1 to {V - 1}, got {k}"
    with pytest.raises(ValueError, match=message):
        draw(torch.zeros(V), k=k)


def test_a_text_is_the_generators_and_ends_in_time(predictor):
    def text(seed):
        predictor.reset()
        generator = torch.Generator().manual_seed(seed)
        return list(predictor.write(30, generator=generator))

    assert text(1) == text(1)
    assert text(1) != text(2)
    assert all(len(text(seed)) <= 30 for seed in range(5))
    assert all({UNKNOWN, END}.isdisjoint(text(seed)) for seed in range(5))


# What caused it, and what it saves


def test_saliency_is_the_norm_of_central_differences(vocabulary):
    torch.manual_seed(0)
    model = LanguageModel("gru", V, 3, 4).double().eval()
    text, word, other, eps = drawn(1, 4)[0], 5, 6, 1e-5
    base = model.embedding(torch.tensor([1, *text])[:, None]).detach()

    def value(x):
        logs = model.read(x)[0][-1, 0].log_softmax(-1)
        return (logs[word] - logs[other]).item()

    slopes = torch.zeros(4, 3)
    for t in range(4):
        for j in range(3):
            moves = []
            for sign in (1, -1):
                x = base.clone()
                x[t + 1, 0, j] += sign * eps
                moves.append(value(x))
            slopes[t, j] = (moves[0] - moves[1]) / (2 * eps)
    found = saliency(model, text, word, other).float()
    assert_close(found, slopes.norm(dim=-1), rtol=1e-4, atol=1e-7)


def test_a_word_on_the_screen_costs_one_key():
    assert keystrokes("gradiente", lambda start: ["gradiente"]) == 1


def test_a_word_never_offered_costs_its_letters_and_a_space():
    assert keystrokes("red", lambda start: ["otra"]) == 4


def test_a_word_is_taken_as_soon_as_it_is_offered():
    assert keystrokes("gradiente", lambda s: ["gradiente"][: len(s) > 1]) == 3


def test_a_sign_costs_its_length():
    assert keystrokes(",", lambda start: [","]) == 1
