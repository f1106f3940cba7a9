"""What `make bench` says of this machine, and the tables of what it records."""

import json
import re
import shutil
import statistics
import sys

import pytest
import torch
from hooks import evidence, tables

from benchmarks import about, build, compare, layers, others
from benchmarks.compare import Row
from benchmarks.gpu import WON, as_chosen, as_long
from benchmarks.story import overrun
from rnncourse import recorded, store
from rnncourse.engines import native, rule
from rnncourse.engines.fused.sizes import FASTER
from rnncourse.engines.table import Task
from rnncourse.evidence import Job
from rnncourse.figures import performance
from rnncourse.words import LANGUAGES, Say


def line(kind="GRU", mode="train", N=1, ms=2.0, **ratio):
    shape = {"kind": kind, "mode": mode, "N": N, "T": 8, "H": 4}
    return shape | {"torch_ms": ms, "ratio": ratio}


def test_a_machine_twice_as_fast_has_the_same_ratios():
    published = [line(N=N, ms=2.0 * N, bptt=2.0, again=1.0) for N in (1, 8)]
    here = [line(N=N, ms=1.0 * N, bptt=2.0, again=1.0) for N in (1, 8)]
    time, ours, again = compare.of_layers(published, here)
    assert time.time
    assert time.better == pytest.approx(2, rel=1e-3)
    assert (ours.name, ours.better) == ("GRU train, bptt", 1.0)
    said = compare.report([time, ours, again])
    assert "faster: x 2.00" in said
    assert "Of 2 ratios, 2 are as published" in said


def test_only_what_both_measured_is_compared():
    published = [line(bptt=2.0, loop=0.5), line(N=8, bptt=9.0)]
    here = [line(bptt=3.0, native=4.0), line(N=32, bptt=7.0)]
    rows = {row.name: row for row in compare.of_layers(published, here)}
    assert rows.keys() == {"GRU train, torch.nn, ms", "GRU train, bptt"}
    assert rows["GRU train, bptt"].published == 2.0
    assert rows["GRU train, bptt"].here == 3.0


@pytest.mark.parametrize(
    ("here", "time", "word"),
    [
        (2.1, False, "as published"),
        (3.0, False, "better"),
        (1.5, False, "worse"),
        (3.0, True, "slower"),
        (1.5, True, "faster"),
    ],
)
def test_a_verdict_is_of_a_ratio_or_of_a_time(here, time, word):
    assert Row("x", 2.0, here, time).verdict(1.1) == word


def test_where_torch_strays_from_itself_no_smaller_difference_counts():
    rows = [Row("GRU train, again", 1.0, 0.8), Row("GRU train, bptt", 2.0, 1.7)]
    assert compare.noise(rows) == 1.25
    time = Row("GRU train, torch.nn, ms", 1.0, 1.0, time=True)
    said = compare.report([time, *rows])
    assert "2 are as published" in said
    assert "strays from itself" in said
    assert "strays" not in compare.report([time, rows[1]])


@pytest.mark.parametrize(
    ("amd", "record"), [(True, "layers-cpu-amd"), (False, "layers-cpu")]
)
def test_every_published_number_of_a_part_is_there_to_be_compared(
    amd, record, monkeypatch
):
    monkeypatch.setattr(layers, "of_amd", lambda: amd)
    assert layers.name() == record
    lines = compare.published(record)["shapes"]
    known = {compare.key(line) for line in lines}
    for mode in layers.MODES:
        shapes = compare.chosen(mode)
        assert shapes
        for kind in layers.KINDS:
            for N, T, H in shapes:
                assert (kind, mode, N, T, H) in known


