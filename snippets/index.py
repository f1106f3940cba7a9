# The home page: a recurrent network of one unit, whole.
# --8<-- [start:echo]
import math

h = 0.0
for x_t in [1, 0, 0, 0, 0]:
    h = math.tanh(0.5 * x_t + 0.8 * h)
    print(f"input {x_t}, state {h:.2f}")
# > input 1, state 0.46
# > input 0, state 0.35
# > input 0, state 0.28
# > input 0, state 0.22
# > input 0, state 0.17
# --8<-- [end:echo]
