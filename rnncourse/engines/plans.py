"""Plans: the buffers of a run and their views, made once and lent again.

A layer meets the same shapes over and over. Where a step is small, a view of
it costs as much as what is done with it; where it is large, memory fresh from
the system costs a fault for each page. So a plan keeps both: its tensors are
buffers, its tuples hold their views, one for each step.

A plan is lent to one run at a time and comes back when the run drops it: at
the end of the way back, or when the graph is freed. Those that wait hold at
most IDLE bytes: what was lent longest ago is let go first. Plans wait on a CPU
only; elsewhere torch keeps memory itself, in the order of its streams. Nor do
those wait whose tensors only stand for numbers.
"""

import os
from collections import OrderedDict
from threading import RLock
from typing import Any, TypeVar

import torch
from torch import Tensor

from rnncourse.engines.plain import plain

IDLE = 64 * 2**20  # bytes
VIEW = 512  # bytes, or nearly, of a tensor that is but a view
Key = tuple[Any, ...]
Parts = dict[str, Any]


class Pool:
    """The parts of the plans that nobody uses, by key; safe among threads."""

    def __init__(self) -> None:
        self.waiting: OrderedDict[Key, list[Parts]] = OrderedDict()
        self.bytes = 0
        self.lock = RLock()  # freeing one plan's parts may free another plan

    def take(self, key: Key) -> Parts | None:
        """What waits under this key, for the caller alone; None if nothing."""
        with self.lock:
            if key not in self.waiting:
                return None
            parts = self.waiting[key].pop()
            if not self.waiting[key]:
                del self.waiting[key]
            self.bytes -= parts["bytes"]
            return parts

    def give(self, key: Key, parts: Parts) -> None:
        """Let it wait; beyond IDLE bytes, let the oldest go."""
        with self.lock:
            self.waiting.setdefault(key, []).append(parts)
            self.waiting.move_to_end(key)
            self.bytes += parts["bytes"]
            while self.bytes > IDLE:
                self.take(next(iter(self.waiting)))

    def clear(self) -> None:
        """Let everything go."""
        with self.lock:
            self.waiting.clear()
            self.bytes = 0


POOL = Pool()


class Plan:
    """Buffers for one shape, and their views; a subclass makes them.

    The buffers are inference tensors, on which an operation costs a fifth to a
    third less: they are for use in inference mode.

    Attributes:
        key: under which the parts wait once the plan is dropped; None if never.
        bytes: of the buffers, and of their views.
    """

    key: Key | None = None
    bytes: int

    def make(self, *sizes: Any) -> None:
        """Make the parts: buffers like the last argument, and their views."""
        raise NotImplementedError

    def __del__(self, give: Any = POOL.give) -> None:
        if self.key:
            give(self.key, vars(self))


P = TypeVar("P", bound=Plan)


def lend(kind: type[P], *sizes: int, like: Tensor, wait: bool = True) -> P:
    """A plan of these sizes, and of this tensor's type and device.

    Args:
        kind: the class of plan.
        sizes: what its `make` takes.
        like: the tensor.
        wait: whether its parts are for others once the plan is dropped.
    """
    plan = kind()
    key = (kind, *sizes, like.dtype)
    wait = wait and like.device.type == "cpu" and plain(like)
    parts = POOL.take(key) if wait else None
    if parts:
        plan.__dict__ = parts
        return plan
    with torch.inference_mode():
        plan.make(*sizes, like)
    plan.bytes = sum(map(weight, vars(plan).values()))
    plan.key = key if wait else None
    return plan


def weight(part: Any) -> int:
    """Bytes of a buffer, or of views: of a tensor, or of tuples of such."""
    if isinstance(part, Tensor):
        return part.nbytes
    if isinstance(part, tuple | list):
        return sum(
            VIEW if isinstance(one, Tensor) else weight(one) for one in part
        )
    return 0


def forked() -> None:
    """Let go of everything: another thread may have held the lock."""
    POOL.lock = RLock()
    POOL.clear()


getattr(os, "register_at_fork", lambda **_: None)(after_in_child=forked)