def test_what_the_page_says_of_another_processor_was_measured():
    """In words: how far ahead each engine is there, and here."""
    here, there = map(compare.published, ("layers-cpu", "layers-cpu-amd"))

    def mean(record, kind, engine):
        return record["summary"][f"{kind}_train"][engine]["geomean"]

    for kind in ("rnn", "gru"):
        assert mean(there, kind, "native") > 1.2 * mean(here, kind, "native")
        lead = mean(there, kind, "bptt") / mean(here, kind, "bptt")
        assert lead == pytest.approx(1, abs=0.15)
    assert mean(there, "lstm", "bptt") == pytest.approx(0.5, abs=0.1)
    lead = mean(there, "lstm", "native") / mean(here, "lstm", "native")
    assert lead == pytest.approx(1, abs=0.15)
    named = there["shapes"][18]
    assert [named[key] for key in ("kind", "mode", "N", "T", "H")] == [
        *("RNN", "train", 128, 64, 256)
    ]
    assert named["fraction_native"] > 1
    assert there["onednn_over_mkl"] > 2
    for kind in ("rnn", "gru", "lstm"):
        peaks = [
            one["summary"][f"{kind}_train"]["peak"] for one in (here, there)
        ]
        assert peaks[0] < peaks[1] < 1.25 * peaks[0]
    for record, least, most in ((here, 1, 1.15), (there, 1.5, 2)):
        named = record["shapes"][19]
        assert [named[key] for key in ("kind", "mode", "N", "T", "H")] == [
            *("RNN", "train", 128, 16, 512)
        ]
        assert least < named["ratio"]["bptt"] < most


def test_nothing_is_compiled_where_time_is_short():
    assert not set(compare.chosen("train")) & set(layers.COMPILED)


def test_the_comparison_writes_nothing(monkeypatch, capsys):
    before = recorded.digest()
    monkeypatch.setattr(sys, "argv", ["benchmarks"])
    monkeypatch.setattr(compare, "compare", lambda: print("compared"))
    monkeypatch.setattr(compare.subprocess, "run", None)
    compare.main()
    assert capsys.readouterr().out == "compared\n"
    assert recorded.digest() == before


def test_recording_runs_every_part(monkeypatch):
    ran = []
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--record"])
    monkeypatch.setattr(
        compare.subprocess, "run", lambda command, check: ran.append(command[2])
    )
    compare.main()
    assert ran == [f"benchmarks.{part}" for part in compare.RECORDED]


# --- What the page shows of it ----------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", tables.TABLES)
def test_a_table_is_whole_and_in_its_language(name, language):
    say = Say(language)
    rows = tables.TABLES[name](recorded.results, say).splitlines()
    if rows and rows != [tables.absent(say)]:
        columns = {row.count(" | ") for row in rows if row[0] == "|"}
        assert len(columns) <= 1
        assert len(rows) > 2


def test_numbers_of_a_table_are_written_in_its_language():
    es, en = (tables.story(recorded.results, Say(la)) for la in ("es", "en"))
    assert re.search(r"\| \d,\d\d \|", es)
    assert re.search(r"\| \d\.\d\d \|", en)


@pytest.mark.parametrize(
    "name", set(tables.TABLES) - {"machines", "gpu", "gpu_graphs"}
)
def test_a_table_of_nothing_says_so(name):
    for language in LANGUAGES:
        say = Say(language)
        assert tables.TABLES[name](lambda _: None, say) == tables.absent(say)


def test_an_unknown_table_is_named(tmp_path):
    shower = evidence.Shower("docs/es/a.md", "es", tmp_path, str, str)
    with pytest.raises(evidence.EvidenceError, match="expected one of: train"):
        shower.shown("[[table trainning]]")
    with pytest.raises(evidence.EvidenceError, match="table name"):
        shower.shown("[[table]]")


def test_other_results_are_another_figure(tmp_path):
    folder = tmp_path / recorded.FOLDER
    folder.mkdir(parents=True)
    (folder / "a.json").write_text(json.dumps({"x": 1}))
    first = recorded.digest(tmp_path)
    assert recorded.results("a", tmp_path) == {"x": 1}
    assert recorded.results("b", tmp_path) is None
    (folder / "a.json").write_text(json.dumps({"x": 2}))
    assert recorded.digest(tmp_path) != first
    job = Job("figures", "performance.shapes", "es", "light")
    assert recorded.digest() in job.arguments()
    other = Job("figures", "lstm.gates", "es", "light")
    assert other.arguments() == ["es", "light"]


