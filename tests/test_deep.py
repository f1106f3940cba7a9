"""Stacks, locked dropout, batches of several lengths, carried states."""

from functools import partial

import pytest
import torch
from parity import assert_same, flat, gradients
from refusals import refused
from torch import nn
from torch.testing import assert_close

from rnncourse import GRU, LSTM, RNN, GRUCell, pack, unroll
from rnncourse.deep import (
    LockedDropout,
    Stack,
    last_outputs,
    masked_mean,
    real_steps,
    rows,
)
from rnncourse.experiments.deep import count, widest
from rnncourse.training import Network, fit

T, N, D, H, L = 7, 3, 2, 5, 3
KINDS = {"RNN": RNN, "GRU": GRU, "LSTM": LSTM}
each_kind = pytest.mark.parametrize("kind", KINDS)


def loaded(kind, **options):
    """A stack with the weights of a stack of torch.nn; and that stack."""
    theirs = getattr(nn, kind)(D, H, L)
    stack = Stack(KINDS[kind], D, H, L, **options)
    for l, layer in enumerate(stack.layers):
        end = f"_l{l}"
        layer.load_state_dict(
            {
                name.removesuffix(end) + "_l0": value
                for name, value in theirs.state_dict().items()
                if name.endswith(end)
            }
        )
    return stack, theirs


def first_state(kind):
    h = torch.randn(L, N, H)
    return (h, torch.randn(L, N, H)) if kind == "LSTM" else h


@each_kind
def test_with_nothing_added_a_stack_is_that_of_torch(kind):
    stack, theirs = loaded(kind)
    x = torch.randn(T, N, D, requires_grad=True)
    state = first_state(kind)
    assert_same(stack, theirs, lambda layer: layer(x, state), [x])


@each_kind
def test_a_stack_continued_from_its_state_is_one_pass(kind):
    stack = Stack(KINDS[kind], D, H, L, residual=True, norm=True).eval()
    x = torch.randn(T, N, D)
    whole = flat(stack(x))
    first, state = stack(x[:4])
    second, last = stack(x[4:], state)
    assert_close([torch.cat([first, second]), *flat([last])], whole)


def test_a_residual_stack_adds_each_layer_to_what_it_reads():
    stack = Stack(GRU, D, H, L, residual=True)
    x = torch.randn(T, N, D)
    s, _ = stack.layers[0](x)
    for layer in list(stack.layers)[1:]:
        h, _ = layer(s)
        s = s + h
    assert_close(stack(x)[0], s)


def test_a_residual_layer_of_zero_weights_changes_nothing():
    stack = Stack(RNN, D, H, L, residual=True)
    for layer in list(stack.layers)[1:]:
        for weight in layer.parameters():
            nn.init.zeros_(weight)
    x = torch.randn(T, N, D)
    assert_close(stack(x)[0], stack.layers[0](x)[0])


def test_a_normalised_layer_does_not_see_the_scale_of_what_it_reads():
    stack = Stack(RNN, D, H, 2, norm=True)
    seen = []
    stack.layers[1].register_forward_pre_hook(
        lambda _, inputs: seen.append(inputs[0])
    )
    stack(torch.randn(T, N, D))
    assert_close(seen[0].mean(-1), torch.zeros(T, N))
    spread = seen[0].var(-1, unbiased=False)
    assert_close(spread, torch.ones(T, N), rtol=0, atol=0.01)


def test_the_gradient_of_a_residual_stack_is_that_of_finite_differences():
    stack = Stack(LSTM, 2, 3, 2, residual=True, norm=True).double()
    x = torch.randn(4, 2, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: stack(x)[0], x)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_layers": 0}, "expected num_layers to be a positive int, got 0"),
        ({"residual": 1}, "expected residual to be True or False, got 1"),
        ({"norm": None}, "expected norm to be True or False, got None"),
        ({"dropout": 2}, "expected p to be a number in [0, 1], got 2"),
        (
            {"hidden_size": 0},
            "expected hidden_size to be a positive int, got 0",
        ),
    ],
)
def test_a_stack_refuses_a_bad_setting(options, message):
    given = {"input_size": D, "hidden_size": H} | options
    refused(lambda: Stack(RNN, **given), ValueError, message)


