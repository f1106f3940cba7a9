# Exercises of the chapter "forecasting": a starter, a solution and a check.
# --8<-- [start:imports]
import torch
from rnncourse.forecasting import ridge, windows
# --8<-- [end:imports]


# --8<-- [start:skill_starter]
def skill(said, reference, future):
    """1 if perfect, 0 if no better than the reference: find the error."""
    error = (said - future).square().mean()
    return error / (reference - future).square().mean()


# --8<-- [end:skill_starter]


# --8<-- [start:skill_solution]
def skill(said, reference, future):
    """1 if perfect, 0 if no better than the reference, < 0 if worse."""
    error = (said - future).square().mean()
    return 1 - error / (reference - future).square().mean()


# --8<-- [end:skill_solution]


def check_skill() -> None:
    future, reference = torch.randn(2, 40, 3)
    assert skill(future, reference, future) == 1
    assert skill(reference, reference, future) == 0
    assert skill(-future, future + 0.1, future) < 0


# --8<-- [start:scaled_starter]
def scaled(x, cut):
    """The series in units of its spread; the test begins at cut: what leaks?"""
    return (x - x.mean()) / x.std()


# --8<-- [end:scaled_starter]


# --8<-- [start:scaled_solution]
def scaled(x, cut):
    """The series in units of its spread; the test begins at cut."""
    past = x[:cut]
    return (x - past.mean()) / past.std()


# --8<-- [end:scaled_solution]


def check_scaled() -> None:
    x = torch.randn(100)
    other = x.clone()
    other[80:] += 50
    assert torch.equal(scaled(x, 80)[:80], scaled(other, 80)[:80])
    assert abs(scaled(x, 80)[:80].std() - 1) < 1e-5


# --8<-- [start:split_starter]
def split(past, future):
    """Four fifths to learn from, one to measure on: what is wrong?"""
    order = torch.randperm(len(past))
    cut = 4 * len(past) // 5
    few, rest = order[:cut], order[cut:]
    return (past[few], future[few]), (past[rest], future[rest])


# --8<-- [end:split_starter]


# --8<-- [start:split_solution]
def split(past, future):
    """Four fifths to learn from, one to measure on, and no day in both."""
    cut, Q = 4 * len(past) // 5, future.shape[1]
    learn = slice(0, cut)
    measure = slice(cut + Q - 1, None)
    return (past[learn], future[learn]), (past[measure], future[measure])


# --8<-- [end:split_solution]


def check_split() -> None:
    days = windows(torch.arange(100.0), 5, 4)
    (past, future), (later, last) = split(*days)
    assert len(past) > 2 * len(later) > 0
    assert future.max() < last.min()


# --8<-- [start:seasonal_starter]
def seasonal(past, horizon, season):
    """What was seen a season before, (M, Q): it fails for Q > season."""
    return past[:, -season:][:, :horizon]


# --8<-- [end:seasonal_starter]


# --8<-- [start:seasonal_solution]
def seasonal(past, horizon, season):
    """What was seen a season before, (M, Q), the last season repeated."""
    steps = torch.arange(horizon) % season
    return past[:, -season:][:, steps]


# --8<-- [end:seasonal_solution]


def check_seasonal() -> None:
    past = torch.tensor([[9.0, 1.0, 2.0, 3.0]])
    assert seasonal(past, 2, 3).tolist() == [[1, 2]]
    assert seasonal(past, 7, 3).tolist() == [[1, 2, 3, 1, 2, 3, 1]]


# --8<-- [start:lost_starter]
def lost(slope, steps):
    """Expected skill, at q steps, of x_t + q slope on a walk of steps of
    variance 1 and no drift.
    """
    return 0.0


# --8<-- [end:lost_starter]


# --8<-- [start:lost_solution]
def lost(slope, steps):
    """Expected skill, at q steps, of x_t + q slope on a walk of steps of
    variance 1 and no drift.
    """
    moved = (steps * slope) ** 2
    return -moved / steps  # persistence errs by a variance of q


# --8<-- [end:lost_solution]


def check_lost() -> None:
    torch.manual_seed(0)
    past, future = windows(torch.randn(300, 500).cumsum(0), 1, 8)
    reference = (future[:, -1] - past[:, 0]).square().mean()
    for slope in (0.1, 0.5):
        error = (future[:, -1] - past[:, 0] - 8 * slope).square().mean()
        assert abs(1 - error / reference - lost(slope, 8)) < 0.05


