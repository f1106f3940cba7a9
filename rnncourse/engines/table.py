"""Where the engines by hand were not slower than torch.nn on a CPU: a table.

It was measured by `benchmarks/layers.py`, once, on a processor of Intel's and
on one of AMD's; what others do is taken to be as on Intel's. They differ in
torch's matrix products, which are those of Intel's library: on AMD's they take
twice as long as those of the engine native, and on Intel's, from H = 512 on,
less. torch's LSTM is one fused kernel, fast on both, but not for a packed
sequence; of ours, packing makes as many runs as there are different lengths.

Tests hold it to both records: nothing that is chosen was slower than torch.nn
by more than 5 %, nor than another by more than noise.
"""

from dataclasses import dataclass


@dataclass(slots=True)
class Task:
    """What a layer is to do, as far as the choice depends on it.

    Args:
        kind: "tanh", "relu", "gru" or "lstm".
        T: how many steps.
        N: how many sequences.
        H: the hidden size.
        packed: whether they are of several lengths, packed.
        projected: whether the LSTM has proj_size > 0.
        learning: whether gradients may be asked for.
        plain: whether input, weights and state are numbers in memory.
    """

    kind: str
    T: int
    N: int
    H: int
    packed: bool
    projected: bool
    learning: bool
    plain: bool = True


def compiled_ahead(task: Task, amd: bool) -> bool:
    """Where `native` was slower neither than torch.nn nor than `bptt`.

    It brings the weights into an order of its own, once a run, and for each of
    a packed sequence's: what follows has to be worth it.

    Args:
        task: what there is to do.
        amd: whether the processor is one of AMD's.
    """
    N, H, rows = task.N, task.H, task.T * task.N
    if task.packed:
        return task.learning and (amd or H <= 128)
    if rows < 16:
        return False
    if task.kind == "lstm" and task.learning:
        if 8 <= N < 128:
            return H <= 128 or (amd and H < 512)
        return H < 512 or amd
    if task.kind == "lstm":
        if N >= 128:
            return rows >= 16384 and H <= 128 and not amd
        return N <= 8 and (H <= 32 or (H <= 128 and N == 1))
    return H < 512 or (amd and (N >= 8 or task.learning))


def ahead(task: Task, amd: bool) -> bool:
    """Where `bptt` was not slower than torch.nn, for want of `native`.

    Args:
        task: what there is to do.
        amd: whether the processor is one of AMD's.
    """
    T, N, H = task.T, task.N, task.H
    if task.packed:
        return task.learning and task.kind in ("gru", "lstm")
    if task.kind == "lstm":
        many = H >= 512 or (N >= 128 and T * H >= 8192)
        return task.learning and many and not amd
    if task.learning or (task.kind == "gru" and not amd):
        return True
    return T >= 64 or N * H >= 8192
