# Exercises of the chapter "text": a starter, a solution and a check of each.
# --8<-- [start:imports]
import math
from collections import Counter
from itertools import pairwise

import torch
from rnncourse.text import LanguageModel
# --8<-- [end:imports]


# --8<-- [start:perplexity_starter]
def perplexity(chances):
    """From the probability that each token was given: find the error."""
    return 1 / (sum(chances) / len(chances))


# --8<-- [end:perplexity_starter]


# --8<-- [start:perplexity_solution]
def perplexity(chances):
    """From the probability that each token was given."""
    return math.exp(-sum(map(math.log, chances)) / len(chances))


# --8<-- [end:perplexity_solution]


def check_perplexity() -> None:
    assert abs(perplexity([0.25] * 7) - 4) < 1e-12
    assert abs(perplexity([0.5, 0.125]) - 4) < 1e-12


# --8<-- [start:bigram_starter]
def bigram(tokens):
    """P(next | token) as dicts of dicts, by counting: find the error."""
    pairs = Counter(pairwise(tokens))
    total = len(tokens) - 1
    found = {}
    for (a, b), count in pairs.items():
        found.setdefault(a, {})[b] = count / total
    return found


# --8<-- [end:bigram_starter]


# --8<-- [start:bigram_solution]
def bigram(tokens):
    """P(next | token) as dicts of dicts, by counting."""
    pairs = Counter(pairwise(tokens))
    total = Counter(tokens[:-1])
    found = {}
    for (a, b), count in pairs.items():
        found.setdefault(a, {})[b] = count / total[a]
    return found


# --8<-- [end:bigram_solution]


def check_bigram() -> None:
    found = bigram(["la", "red", "lee", "la", "serie", "y", "la", "red"])
    assert found["la"] == {"red": 2 / 3, "serie": 1 / 3}
    assert all(abs(sum(p.values()) - 1) < 1e-12 for p in found.values())


# --8<-- [start:discounted_starter]
def discounted(counts, D, lower):
    """max(c - D, 0) / sum of c, and what is left over by `lower`.

    counts: how often each token came. lower: a probability for every token.
    What is missing?
    """
    total = sum(counts.values())
    return {w: max(counts.get(w, 0) - D, 0) / total for w in lower}


# --8<-- [end:discounted_starter]


# --8<-- [start:discounted_solution]
def discounted(counts, D, lower):
    """max(c - D, 0) / sum of c, and what is left over by `lower`.

    counts: how often each token came. lower: a probability for every token.
    """
    total = sum(counts.values())
    left = D * len(counts) / total
    return {
        w: max(counts.get(w, 0) - D, 0) / total + left * lower[w] for w in lower
    }


# --8<-- [end:discounted_solution]


def check_discounted() -> None:
    lower = {"a": 0.5, "b": 0.3, "c": 0.2}
    p = discounted({"a": 3, "b": 1}, 0.75, lower)
    assert abs(sum(p.values()) - 1) < 1e-12
    assert abs(p["c"] - 0.75 * 2 / 4 * 0.2) < 1e-12


# --8<-- [start:write_starter]
def write(model, numbers, count):
    """The likeliest tokens that follow, one by one: find the error."""
    state = None
    for _ in range(count):
        logits, _ = model(torch.tensor([[numbers[-1]]]), state)
        numbers = [*numbers, int(logits[-1, 0].argmax())]
    return numbers


# --8<-- [end:write_starter]


# --8<-- [start:write_solution]
def write(model, numbers, count):
    """The likeliest tokens that follow, one by one."""
    logits, state = model(torch.tensor(numbers)[:, None])
    for _ in range(count):
        numbers = [*numbers, int(logits[-1, 0].argmax())]
        logits, state = model(torch.tensor([[numbers[-1]]]), state)
    return numbers


# --8<-- [end:write_solution]


def check_write() -> None:
    torch.manual_seed(0)
    model = LanguageModel("gru", 20, 16, 32).eval()
    model.embedding.weight.data.mul_(4)
    text = [3, 5, 7]
    found = write(model, text, 6)
    assert found[:3] == text
    for t in range(3, 9):
        logits, _ = model(torch.tensor(found[:t])[:, None])
        assert found[t] == int(logits[-1, 0].argmax())


# --8<-- [start:nucleus_starter]
def nucleus(p, mass):
    """The fewest tokens whose probabilities add up to at least `mass`.

    Complete it: this is the top k, with a k that does not depend on p.
    """
    return p.topk(3).indices.tolist()


# --8<-- [end:nucleus_starter]


# --8<-- [start:nucleus_solution]
def nucleus(p, mass):
    """The fewest tokens whose probabilities add up to at least `mass`."""
    ranked = p.sort(descending=True)
    before = ranked.values.cumsum(0) - ranked.values
    return ranked.indices[before < mass].tolist()


# --8<-- [end:nucleus_solution]


def check_nucleus() -> None:
    sure = torch.tensor([0.02, 0.9, 0.05, 0.03])
    unsure = torch.tensor([0.26, 0.24, 0.25, 0.25])
    assert nucleus(sure, 0.8) == [1]
    assert sorted(nucleus(unsure, 0.8)) == [0, 1, 2, 3]


# --8<-- [start:mixed_starter]
def mixed(p, q, share):
    """-ln of `share` parts of p and the rest of q, on average: find the error.

    p, q: the probabilities that two models gave the tokens that came.
    """
    logs = share * p.log() + (1 - share) * q.log()
    return -logs.mean().item()


# --8<-- [end:mixed_starter]


# --8<-- [start:mixed_solution]
def mixed(p, q, share):
    """-ln of `share` parts of p and the rest of q, on average.

    p, q: the probabilities that two models gave the tokens that came.
    """
    return -(share * p + (1 - share) * q).log().mean().item()


# --8<-- [end:mixed_solution]


def check_mixed() -> None:
    p, q = torch.tensor([0.9, 0.1]), torch.tensor([0.1, 0.9])
    assert abs(mixed(p, q, 0.5) - math.log(2)) < 1e-6
    assert mixed(p, q, 0.5) < mixed(p, q, 1.0)
