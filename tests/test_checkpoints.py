"""A checkpoint is whole or absent, and reading one runs nothing."""

import errno
import os
import pickle
import zipfile

import pytest
import torch
from torch import nn

from rnncourse import checkpoints
from rnncourse.checkpoints import load, load_tree, save, save_tree

ABOUT = {"kind": "LSTM", "hidden": "3", "idioma": "español"}


def tensors() -> dict[str, torch.Tensor]:
    return {
        "weight": torch.randn(5, 3),
        "double": torch.randn(2, dtype=torch.float64),
        "half": torch.randn(2).bfloat16(),
        "generator": torch.get_rng_state(),
        "step": torch.tensor(7),
        "empty": torch.zeros(0, 3),
    }


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deeper" / "model.safetensors"


def test_what_was_saved_is_loaded(path):
    kept = tensors()
    save(path, kept, ABOUT)
    found, about = load(path)
    assert about == ABOUT
    assert found.keys() == kept.keys()
    for name, tensor in kept.items():
        assert found[name].dtype == tensor.dtype
        assert torch.equal(found[name], tensor)


def test_shared_transposed_and_trained_tensors_are_saved(path):
    weight = nn.Parameter(torch.randn(2, 3))
    save(path, {"a": weight, "b": weight, "c": weight.T}, {})
    found, _ = load(path)
    assert torch.equal(found["c"], weight.detach().T)
    assert torch.equal(found["a"], found["b"])
    assert not found["a"].requires_grad


def test_a_model_comes_back_in_another_object(path):
    one, other = nn.LSTM(2, 3), nn.LSTM(2, 3)
    save(path, one.state_dict(), ABOUT)
    other.load_state_dict(load(path, ABOUT)[0])
    x = torch.randn(4, 1, 2)
    assert torch.equal(one(x)[0], other(x)[0])


def test_what_was_loaded_does_not_follow_the_file(path):
    save(path, {"a": torch.ones(1000)}, {})
    found, _ = load(path)
    path.write_bytes(b"")
    assert torch.equal(found["a"], torch.ones(1000))


def test_a_second_save_replaces_the_first_and_leaves_nothing_else(path):
    save(path, {"a": torch.zeros(2)}, {})
    save(path, {"b": torch.ones(2)}, {})
    assert list(load(path)[0]) == ["b"]
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("asked", [{"kind": "GRU"}, {"language": "es"}])
def test_a_checkpoint_of_another_model_is_refused(path, asked):
    save(path, tensors(), ABOUT)
    ((key, value),) = asked.items()
    with pytest.raises(ValueError, match="of another model") as caught:
        load(path, ABOUT | asked)
    assert f"with {key} {value!r}, got {ABOUT.get(key)!r}" in str(caught.value)


@pytest.mark.parametrize("size", [0, 4, 8, 40, -1])
def test_a_truncated_file_is_refused(path, size):
    save(path, tensors(), ABOUT)
    whole = path.read_bytes()
    path.write_bytes(whole[:size])
    with pytest.raises(ValueError, match="cut short or of another kind"):
        load(path)


class Malicious:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("by_torch", [False, True])
def test_a_pickle_is_refused_and_never_executed(path, tmp_path, by_torch):
    path.parent.mkdir()
    trace = tmp_path / "executed"
    with path.open("wb") as file:
        (torch.save if by_torch else pickle.dump)(Malicious(trace), file)
    with pytest.raises(ValueError, match="a pickle is never opened"):
        load(path)
    assert not trace.exists()


def test_a_file_of_another_kind_is_refused(path):
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("weights", "1 2 3")
    with pytest.raises(ValueError, match=r"expected .* to be a safetensors"):
        load(path)


def test_a_folder_is_no_checkpoint(tmp_path):
    with pytest.raises(ValueError, match=r"expected .* to be a safetensors"):
        load(tmp_path)


