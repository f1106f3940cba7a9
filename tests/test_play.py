"""What the widgets compute, in JavaScript, is what Python computes."""

import ast
import gzip
import inspect
import itertools
import json
import math
import re
from typing import Any

import pytest
import quickjs
import torch
from hooks import evidence, widgets
from hypothesis import given, settings
from hypothesis import strategies as st
from pages import ROOT, STEMS, read

from rnncourse import backprop, gradients, layers, play
from rnncourse.data import agreement as sentences
from rnncourse.experiments import languages
from rnncourse.gru import GRUCell
from rnncourse.play import (
    cliff,
    export,
    factors,
    forecast,
    gates,
    keyboard,
    order,
    pulse,
    scan,
    stack,
    terms,
    unroll,
    vanish,
)
from rnncourse.sequences import Bag
from rnncourse.text import LanguageModel, NGram, Vocabulary, vocabulary_of
from rnncourse.words import LANGUAGES, number

FOLDER = ROOT / "docs" / "assets" / "play"
MODULES = {
    "cliff": cliff,
    "factors": factors,
    "forecast": forecast,
    "gates": gates,
    "keyboard": keyboard,
    "order": order,
    "pulse": pulse,
    "scan": scan,
    "stack": stack,
    "terms": terms,
    "unroll": unroll,
    "vanish": vanish,
}
CONTEXTS = {}


def javascript(name: str) -> quickjs.Context:
    if name not in CONTEXTS:
        context = quickjs.Context()
        context.eval((FOLDER / "math" / f"{name}.js").read_text("utf-8"))
        CONTEXTS[name] = context
    return CONTEXTS[name]


def called(name: str, function: str, *arguments: Any) -> Any:
    text = json.dumps(arguments)
    code = f"JSON.stringify(rnn.{name}.{function}(...{text}))"
    return json.loads(javascript(name).eval(code))


def same(left: Any, right: Any, absolute: float = 1e-12) -> bool:
    """The same words and structure, and numbers to a relative 1e-9."""
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(
            same(left[key], right[key], absolute) for key in left
        )
    if isinstance(left, list | tuple):
        return len(left) == len(right) and all(
            same(a, b, absolute) for a, b in zip(left, right, strict=True)
        )
    if isinstance(left, str):
        return left == right
    return math.isclose(left, right, rel_tol=1e-9, abs_tol=absolute)


def agree(name: str, function: str, *arguments: Any, **how: float) -> bool:
    python = getattr(MODULES[name], function)(*arguments)
    return same(called(name, function, *arguments), python, **how)


numbers = st.floats(-3, 3)
shares = st.floats(0, 1)
orders = st.permutations(range(5))


def test_every_widget_has_its_mathematics_in_both_languages():
    widgets = {path.stem for path in FOLDER.glob("*.js")} - {"play", "load"}
    mathematics = {path.stem for path in FOLDER.glob("math/*.js")} - {"words"}
    assert widgets == mathematics == set(MODULES) == set(play.PAGES)


@pytest.mark.parametrize("name", MODULES)
def test_the_twins_offer_the_same_names(name):
    text = (FOLDER / "math" / f"{name}.js").read_text("utf-8")
    returned = set(re.findall(r"\w+", text.rpartition("return {")[2])) - {"rnn"}
    module = MODULES[name]
    code = ast.parse(inspect.getsource(module))
    defined = {
        node.name for node in code.body if isinstance(node, ast.FunctionDef)
    }
    public = {name for name in defined if not name.startswith("_")}
    assert public <= returned
    assert all(hasattr(module, one) for one in returned)


@pytest.mark.parametrize("name", MODULES)
def test_the_twins_hold_the_same_constants(name):
    module = MODULES[name]
    text = (FOLDER / "math" / f"{name}.js").read_text("utf-8")
    returned = re.findall(r"\b[A-Z][A-Z_]*\b", text.rpartition("return {")[2])
    for constant in returned:
        code = f"JSON.stringify(rnn.{name}.{constant})"
        found = json.loads(javascript(name).eval(code))
        assert found == getattr(module, constant)


