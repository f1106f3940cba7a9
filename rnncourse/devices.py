"""The device to compute on, without naming one."""

import torch


def device() -> torch.device:
    """The accelerator torch finds here (CUDA, MPS, XPU, ...), or the CPU."""
    if torch.accelerator.is_available():
        return torch.accelerator.current_accelerator() or torch.device("cpu")
    return torch.device("cpu")
