"""What came after: scans, attention, convolutions, states and matrices."""

import math

import numpy as np
import pytest
import torch
from refusals import refused
from torch import nn
from torch.autograd import gradcheck, gradgradcheck
from torch.testing import assert_close

from rnncourse import unroll
from rnncourse.beyond import (
    TCN,
    CausalConvolution,
    EncoderDecoder,
    MinGRU,
    MinLSTM,
    Stack,
    as_convolution,
    as_recurrence,
    attend,
    attend_back,
    closed_form,
    combine,
    efficient_scan,
    exponential_memory,
    impulse_response,
    log_scan,
    loop,
    matrix_memory,
    receptive_field,
    recurrence,
    scan,
    stabilised,
    stable_memory,
    zero_order_hold,
)
from rnncourse.beyond.minimal import Minimal
from rnncourse.data import copy
from rnncourse.experiments.beyond import counted

T, N, D, H = 13, 3, 4, 5
FLOAT = torch.float64


def randn(*shape, grad=False):
    return torch.randn(*shape, dtype=FLOAT, requires_grad=grad)


# Scans


@pytest.mark.parametrize("method", [scan, efficient_scan])
@pytest.mark.parametrize("steps", [1, 2, 3, 5, 8, 31, 64, 65])
def test_a_scan_is_the_loop(method, steps):
    f, w = randn(steps, N, H), randn(steps, N, H)
    assert_close(method(f, w), loop(f, w))


def test_the_closed_forms_are_the_loop_of_positive_numbers():
    f, w = randn(T, H).sigmoid(), randn(T, H).abs()
    assert_close(log_scan(f.log(), w.log()).exp(), loop(f, w))
    assert_close(closed_form(f, w), loop(f, w))


def test_only_with_logarithms_does_the_closed_form_outlast_its_product():
    f, w = torch.full((400,), 0.5), torch.ones(400)
    assert not closed_form(f, w)[-1].isfinite()
    found = log_scan(f.log(), w.log()).exp()[-1]
    assert_close(found, torch.tensor(2.0), rtol=1e-4, atol=0.0)


def test_combining_is_associative_and_not_commutative():
    one, two, three = (tuple(randn(2, H)) for _ in range(3))
    left = combine(combine(one, two), three)
    right = combine(one, combine(two, three))
    for a, b in zip(left, right, strict=True):
        assert_close(a, b)
    assert not torch.allclose(combine(one, two)[1], combine(two, one)[1])


def test_the_step_that_does_nothing_is_neutral():
    step, neutral = tuple(randn(2, H)), (torch.ones(H), torch.zeros(H))
    for both in (combine(step, neutral), combine(neutral, step)):
        for a, b in zip(both, step, strict=True):
            assert_close(a, b.to(a.dtype))


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 9, 100, 128])
def test_the_levels_of_a_scan_are_the_logarithm_rounded_up(steps):
    levels, combinations = counted(scan, steps)
    n = math.ceil(math.log2(steps))
    assert levels == n
    assert combinations == sum(steps - 2**level for level in range(n))


@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_the_work_efficient_scan_does_less_in_more_levels(n):
    levels, combinations = counted(efficient_scan, 2**n)
    assert levels == 2 * n - 1
    assert combinations == 2 * 2**n - 2 - n


def test_the_backward_pass_of_a_scan_is_that_of_finite_differences():
    inputs = randn(7, 2, grad=True), randn(7, 2, grad=True), randn(2, grad=True)
    assert gradcheck(recurrence, inputs)
    assert gradgradcheck(recurrence, inputs)


def test_the_backward_pass_of_a_scan_is_that_of_the_loop():
    f, w = randn(T, H, grad=True), randn(T, H, grad=True)
    u = randn(T, H)
    ours = torch.autograd.grad(recurrence(f, w), (f, w), u)
    theirs = torch.autograd.grad(loop(f, w), (f, w), u)
    assert_close(ours, theirs)


@pytest.mark.parametrize("method", [scan, efficient_scan])
def test_autograd_goes_through_a_scan_as_through_the_loop(method):
    f, w = randn(T, H, grad=True), randn(T, H, grad=True)
    u = randn(T, H)
    ours = torch.autograd.grad(method(f, w), (f, w), u)
    assert_close(ours, torch.autograd.grad(loop(f, w), (f, w), u))