# Numbers in words ------------------------------------------------------------


@given(
    st.floats(-1e6, 1e6).filter(lambda v: abs(v) > 1e-200),
    st.sampled_from([".1f", ".3f", ".1e", ".2e"]),
    st.sampled_from(LANGUAGES),
)
def test_numbers_are_written_as_on_the_pages(value, digits, language):
    value = value * (1 + 1e-7)  # ties, which round otherwise, are rare
    shown = called("words", "number", value, digits, language)
    assert shown == number(value, digits, language)


@given(st.floats(-1e9, 1e9).filter(lambda v: abs(v) > 1e-200))
def test_short_numbers_are_written_as_in_a_claim(value):
    value = value * (1 + 1e-7)
    for language in LANGUAGES:
        shown = called("words", "short", value, language)
        said = evidence.measured(
            {"value": value, "bound": 0.0, "relation": "<="}, language
        )
        assert f" {shown} ≤" in said


@given(st.integers(-(10**9), 10**9), st.sampled_from(LANGUAGES))
def test_thousands_are_set_apart_as_on_the_pages(value, language):
    shown = called("words", "number", value, ",d", language)
    assert shown == number(value, ",d", language)


def test_a_whole_number_has_no_decimals():
    assert called("words", "short", 16, "es") == "16"
    assert called("words", "short", -1.5, "es") == "−1,500"


# Gates -----------------------------------------------------------------------

biases = st.floats(-8, 8)


@given(st.tuples(*[numbers] * 3, *[biases] * 4), st.booleans())
def test_the_gates_of_javascript_are_those_of_the_lstm_cell(arguments, held):
    assert agree("gates", "step", *arguments)
    assert agree("gates", "run", *arguments, held, 5)


@given(biases)
def test_the_logistic_is_the_same(a):
    assert agree("gates", "sigma", a)


def test_an_open_forget_gate_and_a_closed_input_gate_keep_the_cell():
    kept = gates.run(0.0, 0.0, 1.0, -50.0, 50.0, 0.0, 0.0, False, 20)
    assert kept[-1]["c"] == pytest.approx(1.0, abs=1e-12)


# Vanishing and exploding -----------------------------------------------------

angles = st.floats(0, 180)
activations = st.sampled_from(["identity", "tanh", "logistic"])


matrices = st.tuples(
    st.floats(0, 2), angles, st.floats(-4, 4), st.floats(0, 90)
)


@given(
    matrices, activations, st.floats(0, 6), st.floats(0, 6), st.integers(1, 100)
)
def test_the_norms_of_the_powers_are_the_spectral_norms(
    matrix, activation, a_1, a_2, steps
):
    sliders = (*matrix, activation, a_1, a_2)
    J = vanish.jacobian(*sliders)
    assert agree("vanish", "matrix", *matrix)
    assert agree("vanish", "jacobian", *sliders)
    assert agree("vanish", "slope", activation, a_1)
    assert agree("vanish", "norm", J)
    assert agree("vanish", "eigenvalues", J)
    python, stretched = vanish.norms(J, steps), vanish.norm(J)
    javascript = called("vanish", "norms", J, steps)
    for k, pair in enumerate(zip(javascript, python, strict=True)):
        # the smallest numbers of all have fewer digits
        assert same(*pair, absolute=1e-12 * stretched**k + 1e-300)


@given(matrices)
def test_the_eigenvalues_have_the_trace_and_the_determinant(matrix):
    J = torch.tensor(vanish.matrix(*matrix), dtype=torch.float64)
    found = vanish.eigenvalues(J.tolist())
    trace = sum(real for real, _ in found)
    assert trace == pytest.approx(J.trace().item(), abs=1e-9)
    (a, b), (c, d) = found
    assert a * c - b * d == pytest.approx(torch.det(J).item(), abs=1e-9)


