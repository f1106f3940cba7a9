"""Several processes train as one: `snippets/distributed.py` under torchrun."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
import torch
from pages import ROOT, promised

CODE = (ROOT / "snippets" / "distributed.py").read_text("utf-8")
LAST = """
import json
fabric.print(json.dumps([p.flatten().tolist() for p in network.parameters()]))
"""


@pytest.fixture
def program(tmp_path):
    """The snippet, which at the end also prints its weights."""
    path = tmp_path / "distributed.py"
    path.write_text(CODE + LAST, "utf-8")
    return path


@contextlib.contextmanager
def running(*command: str) -> Iterator[subprocess.Popen]:
    """A program of Python on the CPU; however it ends, nothing is left."""
    process = subprocess.Popen(
        [sys.executable, *command],
        env=os.environ
        | {"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}
        | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.terminate()  # torchrun then ends its workers
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()


def printed(process: subprocess.Popen) -> list[str]:
    out, err = process.communicate(timeout=110)
    assert process.returncode == 0, err
    return out.splitlines()


def test_two_processes_train_as_one(program):
    launcher = ("-m", "torch.distributed.run", "--standalone")
    with (
        running(str(program)) as one,
        running(*launcher, "--nproc-per-node=2", str(program)) as two,
    ):
        *said, alone = printed(one)
        *same, shared = printed(two)
    assert said == promised(CODE)
    assert [line for line in same if line.startswith(("step", "test"))] == said
    for mine, ours in zip(json.loads(alone), json.loads(shared), strict=True):
        torch.testing.assert_close(
            torch.tensor(ours), torch.tensor(mine), rtol=1e-3, atol=1e-3
        )