def test_a_recurrence_cut_in_two_is_the_whole():
    f, w = randn(T, N, H), randn(T, N, H)
    first = recurrence(f[:6], w[:6])
    second = recurrence(f[6:], w[6:], first[-1])
    assert_close(torch.cat([first, second]), recurrence(f, w))


def test_a_factor_of_fewer_axes_is_spread():
    f, w = randn(T, N, 1), randn(T, N, H)
    assert_close(recurrence(f, w), loop(f.expand_as(w), w))


def test_a_recurrence_needs_a_step_and_a_state_that_fits():
    refused(
        lambda: recurrence(torch.ones(0, 2), torch.ones(0, 2)),
        ValueError,
        "expected at least one step, got (0, 2)",
    )
    refused(
        lambda: recurrence(torch.ones(3, 2), torch.ones(3, 2), torch.ones(3)),
        ValueError,
        "expected h of shape (2,), got (3,)",
    )
    refused(
        lambda: recurrence(torch.ones(4, 2), torch.ones(3, 2)),
        ValueError,
        "expected f of shape (3, 2), or one that expands to it, got (4, 2)",
    )


# minGRU and minLSTM


def test_what_a_minimal_layer_keeps_is_for_each_kind_to_say():
    with pytest.raises(NotImplementedError):
        Minimal(D, H, 2)(randn(T, N, D).float())


@pytest.mark.parametrize("kind", [MinGRU, MinLSTM])
def test_a_minimal_layer_is_its_cell_unrolled(kind):
    layer = kind(D, H).double()
    x, h = randn(T, N, D), randn(N, H)
    out, last = layer(x, h)
    states, _ = unroll(layer.step, x, h)
    assert_close(out, states)
    assert_close(last, states[-1])


@pytest.mark.parametrize("kind", [MinGRU, MinLSTM])
def test_the_gradients_of_a_minimal_layer_are_those_of_its_cell(kind):
    layer = kind(D, H).double()
    x, u = randn(T, N, D), randn(T, N, H)
    parameters = list(layer.parameters())
    ours = torch.autograd.grad(layer(x)[0], parameters, u)
    theirs = torch.autograd.grad(unroll(layer.step, x)[0], parameters, u)
    assert_close(ours, theirs)


def test_a_mingru_is_a_gru_blind_to_its_state_without_tanh():
    layer = MinGRU(D, H)
    x, h = torch.randn(N, D), torch.randn(N, H)
    z, candidate = layer.affine(x).chunk(2, dim=-1)
    z = z.sigmoid()
    assert_close(layer.step(x, h), z * h + (1 - z) * candidate)


def test_what_a_minlstm_keeps_and_what_it_writes_add_up_to_one():
    layer = MinLSTM(D, H)
    with torch.no_grad():
        layer.affine.weight[2 * H :] = 0.0
        layer.affine.bias[2 * H :] = 1.0  # a candidate of 1
    kept, written = layer.kept_and_written(torch.randn(T, N, D))
    assert_close(kept + written, torch.ones(T, N, H))


def test_a_minimal_state_stays_among_its_candidates():
    layer = MinGRU(D, H)
    x = torch.randn(200, N, D)
    states, _ = layer(x)
    _, candidates = layer.affine(x).chunk(2, dim=-1)
    assert states.abs().max() <= candidates.abs().max() + 1e-6


def test_a_stack_cut_in_two_is_the_whole():
    stack = Stack(MinGRU(D, H), MinGRU(H, H)).double()
    x = randn(T, N, D)
    whole, _ = stack(x)
    first, state = stack(x[:5])
    second, _ = stack(x[5:], state)
    assert_close(torch.cat([first, second]), whole)


def test_a_stack_settles_on_a_constant_input():
    stack = Stack(MinGRU(1, H), MinGRU(H, H), MinGRU(H, H)).double()
    out, _ = stack(torch.ones(2000, 1, 1, dtype=FLOAT))
    assert_close(out[-1], out[-2])  # of an odd number of ones, and of an even


def test_an_empty_stack_is_refused():
    refused(Stack, ValueError, "expected at least one layer, got none")


@pytest.mark.parametrize("kind", [MinGRU, MinLSTM])
def test_a_minimal_layer_needs_units(kind):
    refused(
        lambda: kind(2, 0),
        ValueError,
        "expected hidden_size to be a positive int, got 0",
    )


# Attention


def test_the_weights_of_attention_are_a_distribution():
    _, alpha = attend(randn(4, N, H), randn(T, N, H), randn(H, H))
    assert alpha.min() >= 0
    assert_close(alpha.sum(-1), torch.ones(N, 4, dtype=FLOAT))