@given(st.lists(st.floats(0, 1e300), min_size=1, max_size=9))
def test_float32_loses_the_same_step(values):
    assert agree("vanish", "lost", values)


def test_float32_loses_what_is_too_small_and_what_is_too_large():
    assert vanish.lost([1.0, 1e-20, 1e-50]) == 2
    assert vanish.lost([1.0, 1e20, 1e50]) == 2
    assert vanish.lost([1.0, 0.5]) == -1


def test_the_lectures_example_multiplies_by_sixteen():
    J = vanish.jacobian(2.0, 0.0, 0.0, 0.0, "identity", 0.0, 0.0)
    assert vanish.norms(J, 4)[-1] == pytest.approx(16)


def test_the_first_counterexample_stretches_and_is_gone_after_two_steps():
    J = vanish.jacobian(0.0, 0.0, 2.0, 0.0, "identity", 0.0, 0.0)
    assert vanish.norm(J) == pytest.approx(2)
    assert vanish.norms(J, 2)[-1] == 0


def test_the_second_counterexample_has_radius_zero_and_explodes():
    W = vanish.matrix(0.0, 0.0, -4.0, 45.0)
    assert same(W, [[2.0, -2.0], [2.0, -2.0]])
    J = vanish.jacobian(0.0, 0.0, -4.0, 45.0, "tanh", 0.0, 5.0)
    T = math.tanh(5.0)
    bias = torch.tensor([[2 * T, 5 + 2 * T]], dtype=torch.float64)
    h_0 = torch.tensor([0.0, T], dtype=torch.float64)
    exact = torch.tensor([[2.0, -2.0], [2.0, -2.0]], dtype=torch.float64)
    h = gradients.states(bias.expand(30, 2), exact, h_0)
    jacobian = gradients.jacobians(h, exact)[0]
    measured = gradients.spectral_norm(jacobian)
    assert vanish.norms(J, 30)[-1] == pytest.approx(measured, rel=1e-9)
    assert measured > 1e9


# Terms -----------------------------------------------------------------------

weights = st.sampled_from(["xh", "hh", "hq"])
phis = st.sampled_from(["tanh", "identity"])


@given(weights, st.integers(2, 5), st.tuples(*[numbers] * 3), phis)
def test_the_sum_of_the_terms_is_the_gradient_of_autograd(weight, T, W, phi):
    others = (*W, phi)
    assert agree("terms", "forward", T, *others)
    assert agree("terms", "terms", weight, T, *others)
    assert agree("terms", "gradient", weight, T, *others, absolute=1e-9)
    last = called("terms", "terms", weight, T, *others)[-1]["sum"]
    exact = terms.gradient(weight, T, *others)
    assert last == pytest.approx(exact, rel=1e-9, abs=1e-9)


# The pulse -------------------------------------------------------------------

variants = st.sampled_from(["before", "after"])


@given(shares, shares, st.floats(-1, 1), variants, numbers, numbers)
def test_the_pulse_of_javascript_is_that_of_python(r, z, b, variant, x, h):
    assert agree("pulse", "candidate", x, h, r, b, variant)
    assert agree("pulse", "step", x, h, r, z, b, variant)
    assert agree("pulse", "run", h, r, z, b, variant, 30)
    assert agree("pulse", "half", pulse.run(h, r, z, b, variant, 30))


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99), st.floats(-1, 1), variants)
def test_the_pulse_is_that_of_the_gru_cell(r, z, b, variant):
    cell = GRUCell(
        1, 1, dtype=torch.float64, reset_after=variant == "after"
    ).requires_grad_(False)
    for name, values in {
        "weight_ih": [0.0, 0.0, 0.5],
        "weight_hh": [0.0, 0.0, 0.8],
        "bias_ih": [math.log(r / (1 - r)), math.log(z / (1 - z)), 0.0],
        "bias_hh": [0.0, 0.0, b],
    }.items():
        parameter = getattr(cell, name)
        parameter.copy_(
            torch.tensor(values, dtype=torch.float64).view_as(parameter)
        )
    h = torch.zeros(1, 1, dtype=torch.float64)
    inputs = torch.zeros(5, 1, 1, dtype=torch.float64)
    inputs[0] = 1
    for x, value in zip(
        inputs, pulse.run(0.0, r, z, b, variant, 5)[1:], strict=True
    ):
        h = cell(x, h)
        assert value == pytest.approx(h.item(), rel=1e-6)


