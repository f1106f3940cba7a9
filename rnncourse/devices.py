"""The device to compute on, without naming one."""

import torch


def device() -> torch.device:
    """The accelerator torch finds here (CUDA, MPS, XPU, ...), or the CPU.

    >>> x = torch.ones(3).to(device())
    >>> x.sum().item()
    3.0
    """
    if torch.accelerator.is_available():
        return torch.accelerator.current_accelerator() or torch.device("cpu")
    return torch.device("cpu")