def test_a_stack_of_lstms_refuses_half_a_state():
    refused(
        lambda: Stack(LSTM, D, H, L)(torch.randn(T, N, D), (torch.zeros(1),)),
        TypeError,
        "expected the state to be a tuple (h, c), got a tuple of 1",
    )


@each_kind
@pytest.mark.parametrize("layers", [1, L - 1, L + 1])
@pytest.mark.parametrize("batch", [(N,), ()])
def test_a_stack_refuses_the_state_of_another(kind, layers, batch):
    h = torch.zeros(layers, *batch, H)
    refused(
        lambda: Stack(KINDS[kind], D, H, L)(
            torch.randn(T, *batch, D), (h, h) if kind == "LSTM" else h
        ),
        ValueError,
        f"expected the state of shape ({L}, N, H) or ({L}, H), got "
        f"{tuple(h.shape)}",
    )


def test_a_stack_refuses_what_is_no_state():
    refused(
        lambda: Stack(GRU, D, H, L)(torch.randn(T, N, D), 1.0),
        TypeError,
        "expected h_0 to be a tensor, got float",
    )


def test_a_stack_takes_a_sequence_without_a_batch():
    stack, x = Stack(LSTM, D, H, L), torch.randn(T, N, D)
    h = torch.randn(2, L, N, H)
    alone = stack(x[:, 1], tuple(h[:, :, 1]))
    together, state = stack(x, tuple(h))
    assert_close(alone[0], together[:, 1])
    assert_close(alone[1], tuple(one[:, 1] for one in state))


def test_a_locked_mask_is_the_same_at_every_step_and_not_in_every_sequence():
    masks = LockedDropout(0.5)(torch.ones(T, 2, 400))
    assert_close(masks, masks[:1].expand_as(masks), rtol=0, atol=0)
    assert not torch.equal(masks[0, 0], masks[0, 1])


def test_locked_dropout_keeps_the_mean_and_drops_its_share():
    masks = LockedDropout(0.2)(torch.ones(1, 1, 20_000))
    assert masks.mean().item() == pytest.approx(1, abs=0.02)
    assert (masks == 0).float().mean().item() == pytest.approx(0.2, abs=0.02)
    assert_close(masks.max(), torch.tensor(1 / 0.8))


def test_locked_dropout_says_its_share():
    assert repr(LockedDropout(0.25)) == "LockedDropout(p=0.25)"


def test_locked_dropout_does_nothing_when_not_training():
    x = torch.randn(T, N, H)
    assert_close(LockedDropout(0.9).eval()(x), x, rtol=0, atol=0)


def test_a_stack_drops_between_layers_and_neither_input_nor_output():
    stack = Stack(RNN, D, H, 2, dropout=1.0)
    one, other = (stack(torch.randn(T, N, D)) for _ in range(2))
    assert_close(one[0], other[0])  # the second layer reads zeros
    assert one[0].all()
    assert not torch.allclose(one[1][0], other[1][0])  # the first, its input


@pytest.mark.parametrize("lengths", [[7, 4, 1], torch.tensor([7, 4, 1])])
def test_real_steps_are_those_before_each_end(lengths):
    mask = real_steps(lengths, T)
    assert mask.sum(0).tolist() == [7, 4, 1]
    assert not (mask[1:] & ~mask[:-1]).any()  # none after an end


@pytest.mark.parametrize(
    ("lengths", "kind", "message"),
    [
        ([1, 8, 1], ValueError, "each length to be in 1..7, got 8"),
        ([0, 1, 1], ValueError, "each length to be in 1..7, got 0"),
        (
            torch.tensor([1.5, 2, 3]),
            TypeError,
            "each length to be an int, got 1.5",
        ),
        ([1, 2], ValueError, "3 lengths, one each, got 2"),
        ([1, 2, 3, 4], ValueError, "3 lengths, one each, got 4"),
        ([], ValueError, "3 lengths, one each, got 0"),
    ],
)
def test_lengths_are_those_of_the_sequences(lengths, kind, message):
    for reading in (last_outputs, masked_mean):
        call = partial(reading, torch.zeros(T, N, H), lengths)
        refused(call, kind, f"expected {message}")