def test_with_the_update_gate_shut_nothing_is_lost_and_half_is_never_gone():
    assert pulse.half([0.0] + [0.5] * 30) == -1
    assert pulse.half([0.0, 1.0, 0.8, 0.5]) == 2


# Factors ---------------------------------------------------------------------


@given(
    st.integers(1, 8),
    st.lists(numbers, min_size=10, max_size=10),
    st.lists(shares, min_size=4, max_size=4),
)
def test_the_paths_add_up_to_the_gradient(n, w, data):
    assert agree("factors", "forward", w, data)
    assert agree("factors", "paths", n, w, data)
    found = called("factors", "paths", n, w, data)
    total = sum(called("factors", "product", path) for path in found)
    gradient = backprop.gradient(backprop.Weights(*w), backprop.Data(*data))
    assert total == pytest.approx(gradient[n - 1], rel=1e-9, abs=1e-12)
    assert total == pytest.approx(sum(map(factors.product, found)))


@given(st.integers(1, 8))
def test_the_factors_of_a_path_follow_one_another(n):
    for path in factors.paths(n, list(backprop.Weights()), [0.1, 0.2, 0, 1]):
        assert path[0]["of"] == "L"
        assert path[-1]["to"] == f"w{n}"
        for above, below in itertools.pairwise(path):
            assert above["to"] == below["of"]


# Unrolling -------------------------------------------------------------------

sizes = st.integers(1, 64)


@given(st.integers(1, 40), sizes, sizes, sizes)
def test_the_unrolled_network_is_the_same_and_counts_the_same(T, D, H, Q):
    assert agree("unroll", "input", T)
    assert agree("unroll", "states", T)
    assert agree("unroll", "recurrent", D, H, Q)
    assert agree("unroll", "window", D, H, Q, T)


def test_the_parameters_are_those_of_the_modules():
    cell, head = torch.nn.RNNCell(5, 7), torch.nn.Linear(7, 2)
    count = sum(p.numel() for p in (*cell.parameters(), *head.parameters()))
    assert unroll.recurrent(5, 7, 2) == count - 7  # torch has two biases
    wide = torch.nn.Sequential(torch.nn.Linear(4 * 5, 7), torch.nn.Linear(7, 2))
    assert unroll.window(5, 7, 2, 4) == sum(
        p.numel() for p in wide.parameters()
    )


# Order -----------------------------------------------------------------------


@given(orders, st.integers(0, 3), st.integers(0, 200))
def test_the_readers_of_javascript_are_those_of_python(words, k, by):
    assert agree("order", "bag", words)
    assert agree("order", "states", words)
    assert agree("order", "swapped", words, k)
    assert agree("order", "further", words, by)


@given(orders)
def test_the_bag_is_the_one_of_the_chapter(words):
    network = Bag(2, 2, 2).double().requires_grad_(False)
    network.readout.weight.copy_(torch.eye(2))
    network.hidden.bias.zero_()
    network.readout.bias.zero_()
    x = torch.tensor(order.WORDS, dtype=torch.float64)[list(words), None]
    weight = torch.tensor(order.W_XH, dtype=torch.float64)
    network.hidden.weight.copy_(weight)
    assert same(network(x)[0].tolist(), order.bag(words))


def test_every_order_is_another_state_and_the_same_bag():
    every = [list(words) for words in itertools.permutations(range(5))]
    bags = torch.tensor([order.bag(words) for words in every])
    assert (bags - bags[0]).abs().max() < 1e-12
    last = torch.tensor([order.states(words)[-1] for words in every])
    apart = torch.cdist(last, last) + torch.eye(len(every))
    assert apart.min() > 1e-4


