# The chapter "forecasting", from windows to what five networks say.
# --8<-- [start:data]
import torch
from rnncourse.data import (
    countries,
    population,
    random_walk,
    sea_temperature,
    stock_prices,
    vowel,
)

torch.manual_seed(0)

for series in (
    stock_prices("AAPL"),
    sea_temperature(),
    population("Argentina"),
):
    first, last = series.dates[[0, -1]]
    print(f"{first} ... {last}: {len(series)} values, {series.unit}")
print(f"{len(countries())} countries; the world is none of them")
print(random_walk(1500, 10).shape, vowel("a", 4000).shape)
# > 2000-03-01 ... 2013-03-01: 3270 values, USD
# > 2016-02-15T00:00 ... 2017-03-22T00:00: 19249 values, °C
# > 1950 ... 2020: 15 values, people
# > 237 countries; the world is none of them
# > (1500, 10) (4000,)
# --8<-- [end:data]

# --8<-- [start:baselines]
from rnncourse.forecasting import drift, persistence, seasonal_naive

past = torch.tensor([[3.0, 5.0, 4.0, 6.0]])
print(persistence(past, 3).tolist())
print(drift(past, 3).tolist())  # (1)!
print(seasonal_naive(past, 3, season=2).tolist())
# > [[6.0, 6.0, 6.0]]
# > [[7.0, 8.0, 9.0]]
# > [[4.0, 6.0, 4.0]]
# --8<-- [end:baselines]

# --8<-- [start:walk]
from rnncourse.forecasting import windows

walks = torch.as_tensor(random_walk(300, 500))
past, future = windows(walks, length=5, horizon=1)
still = persistence(past, 1)
paid_still = (still - future).square().mean()
for move in (0.1, 0.3, 1.0):
    said = still + move * (past[:, -1:] - past[:, -2:-1])  # (1)!
    paid = (said - future).square().mean() - paid_still
    moved = (said - still).square().mean()
    print(f"moved {moved:.2f}  pays {paid:.2f} more")
# > moved 0.01  pays 0.01 more
# > moved 0.09  pays 0.09 more
# > moved 1.00  pays 1.00 more
# --8<-- [end:walk]

# --8<-- [start:windows]
from rnncourse.forecasting import Scaling, cuts

x = torch.as_tensor(stock_prices("AAPL").values).log()
a, b = cuts(len(x))  # 60 %, 20 %, 20 %
train = windows(x, 30, 20, end=a)
validation = windows(x, 30, 20, a, b)
test = windows(x, 30, 20, b)
for name, part in (("train", train), ("val", validation), ("test", test)):
    print(f"{name:5} past {tuple(part.past.shape)}")
# > train past (1913, 30)
# > val   past (635, 30)
# > test  past (635, 30)
# --8<-- [end:windows]

# --8<-- [start:leak]
scaling = Scaling.fit(x[:a])  # the past alone
inputs = scaling.read(train.past)

other = x.clone()
other[a:] = 100.0  # another future
again = Scaling.fit(other[:a]).read(windows(other, 30, 20, end=a).past)
print("inputs unchanged:", torch.equal(inputs, again))
print("mean of all, before and after:", f"{x.mean():.2f} {other.mean():.2f}")
# > inputs unchanged: True
# > mean of all, before and after: 2.07 40.67
# --8<-- [end:leak]

# --8<-- [start:linear]
from rnncourse.forecasting import Linear, skill


def against_persistence(model, part):
    said = model(part.past)
    return skill(said, persistence(part.past, 20), part.future)


for penalty in (1.0, 10000.0):
    model = Linear.fit(train, scaling, penalty)
    print(
        f"penalty {penalty:5.0f}  train {against_persistence(model, train):.3f}"
        f"  validation {against_persistence(model, validation):.3f}"
    )
# > penalty     1  train 0.029  validation -0.013
# > penalty 10000  train 0.015  validation 0.000
# --8<-- [end:linear]

# --8<-- [start:recursive]
from rnncourse.forecasting import recursive


def one_step(past):
    return 0.8 * past[:, -1:]  # x_{t+1} = 0.8 x_t + e_{t+1}


print(recursive(one_step, torch.tensor([[1.0]]), 4))
# > tensor([[0.8000, 0.6400, 0.5120, 0.4096]])
# --8<-- [end:recursive]

# --8<-- [start:formants]
import numpy as np

sound = torch.as_tensor(vowel("a", 6000, breath=0.05))
fitted = Linear.fit(windows(sound, 6, 1), Scaling.fit(sound, False), 0.0)
a_k = fitted.W[:, 0].numpy()[::-1]
poles = np.roots([1.0, *-a_k])
hertz = np.sort(np.angle(poles[poles.imag > 0])) * 8000 / (2 * np.pi)
print(np.abs(hertz - [730, 1090, 2440]).max() < 50)  # (1)!
# > True
# --8<-- [end:formants]

# --8<-- [start:ensemble]
from rnncourse.forecasting import Ensemble
from rnncourse.layers import GRU
from rnncourse.training import Network

three = [Network(GRU(1, 4), 20, last=True) for _ in range(3)]
together = Ensemble(three)
print(tuple(together.model.layer.weight_hh_l0.shape))  # (1)!
said, _ = together(inputs.T[..., None].float())
alone, _ = three[1](inputs.T[..., None].float())
print(tuple(said.shape), torch.allclose(said[1], alone, atol=1e-5))
# > (36, 12)
# > (3, 1913, 20) True
# --8<-- [end:ensemble]

# --8<-- [start:train]
from rnncourse.forecasting import learn

networks = [Network(GRU(1, 8), 20, last=True) for _ in range(3)]
forecaster = learn(networks, train, validation, scaling, steps=60, every=20)
print(tuple(forecaster(test.past).shape))  # (1)!
print("much better:", bool(against_persistence(forecaster, test).max() > 0.2))
# > (3, 635, 20)
# > much better: False
# --8<-- [end:train]

# --8<-- [start:interval]
from rnncourse.forecasting import band, coverage

low, high = band(validation.future - model(validation.past), level=0.8)
said = model(test.past)
inside = coverage(said + low, said + high, test.future)
print(f"promised 0.80, kept {inside.mean():.2f}")
# > promised 0.80, kept 0.94
# --8<-- [end:interval]