def test_the_lines_that_the_page_names_are_those_it_means():
    lines = recorded.results("story-cpu")["shapes"]
    for k, kind in ((6, "RNN"), (7, "GRU"), (8, "LSTM")):
        shape = [lines[k][name] for name in ("kind", "N", "T", "H")]
        assert shape == [kind, 32, 128, 128]


def test_a_gpus_lines_are_tables():
    def gpu(kind, H, N, precision="default", **ratio):
        shape = {"kind": kind, "H": H, "N": N, "T": 8, "mode": "train"}
        return shape | {"precision": precision, "ratio": ratio}

    lines = [
        gpu("lstm", 16, 1, triton=2.0, again=1.0),
        gpu(
            "lstm", 16, 32, triton=0.5, bptt_graph=0.5, torch_graph=2.0, again=1
        ),
        gpu("gru", 64, 1, "bf16", triton=4.0, again=1.0),
        gpu("gru", 64, 1, triton=3.0, again=1.0),
    ]
    read = {"layers-gpu": {"shapes": lines, "device": "a GPU"}}.get
    by_type = tables.gpu(read, Say("en"))
    assert (
        "`float32`, $T = 8$: `triton` | — | 3.00 (3.00–\u20603.00) | 1.00 (0.50"
        in by_type
    )
    assert "$T = 8$: `bptt`, in graphs | — | — | 0.25" in by_type
    noise = [line for line in by_type.splitlines() if "noise" in line]
    assert noise == by_type.splitlines()[-1:]
    by_shape = tables.gpu_shapes(read, Say("es")).splitlines()
    assert by_shape[0] == "| $T$: 8 | $H$ | $N$: 1 | 32 |"
    assert "| LSTM | 16 | 2,00 | 0,50 |" in by_shape
    assert "| GRU | 64 | 3,00 | — |" in by_shape


def test_in_graphs_a_gpus_kernels_are_compared_with_cudnns():
    shape = {"kind": "gru", "H": 64, "T": 8, "mode": "train"}
    lines = [
        shape | {"N": N, "precision": "default", "ratio": ratio}
        for N, ratio in (
            (1, {"triton_graph": 3.0, "torch_graph": 2.0}),
            (2, {"torch_graph": 2.0}),
        )
    ]
    read = {"layers-gpu": {"shapes": lines}}.get
    assert "| GRU | 64 | 1.50 |" in tables.gpu_graphs(read, Say("en"))
    assert tables.gpu_graphs({}.get, Say("en")) == ""


KINDS = {"RNN": "tanh", "GRU": "gru", "LSTM": "lstm"}


@pytest.mark.parametrize("here", [True, False], ids=["native", "no compiler"])
@pytest.mark.parametrize(
    ("amd", "record"), [(True, "layers-cpu-amd"), (False, "layers-cpu")]
)
def test_the_rule_of_a_cpu_is_what_was_measured(amd, record, here, monkeypatch):
    """What is chosen was not slower: noise is that of the record's mode."""
    monkeypatch.setattr("rnncourse.engines.of_amd", lambda: amd)
    monkeypatch.setattr(native, "hindrance", lambda *_: None if here else "")
    lines = recorded.results(record)["shapes"]
    for line in lines:
        mode, ratio = line["mode"], {"torch": 1.0} | line["ratio"]
        task = Task(
            *(KINDS[line["kind"]], line["T"], line["N"], line["H"]),
            packed=mode == "packed",
            projected=False,
            learning=mode != "infer",
        )
        chosen = rule(torch.zeros(1), task)
        assert ratio[chosen] > 0.95, (task, chosen)
        if here:
            strayed = compare.noise(
                Row(", again", 1.0, other["ratio"]["again"])
                for other in lines
                if other["mode"] == mode
            )
            best = max(ratio["bptt"], ratio["native"])
            most = max(compare.TOLERANCE, strayed)
            assert best / ratio[chosen] < most, (task, chosen)