# The cliff -------------------------------------------------------------------


@given(st.floats(3, 6.5), st.floats(-2.8, 2.5))
def test_the_cliff_is_the_one_of_the_chapter(w, b):
    assert agree("cliff", "cliff", w, b)


@pytest.mark.parametrize("limit", [None, 0.1, 1.0])
@given(st.floats(4.4, 6.5), st.floats(-2.8, -1.5), st.floats(0.1, 1))
def test_descent_is_the_one_of_the_chapter(limit, w, b, rate):
    assert agree("cliff", "descend", w, b, rate, 5, limit, absolute=1e-9)


# Scan ------------------------------------------------------------------------

lengths = st.integers(1, 16)


pairs = st.lists(numbers, min_size=2, max_size=2)


@given(lengths, pairs, pairs)
def test_the_scan_is_the_loop(n, later, earlier):
    for function in ("loop", "levels", "joins"):
        assert agree("scan", function, n)
    assert agree("scan", "combine", later, earlier)
    assert same([h for _, h in scan.levels(n)[-1]], scan.loop(n))


@given(lengths)
def test_a_scan_has_as_many_levels_as_the_logarithm_of_its_length(n):
    assert len(scan.joins(n)) == math.ceil(math.log2(n))


# Stack -----------------------------------------------------------------------


@given(
    st.sampled_from(["RNN", "GRU", "LSTM"]),
    st.integers(1, 8),
    st.integers(1, 8),
    st.integers(1, 4),
    st.integers(1, 2),
)
def test_a_stack_has_the_parameters_of_the_layer(
    kind, inputs, hidden, depth, directions
):
    arguments = (kind, inputs, hidden, depth, directions, 2)
    assert agree("stack", "layers", *arguments)
    assert agree("stack", "total", *arguments)
    assert agree("stack", "layer", kind, inputs, hidden, 1)
    assert agree("stack", "waits", 5, depth, directions)
    for library in (torch.nn, layers):
        module = getattr(library, kind)(
            inputs, hidden, num_layers=depth, bidirectional=directions == 2
        )
        count = sum(p.numel() for p in module.parameters())
        assert stack.total(*arguments) == count


def test_a_stack_waits_for_the_longest_way_through_its_cells():
    def longest(steps: int, depth: int) -> int:
        ways = {(0, 0): 1}
        for level, t in itertools.product(range(depth), range(steps)):
            before = [(level - 1, t), (level, t - 1)]
            ways[level, t] = 1 + max(ways.get(one, 0) for one in before)
        return max(ways.values())

    for steps, depth in itertools.product(range(1, 6), range(1, 5)):
        assert stack.waits(steps, depth, 1) == longest(steps, depth)
        assert stack.waits(steps, depth, 2) == steps * depth


# The keyboard ----------------------------------------------------------------

KINDS = ("rnn", "gru", "lstm")
writings = st.text("abñáÉ 19_.,'’-¿(\n", max_size=30)
distributions = st.lists(shares, min_size=9, max_size=9, unique=True)
FORMS = ["□", "¶", "la", "red", "que", ",", "quien", "7", "lo"]


@given(writings)
def test_text_is_cut_as_in_the_chapter_on_text(text):
    assert agree("keyboard", "words", text)
    assert agree("keyboard", "split", text)
    tokens = keyboard.split(text + " ")["words"]
    assert agree("keyboard", "encode", tokens, FORMS)


def test_a_word_without_its_space_is_still_being_typed():
    assert keyboard.split("La red q") == {"words": ["la", "red"], "start": "q"}
    assert keyboard.split("La red, ")["start"] == ""


@given(distributions, st.integers(1, 3), st.sampled_from(["", "l", "q", "z"]))
def test_suggestions_are_those_of_the_predictor(p, k, start):
    assert agree("keyboard", "suggestions", p, FORMS, k, start)