def test_equal_scores_read_the_mean():
    h = randn(T, N, H)
    mean, _ = attend(randn(2, N, H), h, torch.zeros(H, H, dtype=FLOAT))
    assert_close(mean, h.mean(0).expand(2, N, H))


def test_a_score_far_above_the_others_reads_one_state():
    h = torch.eye(H, dtype=FLOAT)[:, None]  # (T = H, 1, H)
    mean, _ = attend(h, h, 1000 * torch.eye(H, dtype=FLOAT))
    assert_close(mean, h)


def test_the_order_of_what_is_read_does_not_matter_to_attention():
    s, h, W = randn(4, N, H), randn(T, N, H), randn(H, H)
    mixed = h[torch.randperm(T)]
    assert_close(attend(s, mixed, W)[0], attend(s, h, W)[0])


def test_the_backward_pass_of_attention_is_that_of_autograd():
    s, h, W = (
        randn(*shape, grad=True) for shape in ((4, N, H), (T, N, H), (H, H))
    )
    g = randn(4, N, H)
    theirs = torch.autograd.grad(attend(s, h, W)[0], (s, h, W), g)
    assert_close(attend_back(g, s, h, W), theirs)
    assert gradcheck(lambda *x: attend(*x)[0], (s, h, W))


@pytest.mark.parametrize("attention", [False, True])
def test_an_output_does_not_see_what_is_to_be_written_after(attention):
    network = EncoderDecoder(6, H, attention)
    x, y = torch.randint(6, (T, N)), torch.randint(6, (T, N))
    other = y.clone()
    other[7:] = (other[7:] + 1) % 6
    before, _ = network(x, y)
    after, _ = network(x, other)
    assert_close(before[:8], after[:8])
    assert not torch.allclose(before[8:], after[8:])


@pytest.mark.parametrize("attention", [False, True])
def test_writing_step_by_step_is_the_whole_pass(attention):
    network = EncoderDecoder(6, H, attention)
    x = torch.randint(6, (T, N))
    written = network.write(x, 9)
    scores, _ = network(x, written)
    assert torch.equal(scores.argmax(-1), written)


def test_without_attention_only_the_last_state_reaches_the_decoder():
    network = EncoderDecoder(6, H, False)
    x, y = torch.randint(6, (T, N)), torch.randint(6, (4, N))
    h, last = network.encoder(network.embedding(x))
    s, _ = network.decoder(network.embedding(network.begun(y)), last)
    assert_close(network(x, y)[0], network.readout(s))
    assert_close(last[-1], h[-1])


# Convolutions


def test_a_causal_convolution_sees_nothing_to_come():
    layer = CausalConvolution(D, H, 3, 2)
    x = torch.randn(T, N, D)
    other = x.clone()
    other[6:] += 1
    assert_close(layer(x)[:6], layer(other)[:6])
    assert not torch.allclose(layer(x)[6:], layer(other)[6:])


def test_a_causal_convolution_is_its_sum():
    layer = CausalConvolution(D, H, 3, 2).double()
    x = randn(T, N, D)
    weight, bias = layer.convolution.weight, layer.convolution.bias
    t = 9
    y = bias + sum(x[t - 2 * j] @ weight[:, :, 2 - j].T for j in range(3))
    assert_close(layer(x)[t], y)


@pytest.mark.parametrize(("kernel", "layers"), [(2, 1), (2, 5), (3, 3)])
def test_the_receptive_field_is_what_has_a_gradient(kernel, layers):
    network = TCN(2, 16, kernel, layers).double()
    x = randn(50, 1, 2, grad=True)
    network(x)[0][-1].sum().backward()
    seen = x.grad.abs().sum((1, 2)) > 0
    assert int(seen.sum()) == network.receptive_field
    assert network.receptive_field == 1 + (kernel - 1) * (2**layers - 1)
    assert seen[-network.receptive_field :].all()


def test_without_dilation_the_field_grows_by_the_kernel_less_one():
    assert receptive_field(3, [1, 1, 1, 1]) == 9


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: TCN(0, 2, 2, 1), "input_size"),
        (lambda: TCN(2, 0, 2, 1), "hidden_size"),
        (lambda: TCN(2, 2, 0, 1), "kernel"),
        (lambda: TCN(2, 2, 2, 0), "num_layers"),
        (lambda: MinGRU(0, 2), "input_size"),
        (lambda: EncoderDecoder(0, 2, True), "symbols"),
        (lambda: EncoderDecoder(2, 0, True), "hidden_size"),
    ],
)
def test_a_network_of_no_size_is_refused(make, name):
    refused(make, ValueError, f"expected {name} to be a positive int, got 0")