def test_the_rule_of_a_gpu_is_what_was_measured():
    shapes = recorded.results("layers-gpu")["shapes"]
    names = {
        "default": torch.float32,
        "tf32": torch.float32,
        "bf16": torch.bfloat16,
        "ieee": None,  # never by the table
    }
    for (kind, dtype, learning), boxes in FASTER.items():
        for T, H, first, last in boxes:
            ratios = [
                line["ratio"].get("triton", 0)
                for line in shapes
                if line["kind"] == kind
                and names[line["precision"]] == dtype
                and (line["mode"] == "train") == learning
                and line["T"] >= T
                and line["H"] <= H
                and first <= line["N"] <= last
            ]
            assert ratios
            assert min(ratios) >= WON


@pytest.mark.parametrize("name", ["layers-gpu", "layers-gpu-h100"])
def test_the_rule_of_a_gpu_holds_on_another(name):
    found = recorded.results(name)
    assert found["as_chosen"] == as_chosen(found["shapes"])
    assert found["as_chosen"]["shapes"] > 200
    assert found["as_chosen"]["least"] >= WON
    least = min(  # of a step that Python alone keeps waiting
        line["torch_ms"] / line["ratio"]["triton"]
        for line in found["shapes"]
        if (line["mode"], line["T"]) == ("train", 512)
        and "triton" in line["ratio"]
    )
    assert 0.7 < least < 1.4
    assert as_chosen(found["shapes"][:1]) == {"shapes": 0}


def test_what_the_page_says_of_a_gpu_is_so():
    shapes = recorded.results("layers-gpu")["shapes"]

    def ratios(kind, precision="default", mode="train", few=0, many=10**6):
        return {
            (line["H"], line["N"]): line
            for line in shapes
            if (line["kind"], line["precision"]) == (kind, precision)
            and (line["T"], line["mode"]) == (512, mode)
            and few <= line["N"] <= many
            and "triton" in line["ratio"]
        }.values()

    eager = [line["ratio"]["triton"] for line in ratios("gru", few=128)]
    assert min(eager) > 1.3
    assert max(eager) > 5
    for kind in ("tanh", "gru", "lstm"):
        few = [line["ratio"]["triton"] for line in ratios(kind, many=16)]
        assert max(few) < 1

    def won(lines):
        return [
            line["ratio"]["triton_graph"] > line["ratio"]["torch_graph"]
            for line in lines
        ]

    both = won([*ratios("tanh"), *ratios("gru")])
    assert statistics.mean(both) > 0.9
    assert all(won(ratios("lstm", few=128)))
    assert all(won(line for line in ratios("lstm") if line["H"] == 16))
    for kind in ("tanh", "gru", "lstm"):  # the same shapes in both
        low = {(x["H"], x["N"]): x for x in ratios(kind, "bf16")}
        for line in ratios(kind):
            other = low.get((line["H"], line["N"]))
            if other:
                assert other["torch_ms"] > line["torch_ms"]
                ours = [
                    x["torch_ms"] / x["ratio"]["triton"] for x in (line, other)
                ]
                assert 0.5 < ours[1] / ours[0] < 2, line
    flash = recorded.results("flashrnn-gpu")
    assert flash["as_long"] == as_long(flash["shapes"])
    assert flash["as_long"]["least"] > 1


def test_what_the_page_says_of_the_recorded_numbers_is_so():
    found = recorded.results("story-cpu")
    story = found["shapes"]
    assert found["overrun"] == overrun(story, found["call_us"])
    least, median, most = found["overrun"].values()
    assert 0.99 < least < 1.01  # never less than foretold
    assert 1.5 < median < 2 < most < 3
    for line in story:
        counts = line["operations"]
        assert counts["bptt"] < counts["loop"]
        if line["kind"] == "LSTM":  # one call to oneDNN each way
            assert counts["torch"] < line["T"]
        else:
            assert counts["torch"] > 10 * line["T"]
        assert 0.6 < line["gain"]["by_hand"] < 1.5
    fused = {
        (line["kind"], line["N"], line["H"]): line["gain"].get("fused")
        for line in story
    }
    for kind in ("GRU", "LSTM"):  # more with a small batch than with a large
        assert fused[kind, 1, 64] > fused[kind, 32, 256]
    lines = recorded.results("others-cpu")["shapes"]
    for line in lines:
        ratio = line["ratio"]
        if line["N"] == 1:
            assert min(ratio["jax"], ratio["keras"]) > ratio["bptt"]
        elif line["H"] >= 128:
            assert max(ratio["jax"], ratio["keras"]) < ratio["bptt"]


