"""The shapes and the parameters of a stack of recurrent layers."""

BLOCKS = {"RNN": 1, "GRU": 3, "LSTM": 4}


def layer(kind: str, inputs: int, hidden: int, biases: int) -> int:
    """Parameters of one layer in one direction; torch has 2 biases."""
    return BLOCKS[kind] * (hidden * inputs + hidden**2 + biases * hidden)


def layers(
    kind: str, inputs: int, hidden: int, depth: int, directions: int,
    biases: int,
) -> list[dict[str, int]]:  # fmt: skip
    """For each layer what it reads, what it gives and its parameters."""
    gives = directions * hidden
    widths = [inputs] + [gives] * (depth - 1)
    return [
        {
            "reads": reads,
            "gives": gives,
            "parameters": directions * layer(kind, reads, hidden, biases),
        }
        for reads in widths
    ]


def total(
    kind: str, inputs: int, hidden: int, depth: int, directions: int,
    biases: int,
) -> int:  # fmt: skip
    """The parameters of all the layers."""
    found = layers(kind, inputs, hidden, depth, directions, biases)
    return sum(one["parameters"] for one in found)


def waits(steps: int, depth: int, directions: int) -> int:
    """Cells one after another on the longest way to the top.

    With two directions each layer waits for the whole one below.
    """
    return steps + depth - 1 if directions == 1 else steps * depth