# State spaces


def test_a_hold_of_the_matrix_exponential_is_the_diagonal_one():
    a, B, delta = -randn(H).abs(), randn(H, D), 0.3
    f, G = zero_order_hold(a, B, delta)
    whole = torch.zeros(H + D, H + D, dtype=FLOAT)
    whole[:H, :H], whole[:H, H:] = torch.diag(a), B
    grown = torch.linalg.matrix_exp(delta * whole)
    assert_close(torch.diag(f), grown[:H, :H])
    assert_close(G, grown[:H, H:])


def test_two_steps_held_are_one_of_twice_the_length():
    a, B = -randn(H).abs(), randn(H, D)
    f, G = zero_order_hold(a, B, 0.2)
    f_two, G_two = zero_order_hold(a, B, 0.4)
    assert_close(f * f, f_two)
    assert_close(f[:, None] * G + G, G_two)


def test_a_recurrence_of_constant_factors_is_a_convolution():
    f, G = zero_order_hold(-randn(H).abs(), randn(H, D), 0.5)
    C, x = randn(2, H), randn(T, N, D)
    K = impulse_response(f, G, C, T)
    steps = as_recurrence(x, f, G, C)
    assert_close(as_convolution(x, K), steps)
    y_5 = sum(x[5 - j] @ K[j].T for j in range(6))
    assert_close(steps[5], y_5)


# xLSTM


def test_the_stabiliser_changes_no_result():
    a_i, log_f, z = randn(T, H), -randn(T, H).abs(), randn(T, H)
    assert_close(
        stable_memory(a_i, log_f, z), exponential_memory(a_i, log_f, z)
    )


def test_stabilised_gates_are_at_most_one_and_one_of_them_is_one():
    i, f, _ = stabilised(100 * randn(T, H), -randn(T, H).abs())
    largest = torch.maximum(i, f)
    assert_close(largest, torch.ones(T, H, dtype=FLOAT))


def test_the_stabiliser_is_the_logarithm_of_what_was_taken_out():
    a_i, log_f = randn(T, H), -randn(T, H).abs()
    i, f, m = stabilised(a_i, log_f)
    n = loop(log_f.exp(), a_i.exp())
    assert_close(loop(f, i) * m.exp(), n)


def test_a_large_gate_does_not_overflow():
    a_i = torch.full((T, H), 1000.0)
    found = stable_memory(a_i, torch.zeros(T, H), torch.ones(T, H))
    assert_close(found, torch.ones(T, H))


def test_a_matrix_memory_is_its_definition():
    q, k, v = randn(T, N, H), randn(T, N, H), randn(T, N, 2)
    a_i, log_f = randn(T, N), -randn(T, N).abs()
    C, n = torch.zeros(N, 2, H, dtype=FLOAT), torch.zeros(N, H, dtype=FLOAT)
    found = matrix_memory(q, k, v, a_i, log_f)
    for t in range(T):
        f, i = log_f[t].exp()[:, None], a_i[t].exp()[:, None]
        written = v[t][:, :, None] * k[t][:, None, :]
        C = f[..., None] * C + i[..., None] * written
        n = f * n + i * k[t]
        weight = (n * q[t]).sum(-1, keepdim=True).abs().clamp(min=1)
        assert_close(found[t], torch.einsum("nph,nh->np", C, q[t]) / weight)


# The copy task


def test_without_memory_the_best_answer_is_blank_and_then_any_symbol():
    x, y = copy(10, 4, symbols=8, length=5)
    scores = torch.full((len(x), 8 + 2), -torch.inf)
    scores[:15, 8] = 0.0  # the blank, sure
    scores[15:, :8] = 0.0  # any of the eight
    spread = scores[:, None].expand(-1, 4, -1)
    loss = nn.functional.cross_entropy(spread.flatten(0, 1), y.flatten())
    assert_close(loss.item(), 5 * math.log(8) / 20)


def test_a_symbol_returns_after_the_wait_and_the_length():
    x, y = copy(10, 4, symbols=8, length=5)
    assert torch.equal(y[15:], x[: len(x) - 15])
    assert np.array_equal(x[15:], np.full((5, 4), 8))