@pytest.mark.parametrize("record", ["layers-cpu", "layers-cpu-amd"])
def test_what_has_to_be_returned_is_two_thirds_of_a_large_shape(record):
    for line in recorded.results(record)["shapes"]:
        if (line["kind"], line["mode"]) == ("RNN", "train"):
            T, N, H = (line[name] for name in "TNH")
            share = 2 * 4 * T * N * H / line["peak_bytes"]["torch"]
            if T * N >= 8 * H:
                assert 0.6 < share < 0.68
            else:
                assert share < 0.6


def test_a_record_says_of_which_code_it_speaks(monkeypatch):
    listed = tables.machines(recorded.results, Say("en"))
    for item in listed.splitlines():
        name = item.split("`")[1]
        assert f"commit `{recorded.results(name)['commit']}`" in item
    said = {"status": "", "rev-parse": "abc1234"}
    monkeypatch.setattr(about, "git", lambda word, *_: said[word])
    assert about.made()["commit"] == "abc1234"
    said["status"] = " M rnncourse/rnn.py"
    assert about.about("torch")["commit"] == "abc1234+"
    one = {"date": "2026-11-01", "device": "a GPU", "versions": {"torch": "2"}}
    assert tables.machines({"layers-gpu": one}.get, Say("es")) == (
        "- `layers-gpu`, 2026-11-01: a GPU; torch 2."
    )


def test_a_build_is_a_table_of_what_was_measured_and_is_allowed():
    seconds = {"store": 100.0, "warm": 8.25, "twice_store": 190.0}
    found = {"seconds": seconds, "pages": [40, 72], "most": build.MOST}
    rows = tables.building({"build": found}.get, Say("es")).splitlines()
    assert "| con los experimentos ya hechos | 100 | 240 |" in rows
    assert "| otra vez, sin cambios | 8,2 | 12 |" in rows
    assert (
        "| 72 páginas en lugar de 40, con los experimentos | 190 | — |" in rows
    )
    assert len(rows) == 5


def test_a_build_s_edits_find_what_they_change(tmp_path):
    drawing = (store.ROOT / "rnncourse/figures/rnn.py").read_text("utf-8")
    assert build.DESCRIBED.search(drawing)
    (tmp_path / "docs" / "es").mkdir(parents=True)
    (tmp_path / "docs" / "en").mkdir()
    shutil.copy(store.ROOT / "mkdocs.yml", tmp_path)
    for language in LANGUAGES:
        (tmp_path / "docs" / language / "rnn.md").write_text(language)
    build.double(tmp_path)
    nav = (tmp_path / "mkdocs.yml").read_text("utf-8")
    assert "      - rnn.md\n      - rnn-again.md\n" in nav
    assert nav.count("-again.md") == 1
    again = tmp_path / "docs" / "en" / "rnn-again.md"
    assert again.read_text() == "en"
    line = "INFO - evidence: figure rnn.cell (es dark), 1.5 s, 3 left"
    assert build.RESULT.findall(line) == ["1.5"]


def test_what_others_lack_is_named_with_the_way_out(monkeypatch):
    monkeypatch.setattr("benchmarks.others.find_spec", lambda name: None)
    assert "pip install -e . jax keras" in others.missing()
    monkeypatch.setattr("benchmarks.others.find_spec", lambda name: name)
    assert others.missing() == ""


def test_a_plot_of_what_was_not_recorded_says_how_to(monkeypatch):
    monkeypatch.setattr(performance, "results", lambda name: None)
    with pytest.raises(ValueError, match="RECORD=1` writes it"):
        performance._recorded("layers-cpu")