def test_no_file_is_said_with_its_path(path):
    with pytest.raises(FileNotFoundError, match="expected a checkpoint at"):
        load(path)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_fault_while_writing_leaves_the_old_file(path, monkeypatch, code):
    save(path, {"a": torch.ones(2)}, ABOUT)
    before = path.read_bytes()

    def fails(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(OSError, match="expected to write the check") as caught:
        save(path, {"a": torch.zeros(2)}, ABOUT)
    assert caught.value.errno == code
    assert os.strerror(code) in str(caught.value)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_full_disk_is_said(path, monkeypatch):
    class Full:
        def __init__(self, *_):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return False

        def write(self, _):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fdopen", Full)
    with pytest.raises(OSError, match=r"No space left on device.*free some"):
        save(path, tensors(), ABOUT)
    assert list(path.parent.iterdir()) == []


def test_a_file_in_the_place_of_the_folder_is_said(tmp_path):
    (tmp_path / "taken").write_text("a file", "utf-8")
    with pytest.raises(OSError, match="choose another folder"):
        save(tmp_path / "taken" / "model", tensors(), ABOUT)


@pytest.mark.parametrize("call", [lambda p: save(p, {}, {}), load])
def test_without_the_package_the_way_out_is_said(path, monkeypatch, call):
    monkeypatch.setattr(
        checkpoints.importlib.util, "find_spec", lambda name: None
    )
    with pytest.raises(ModuleNotFoundError, match=r"rnncourse\[training\]"):
        call(path)


def same(one, other) -> bool:
    if isinstance(one, torch.Tensor):
        return one.dtype == other.dtype and torch.equal(one, other)
    if isinstance(one, dict):
        return list(one) == list(other) and all(
            same(one[key], other[key]) for key in one
        )
    if isinstance(one, list | tuple):
        return type(one) is type(other) and all(
            same(a, b) for a, b in zip(one, other, strict=True)
        )
    return type(one) is type(other) and one == other


TREE = {
    "tensors": [torch.ones(2), torch.zeros(0, dtype=torch.int64)],
    "a": {"b": torch.ones(1)},
    "a/b": torch.zeros(1),
    "keys": {0: torch.ones(3), "0": torch.zeros(3)},
    "plain": (None, True, 3, 0.1 + 0.2, float("inf"), "año"),
    "state": (torch.ones(1, 2), (torch.zeros(2),)),
    "empty": {},
}


def test_a_tree_comes_back_whole(path):
    save_tree(path, TREE, ABOUT)
    assert same(load_tree(path, ABOUT), TREE)


@pytest.mark.parametrize(
    "make",
    [
        lambda p: torch.optim.Adam(p, lr=0.1, betas=(0.5, 0.9)),
        lambda p: torch.optim.SGD(p, lr=0.1),
        lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
        lambda p: torch.optim.LBFGS(p, lr=0.1),
    ],
)
def test_any_optimizer_comes_back_whole(path, make):
    weight = nn.Parameter(torch.randn(3))
    optimizer = make([weight])

    def closure():
        optimizer.zero_grad()
        value = weight.square().sum()
        value.backward()
        return value

    optimizer.step(closure)
    save_tree(path, {"optimizer": optimizer.state_dict()}, {})
    found = load_tree(path)["optimizer"]
    assert same(found, optimizer.state_dict())
    make([nn.Parameter(torch.zeros(3))]).load_state_dict(found)


def test_a_tree_of_what_would_need_a_pickle_is_refused(path):
    with pytest.raises(TypeError, match=r"got Linear at '/net'; keep its st"):
        save_tree(path, {"net": nn.Linear(1, 1)}, {})
    assert not path.exists()


def test_a_key_that_would_not_come_back_is_refused(path):
    with pytest.raises(TypeError, match=r"got the key \(1, 2\) at '/a'; keep"):
        save_tree(path, {"a": {(1, 2): 3}}, {})
    assert not path.exists()


def test_a_sparse_tensor_is_refused_by_name(path):
    with pytest.raises(ValueError, match="expected 'w' to be dense, got torch"):
        save(path, {"w": torch.zeros(2).to_sparse()}, {})


def test_a_path_in_words_serves_too(path):
    save(str(path), {"w": torch.ones(2)}, {})
    assert load(str(path))[0]["w"].tolist() == [1, 1]


def test_tensors_alone_are_no_training(path):
    save(path, tensors(), ABOUT)
    with pytest.raises(ValueError, match=r"to hold a training.*load reads"):
        load_tree(path, ABOUT)


@pytest.mark.parametrize("bare", ["[", '{"tensor": "b"}', '{"a": 1, "b": 2}'])
def test_a_damaged_tree_is_refused(path, bare):
    save(path, {"a": torch.ones(1)}, {checkpoints.TREE: bare})
    with pytest.raises(ValueError, match="to hold a training"):
        load_tree(path)
