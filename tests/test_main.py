"""The command line: results on stdout, words on stderr, no traceback."""

import io
import json
import math
import subprocess
import sys
import types

import pytest
from pages import ROOT

from rnncourse import __main__ as program
from rnncourse.__main__ import found, main, table
from rnncourse.checkpoints import load, save
from rnncourse.commands import train

SMALL = [
    "train", "adding", "--length", "6", "--hidden-size", "4",
    "--batch-size", "8", "--every", "5",
]  # fmt: skip


def result(capsys, *arguments) -> list[dict]:
    assert main([*map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def refused(capsys, *arguments) -> str:
    """What is said on stderr; nothing is on stdout, and the code is 2."""
    assert main(list(map(str, arguments))) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    return err


@pytest.mark.parametrize("name", found())
def test_every_command_keeps_the_protocol(name, capsys):
    module = found()[name]
    line = module.__doc__.partition("\n")[0]
    assert line.endswith(".")
    assert callable(module.run)
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    assert line in capsys.readouterr().out


def test_help_lists_every_command_with_its_line(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    words = " ".join(capsys.readouterr().out.split())
    for name, module in found().items():
        assert f"{name} {module.__doc__.partition(chr(10))[0]}" in words


@pytest.mark.parametrize("argv", [[], ["juggle"], ["train"], ["train", "x"]])
def test_what_is_not_understood_ends_with_code_2(argv, capsys):
    with pytest.raises(SystemExit) as ended:
        main(argv)
    assert ended.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("usage: rnncourse")


def test_a_table_aligns_words_left_and_numbers_right():
    rows = [
        {"name": "a", "loss": 0.123456, "n": 1000},
        {"name": "long", "loss": None, "n": 7},
    ]
    assert table(rows).splitlines() == [
        "name    loss     n",
        "a     0.1235  1000",
        "long       -     7",
    ]


@pytest.fixture
def give(monkeypatch):
    """A command of our own, which returns the rows it is given here."""
    module, rows = types.ModuleType("give", "Give rows."), []
    vars(module).update(
        arguments=lambda parser: None, run=lambda args, tell: rows
    )
    monkeypatch.setattr(program, "found", lambda: {"give": module})
    return rows


def test_json_has_all_digits_and_null_for_what_is_no_number(capsys, give):
    give.append({"x": 1 / 3, "y": math.nan, "palabra": "año"})
    (row,) = result(capsys, "give")
    assert row == {"x": 1 / 3, "y": None, "palabra": "año"}


def test_no_row_is_an_empty_table_and_an_empty_list(capsys, give):
    assert main(["give"]) == 0
    assert capsys.readouterr().out == ""
    assert result(capsys, "give") == []


@pytest.mark.parametrize(
    "fault",
    [
        ValueError("expected a, got b"),
        OSError(28, "No space left on device"),
        ModuleNotFoundError("expected the package x: pip install x"),
        FloatingPointError("expected a finite loss"),
        RuntimeError("out of memory"),
    ],
)
def test_a_fault_is_one_line_on_stderr_and_code_2(fault, capsys, monkeypatch):
    def fails(args, tell):
        raise fault

    monkeypatch.setattr(train, "run", fails)
    said = refused(capsys, "train", "adding")
    assert said == f"rnncourse train: error: {fault}\n"


@pytest.mark.parametrize("task", train.TASKS)
@pytest.mark.parametrize("kind", train.KINDS)
def test_every_kind_of_layer_trains_on_every_task(task, kind, capsys):
    sizes = ["--length", "2", "--hidden-size", "4", "--batch-size", "8"]
    rows = result(
        capsys, "train", task, "--kind", kind, *sizes, "--steps", 3,
        "--every", 2, "--layers", 2,
    )  # fmt: skip
    assert [row["step"] for row in rows] == [2, 3]
    for row in rows:
        assert all(math.isfinite(value) for value in row.values())


def test_a_training_learns_what_needs_memory(capsys):
    *_, last = result(
        capsys, "train", "adding", "--length", 6, "--steps", 250,
        "--hidden-size", 16, "--rate", 0.02,
    )  # fmt: skip
    assert last["held_out"] < last["memoryless"] / 3


def test_without_memory_the_verb_is_one_of_eight():
    assert math.isclose(
        train.TASKS["agreement"](1, "en").memoryless, math.log(8)
    )
    assert math.isclose(
        train.TASKS["copy"](5, "en").memoryless, 10 * math.log(8) / 25
    )


def test_the_same_seed_gives_the_same_rows_and_another_does_not(capsys):
    one, same, other = (
        result(capsys, *SMALL, "--steps", 5, "--seed", seed)
        for seed in (0, 0, 1)
    )
    assert one == same
    assert one != other


def test_in_bfloat16_it_trains_too(capsys):
    rows, rough = (
        result(capsys, *SMALL, "--steps", 5, *more)
        for more in ([], ["--bfloat16"])
    )
    assert rows != rough
    assert math.isclose(rows[0]["loss"], rough[0]["loss"], rel_tol=0.1)


def test_a_resumed_training_gives_the_rows_of_an_uninterrupted_one(
    capsys, tmp_path
):
    file = ["--checkpoint", tmp_path / "run"]
    whole = result(capsys, *SMALL, "--steps", 15)
    first = result(capsys, *SMALL, "--steps", 5, *file)
    rest = result(capsys, *SMALL, "--steps", 15, *file, "--resume")
    assert first + rest == whole


def test_an_interrupted_training_keeps_its_checkpoint(
    capsys, tmp_path, monkeypatch
):
    path = tmp_path / "run"
    whole = result(capsys, *SMALL, "--steps", 15)

    def interrupted(steps, total):
        for step in steps:
            yield step
            if step.number == 7:
                raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(train, "progress", interrupted)
        assert main([*SMALL, "--steps", "15", "--checkpoint", str(path)]) == 130
    out, err = capsys.readouterr()
    assert out == ""
    assert "go on from it with --resume" in err
    rest = result(
        capsys, *SMALL, "--steps", 15, "--checkpoint", path, "--resume"
    )
    assert rest == whole[1:]  # from step 5 on


def test_interrupted_without_a_checkpoint_nothing_is_promised(
    capsys, monkeypatch
):
    def interrupted(steps, total):
        raise KeyboardInterrupt

    monkeypatch.setattr(train, "progress", interrupted)
    assert main([*SMALL, "--steps", "5"]) == 130
    assert capsys.readouterr().err == "interrupted\n"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--steps", "0"], "expected --steps to be at least 1, got 0"),
        (["--every", "0"], "expected --every to be at least 1, got 0"),
        (["--batch-size", "-1"], "expected --batch-size to be at least 1"),
        (["--hidden-size", "0"], "expected --hidden-size to be at least 1, g"),
        (["--layers", "0"], "expected --layers to be at least 1, got 0"),
        (["--length", "1"], "expected --length to be at least 2, got 1"),
        (["--clip", "0"], "expected --clip above 0, got 0.0"),
        (["--clip", "nan"], "expected --clip above 0, got nan"),
        (["--rate", "-1"], "expected --rate above 0, a finite one, got -1.0"),
        (["--rate", "nan"], "expected --rate above 0, a finite one, got nan"),
        (["--rate", "inf"], "expected --rate above 0, a finite one, got inf"),
        (["--rate", "1e30"], "a lower learning rate or clip=1.0 may help"),
        (["--resume"], "expected --checkpoint with --resume, got none"),
        (["--seed", "-1"], "expected --seed in 0..2**63 - 1, got -1"),
        (["--seed", str(2**63)], "expected --seed in 0..2**63 - 1, got 92"),
        (["--checkpoint", f"{__file__}/run"], "that lets nobody; choose"),
    ],
)
def test_what_makes_no_training_is_said(more, message, capsys):
    said = refused(capsys, *SMALL, "--steps", 10, *more)
    assert said.startswith("rnncourse train: error: ")
    assert message in said


@pytest.mark.parametrize("task", train.TASKS)
def test_the_shortest_length_of_a_task_trains_and_a_shorter_is_said(
    task, capsys
):
    least = train.SHORTEST[task]
    sizes = ["--hidden-size", 2, "--batch-size", 2, "--steps", 1, "--length"]
    assert result(capsys, "train", task, *sizes, least)
    said = refused(capsys, "train", task, *sizes, least - 1)
    assert f"expected --length to be at least {least}, got {least - 1}" in said


def test_a_checkpoint_is_not_written_over_by_mistake(capsys, tmp_path):
    path = tmp_path / "run"
    path.write_text("of somebody", "utf-8")
    said = refused(capsys, *SMALL, "--checkpoint", path)
    assert "go on from it with --resume, or choose another" in said
    assert path.read_text("utf-8") == "of somebody"


def test_a_checkpoint_that_cannot_be_resumed_is_said(capsys, tmp_path):
    path = tmp_path / "run"
    again = [*SMALL, "--checkpoint", path, "--resume", "--steps"]
    assert "expected a checkpoint at" in refused(capsys, *again, 9)
    result(capsys, *SMALL, "--steps", 5, "--checkpoint", path)
    assert "expected more than 5 steps" in refused(capsys, *again, 5)
    said = refused(capsys, *again, 9, "--kind", "GRU")
    assert "with kind 'GRU', got 'LSTM'" in said
    _, about = load(path)
    save(path, {}, {key: about[key] for key in train.MODEL})
    assert "to hold a training" in refused(capsys, *again, 9)
    path.write_bytes(b"\x80\x04.")  # a pickle
    assert "a pickle is never opened" in refused(capsys, *again, 9)


def test_as_a_module_it_prints_a_table_and_is_silent_on_stderr():
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "rnncourse", *SMALL, "--steps=6"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    names, *rows = map(str.split, done.stdout.splitlines())
    assert names == ["step", "loss", "held_out", "memoryless"]
    assert [row[0] for row in rows] == ["5", "6"]


@pytest.mark.parametrize(("said", "threads"), [(None, [1]), ("4", [])])
def test_a_command_takes_one_thread_unless_told(monkeypatch, said, threads):
    taken: list[int] = []
    monkeypatch.setattr(program.torch, "set_num_threads", taken.append)
    monkeypatch.setattr(program, "main", lambda: 0)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if said:
        monkeypatch.setenv("OMP_NUM_THREADS", said)
    with pytest.raises(SystemExit) as ended:
        program.start()
    assert ended.value.code == 0
    assert taken == threads


def test_a_letter_that_the_terminal_lacks_is_written_as_its_number(monkeypatch):
    raw = io.BytesIO()
    terminal = io.TextIOWrapper(raw, "cp1252", write_through=True)
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setattr(program, "main", lambda: print("año h₁", end=""))
    with pytest.raises(SystemExit):
        program.start()
    assert raw.getvalue() == b"a\xf1o h\\u2081"


def test_what_is_no_terminal_is_left_as_it_is(monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.setattr(program, "main", lambda: print("h₁", end=""))
    with pytest.raises(SystemExit):
        program.start()
    assert sys.stdout.getvalue() == "h₁"


def test_each_task_has_a_length_of_its_own(capsys):
    sizes = ["--hidden-size", 2, "--batch-size", 2, "--steps", 1]
    own = result(capsys, "train", "adding", *sizes)
    given = ["--length", train.LENGTHS["adding"], *sizes]
    assert (
        own[-1]["loss"] == result(capsys, "train", "adding", *given)[-1]["loss"]
    )