def test_at_least_one_sequence_has_steps():
    refused(
        lambda: real_steps([], T),
        ValueError,
        "expected at least one length, got none",
    )


@each_kind
def test_the_last_outputs_are_the_states_of_the_packed_sequences(kind):
    layer = KINDS[kind](D, H)
    x, lengths = torch.randn(T, N, D, requires_grad=True), [2, 7, 4]
    out, _ = layer(x)
    _, state = layer(pack(x, lengths))
    h = state[0] if kind == "LSTM" else state
    ours = last_outputs(out, lengths)
    assert_close(ours, h[0])
    assert_close(gradients([ours], [x]), gradients([h[0]], [x]))


def test_keeping_the_state_in_padding_is_reading_it_at_each_end():
    cell, lengths = GRUCell(D, H), [5, 1, 7]
    x, h = torch.randn(T, N, D), torch.zeros(N, H)
    for x_t, real in zip(x, real_steps(lengths, T), strict=True):
        h = torch.where(real[:, None], cell(x_t, h), h)
    assert_close(h, last_outputs(unroll(cell, x)[0], lengths))


def test_what_stands_in_padding_does_not_enter_the_mean():
    values, lengths = torch.randn(T, N), [7, 3, 2]
    real = [values[:n, k] for k, n in enumerate(lengths)]
    values[~real_steps(lengths, T)] = torch.nan
    assert_close(masked_mean(values, lengths), torch.cat(real).mean())


def test_no_gradient_reaches_the_padding_through_the_mean():
    values = torch.randn(T, N, requires_grad=True)
    masked_mean(values, [7, 3, 2]).backward()
    assert values.grad[3:, 1].eq(0).all()
    assert_close(values.grad[:3, 1], torch.full((3,), 1 / 12))


@pytest.mark.parametrize("S", [12, 13, 14])
def test_each_row_goes_on_where_the_one_before_ends(S):
    found = rows(torch.arange(S), 3)
    assert found.T.flatten().tolist() == list(range(12))
    assert found.shape == (4, 3)


def test_rows_keep_the_features():
    assert rows(torch.randn(20, 2, 6), 5).shape == (4, 5, 2, 6)


@pytest.mark.parametrize(
    ("N", "message"),
    [
        (0, "expected N to be a positive int, got 0"),
        (9, "expected at least N = 9 steps, one a row, got 8"),
    ],
)
def test_there_is_at_least_a_step_a_row(N, message):
    refused(lambda: rows(torch.arange(8), N), ValueError, message)


def test_pieces_of_rows_with_the_state_carried_are_one_pass():
    network = Network(GRU(1, H), 1)
    for weight in network.parameters():
        weight.requires_grad_(False)
    x = rows(torch.randn(60, 1), 4)
    whole, _ = network(x)
    state, outs = None, []
    for piece in x.split(4):
        out, state = network(piece, state)
        outs.append(out)
    assert_close(torch.cat(outs), whole)


def test_a_stack_learns_in_the_common_loop():
    stack = Stack(GRU, 1, 8, 2, residual=True, norm=True, dropout=0.1)
    network = Network(stack, 1)
    x = torch.randn(10, 16, 1)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
    batches = ((x, x.cumsum(0).tanh()) for _ in range(60))
    losses = [
        step.loss
        for step in fit(network, batches, nn.functional.mse_loss, optimizer)
    ]
    assert losses[-1] < losses[0] / 4


@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
@pytest.mark.parametrize("layers", [1, 3])
def test_the_widest_network_is_within_its_budget_and_the_next_is_not(
    kind, layers
):
    H = widest(kind, 2, layers, 1500)
    within, beyond = (count(kind, 2, h, layers) + h + 1 for h in (H, H + 1))
    assert within <= 1500 < beyond