def untrained(kind: str, *sizes: int) -> dict[str, Any]:
    torch.manual_seed(1)
    model = LanguageModel(kind, *sizes)
    for one in model.parameters():
        torch.nn.init.normal_(one, std=0.2)
    return {"kind": kind, "weights": export.weights(model)}


def dequantised(net: dict[str, Any], *sizes: int) -> LanguageModel:
    model = LanguageModel(net["kind"], *sizes)
    export.restore(model, net["weights"])
    return model.eval()


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=20)
@given(st.lists(st.integers(0, 11), max_size=9))
def test_the_network_of_javascript_is_that_of_python(kind, tokens):
    assert agree("keyboard", "run", untrained(kind, 12, 5, 7), tokens)


@pytest.mark.parametrize("kind", KINDS)
def test_a_network_of_full_size_gives_the_probabilities_of_torch(kind):
    sizes = (1200, 64, 128)
    net, tokens = untrained(kind, *sizes), [5, 1199, 0, 38, 700, 5]
    p = torch.tensor(called("keyboard", "run", net, tokens)["p"])
    with torch.no_grad():
        logits, _ = dequantised(net, *sizes)(torch.tensor([[1, *tokens]]).T)
    exact = logits[-1, 0].softmax(-1)
    assert exact.max() > 2 / len(exact)
    assert (p - exact).abs().max() <= 1e-5


@pytest.mark.parametrize("kind", KINDS)
def test_reading_on_and_going_back_give_the_same_as_reading_anew(kind):
    net = untrained(kind, 12, 5, 7)
    context = javascript("keyboard")
    context.eval(f"globalThis.net = {json.dumps(net)}")
    for tokens in ([3, 4], [3, 4, 9], [3, 9], [], [3, 9, 1, 2]):
        code = f"JSON.stringify(rnn.keyboard.run(net, {tokens}))"
        assert same(json.loads(context.eval(code)), keyboard.run(net, tokens))


@given(st.lists(numbers, min_size=6, max_size=6))
def test_a_packed_matrix_is_the_matrix_to_half_a_level(values):
    whole = torch.tensor(values).view(2, 3)
    packed = export.packed(whole)
    assert agree("keyboard", "numbers", packed["text"])
    assert agree("keyboard", "matrix", packed)
    found = torch.tensor(keyboard.matrix(packed), dtype=torch.float64)
    gap = (found - whole).abs().max()
    assert gap <= packed["scale"] * 0.501
    assert packed["text"].isascii()
    assert not set(packed["text"]) & set('\\"')


def test_the_bigram_is_the_ngram_of_the_chapter():
    texts = [[2, 3, 4], [2, 3, 5, 3], [4, 2, 3, 4], [6, 0]]
    model = NGram(2, 9, texts)
    counts = export.counts(model)
    for before in range(9):
        assert agree("keyboard", "bigram", counts, before)
        found = torch.tensor(keyboard.bigram(counts, before))
        exact = torch.from_numpy(model.probabilities([before]))
        assert torch.allclose(found.double(), exact, atol=1e-6)
        assert found.sum() == pytest.approx(1)


# Forecasts -------------------------------------------------------------------

HOWS = ("once", "fed", "next")


def explored(cuts: int = 3) -> dict[str, Any]:
    """A walk of 20 steps: K = 4, Q = 3, persistence and another model."""
    draw = torch.Generator().manual_seed(0)
    K, Q, L = 4, 3, 20
    cut = torch.randn(L, generator=draw).cumsum(0).double()
    origins = [3, 9, 16][:cuts]
    flat = [[cut[o].item()] * Q for o in origins]
    other = torch.randn(2, len(origins), Q, generator=draw).double().tolist()
    nearest = torch.randn(L - K, generator=draw).double().tolist()
    return {
        "K": K,
        "Q": Q,
        "models": ["persistence", "other"],
        "origins": origins,
        "cut": cut.tolist(),
        "once": [flat, other[0]],
        "fed": [flat, other[1]],
        "next": [cut[K - 1 : -1].tolist(), nearest],
    }


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("model", ["persistence", "other"])
def test_the_forecasts_of_javascript_are_those_of_python(model, how):
    data = explored()
    for k in range(3):
        assert agree("forecast", "came", data, k)
        assert agree("forecast", "said", data, model, how, k)
        for q in (1, 2, 3):
            assert agree("forecast", "skill", data, model, how, k, q)
            pair = forecast.said(data, model, how, k), forecast.came(data, k)
            assert agree("forecast", "error", *pair, q)