# --8<-- [start:determined_starter]
def determined(said, last, came):
    """Does a one-step forecast know more than persistence? (M,) each.

    said: of the next value. last: the value today. came: the next value.
    """
    return torch.corrcoef(torch.stack([said, came]))[0, 1]


# --8<-- [end:determined_starter]


# --8<-- [start:determined_solution]
def determined(said, last, came):
    """Does a one-step forecast know more than persistence? (M,) each.

    said: of the next value. last: the value today. came: the next value.
    """
    changes = torch.stack([said - last, came - last])
    return torch.corrcoef(changes).nan_to_num()[0, 1]


# --8<-- [end:determined_solution]


def check_determined() -> None:
    torch.manual_seed(0)
    x = torch.randn(2001).cumsum(0)
    last, came = x[:-1], x[1:]
    shifted = last + 0.01 * torch.randn(2000)  # persistence, and a little noise
    assert abs(determined(shifted, last, came)) < 0.1
    assert determined(last, last, came) == 0
    assert determined(0.5 * (last + came), last, came) > 0.99


# --8<-- [start:regression_starter]
def regression(x, y, penalty):
    """Ridge with a constant, (F + 1, Q): what should not be penalised?"""
    ones = torch.cat([x, torch.ones(len(x), 1)], dim=1)
    each = penalty * torch.eye(ones.shape[1])
    return torch.linalg.solve(ones.T @ ones + each, ones.T @ y)


# --8<-- [end:regression_starter]


# --8<-- [start:regression_solution]
def regression(x, y, penalty):
    """Ridge with a constant, (F + 1, Q), which is not penalised."""
    ones = torch.cat([x, torch.ones(len(x), 1)], dim=1)
    each = penalty * torch.eye(ones.shape[1])
    each[-1, -1] = 0
    return torch.linalg.solve(ones.T @ ones + each, ones.T @ y)


# --8<-- [end:regression_solution]


def check_regression() -> None:
    torch.manual_seed(0)
    x, y = torch.randn(200, 3), 100 + torch.randn(200, 2)
    W, b = ridge(x, y, 50.0)
    found = regression(x, y, 50.0)
    assert torch.allclose(found[:-1], W, atol=1e-3)
    assert torch.allclose(found[-1], b, atol=1e-2)


# --8<-- [start:spread_starter]
def spread(a, steps):
    """Variance of x_{t+q} given x_t, where x_t = a x_{t-1} + e_t, var e = 1.

    Here, as if a were 1.
    """
    return float(steps)


# --8<-- [end:spread_starter]


# --8<-- [start:spread_solution]
def spread(a, steps):
    """Variance of x_{t+q} given x_t, where x_t = a x_{t-1} + e_t, var e = 1.

    x_{t+q} = a^q x_t + e_{t+q} + a e_{t+q-1} + ... + a^{q-1} e_{t+1}
    """
    return sum(a ** (2 * k) for k in range(steps))


# --8<-- [end:spread_solution]


def check_spread() -> None:
    torch.manual_seed(0)
    for a, steps in ((0.0, 5), (0.5, 3), (0.9, 10)):
        x = torch.zeros(200_000)
        for _ in range(steps):
            x = a * x + torch.randn(len(x))
        assert abs(spread(a, steps) / x.var() - 1) < 0.02


# --8<-- [start:interval_starter]
def interval(seeds, residuals, level):
    """What to add to the mean forecast, (2,): of what is this the spread?

    seeds: forecasts of S networks, less their mean, (S, M).
    residuals: future less mean forecast, on the validation, (M,).
    """
    tails = torch.tensor([(1 - level) / 2, (1 + level) / 2])
    return seeds.flatten().quantile(tails)


# --8<-- [end:interval_starter]


# --8<-- [start:interval_solution]
def interval(seeds, residuals, level):
    """What to add to the mean forecast, (2,), so that the future is inside.

    seeds: forecasts of S networks, less their mean, (S, M).
    residuals: future less mean forecast, on the validation, (M,).
    """
    tails = torch.tensor([(1 - level) / 2, (1 + level) / 2])
    return residuals.quantile(tails)


# --8<-- [end:interval_solution]


def check_interval() -> None:
    torch.manual_seed(0)
    seeds = 0.1 * torch.randn(5, 4000)
    residuals, later = torch.randn(2, 4000)
    low, high = interval(seeds, residuals, 0.8)
    inside = ((low <= later) & (later <= high)).float().mean()
    assert abs(inside - 0.8) < 0.03