def test_persistence_has_no_skill_and_one_step_repeats_what_was_seen():
    data = explored()
    for k, how in itertools.product(range(3), HOWS):
        assert forecast.skill(data, "persistence", how, k, 3) == 0
    first = data["origins"][1]
    seen = data["cut"][first : first + 3]
    assert forecast.said(data, "persistence", "next", 1) == seen
    assert forecast.came(data, 1) == data["cut"][first + 1 : first + 4]


# The unit that keeps a number ------------------------------------------------


@torch.no_grad()
def bistable(vocabulary: Vocabulary, nouns: dict[str, bool]) -> LanguageModel:
    """A network whose unit 2 keeps the number of the first noun."""
    model = LanguageModel("rnn", len(vocabulary), 4, 6)
    for one in model.parameters():
        one.zero_()
    for noun, plural in nouns.items():
        number = vocabulary.numbers[noun]
        model.embedding.weight[number, 0] = -1.0 if plural else 1.0
    model.layer.get_parameter("weight_ih_l0")[2, 0] = 3.0
    model.layer.get_parameter("weight_hh_l0")[2, 2] = 3.0
    return model.eval()


def test_the_unit_that_keeps_the_number_is_found():
    generator = torch.Generator().manual_seed(0)
    some, others = (sentences(60, "es", 1, generator) for _ in range(2))
    vocabulary = vocabulary_of([[*s.words, s.wrong] for s in some + others])
    nouns = {s.words[1]: s.plural for s in some + others}
    found = export.tracked(
        bistable(vocabulary, nouns), vocabulary, some, others
    )
    assert found["unit"] == 2
    assert found["right"] == 100
    assert found["plural"] < -0.9 < 0.9 < found["singular"]


def test_data_is_a_classic_script_and_only_for_the_widgets_that_ask():
    context = quickjs.Context()
    context.eval(export.script("one", {"é": [1.5, "</script>"]}))
    found = json.loads(context.eval('JSON.stringify(rnn.data["one"])'))
    assert found == {"é": [1.5, "</script>"]}
    assert widgets.data(["[[play gates]] and [[play terms]]"], "es") == {}


# Pages -----------------------------------------------------------------------


@pytest.mark.parametrize("name", play.PAGES)
def test_a_widget_stands_on_the_page_of_its_chapter(name):
    stem = play.PAGES[name]
    for language in LANGUAGES:
        if stem in STEMS:
            assert f"[[play {name}]]" in read(language, stem)


def test_all_the_widgets_together_weigh_less_than_50_kilobytes():
    files = [path for path in FOLDER.rglob("*") if path.is_file()]
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) < 50_000


def test_the_widgets_need_no_inline_style_and_nothing_from_elsewhere():
    for path in FOLDER.rglob("*.js"):
        text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        for refused in ("http", "style=", "innerHTML", "eval(", "import "):
            assert refused not in text, f"{path.name}: {refused}"


# ---- The data that are fetched when they are wanted


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_keyboard_fetches_its_networks_and_its_words(language):
    scripts = export.keyboard(language)
    kinds = (*languages.KINDS, "bigram")
    assert set(scripts) == {f"model-{language}-{kind}" for kind in kinds}
    for name, script in scripts.items():
        assert f'rnn.data["{name}"] = ' in script


def test_the_series_of_the_forecasts_are_the_same_in_both_languages():
    scripts = export.forecast("es")
    assert scripts == export.forecast("en")
    assert set(scripts) == {f"series-{name}" for name in export.SERIES}
