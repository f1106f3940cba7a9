"""The check of the mutants notices what it is there to notice."""

import pytest
import survivors

NAMES = ["m.f", "m.C.g"]
KILLED = {f"m.x_f__mutmut_{k}": "killed" for k in range(1, 40)}
FOUND = KILLED | {"m.xǁCǁg__mutmut_1": "survived"}
REASONS = {"m.C.g: a = b + c -> a = b - c": "c is 0"}
DIFF = """--- m.py
+++ m.py
@@ -1,2 +1,2 @@
 def g(b, c):
-    a = b + c
+    a = b - c"""


def problems(names=NAMES, found=FOUND, reasons=REASONS):
    return survivors.problems(names, found, lambda _: DIFF, reasons)


def test_a_run_with_every_survivor_explained_passes():
    assert problems() == []


def test_a_function_without_mutants_is_told():
    (said,) = problems([*NAMES, "m._h"])
    assert said.startswith("no mutants of m._h")


def test_a_function_may_be_without_mutants_for_a_reason():
    why = {"m.h": "it is decorated"}
    assert problems([*NAMES, "m.h"], reasons=REASONS | why) == []
    (said,) = problems(reasons=REASONS | why)
    assert said == "explained, yet not among the survivors: m.h"


@pytest.mark.parametrize("outcome", survivors.UNDECIDED)
def test_an_undecided_mutant_is_told(outcome):
    (said,) = problems(found=FOUND | {"m.x_f__mutmut_1": outcome})
    assert said.startswith(f"m.x_f__mutmut_1 was not decided ({outcome})")


def test_the_share_of_the_killed_is_enough_at_95_percent():
    nineteen = dict(list(KILLED.items())[:19])
    lived = {"m.xǁCǁg__mutmut_1": "no tests"}
    assert problems(found=nineteen | lived) == []
    nineteen.popitem()
    (said,) = problems(found=nineteen | lived)
    assert said == "expected 95% killed, got 94.7%"


def test_a_survivor_without_a_reason_is_told():
    (said,) = problems(reasons={})
    assert said == (
        "survived without a reason: m.C.g: a = b + c -> a = b - c "
        "(m.xǁCǁg__mutmut_1)"
    )


@pytest.mark.parametrize("outcome", ["killed", "timeout", "segfault"])
def test_a_reason_for_what_did_not_survive_is_told(outcome):
    (said,) = problems(found=FOUND | {"m.xǁCǁg__mutmut_1": outcome})
    assert said.startswith("explained, yet not among the survivors: m.C.g: a")


def test_the_name_of_a_mutant_tells_its_function():
    assert survivors.function_of("a.b.x_f__mutmut_12") == "a.b.f"
    assert survivors.function_of("a.b.x__f__mutmut_1") == "a.b._f"
    assert survivors.function_of("a.xǁCǁ__init____mutmut_1") == "a.C.__init__"


def test_outcomes_are_read_from_mutmut_s_list():
    assert survivors.outcomes(
        "    a.x_f__mutmut_1: killed\n"
        "    a.x_f__mutmut_2: check was interrupted by user\n\n"
    ) == {
        "a.x_f__mutmut_1": "killed",
        "a.x_f__mutmut_2": "check was interrupted by user",
    }


def test_the_table_counts_every_function_also_those_without_mutants():
    assert survivors.table([*NAMES, "m.h"], FOUND) == [
        "    1 mutants   1 alive  m.C.g",
        "   39 mutants   0 alive  m.f",
        "    0 mutants   0 alive  m.h",
    ]


def test_functions_are_those_that_do_something(tmp_path):
    path = tmp_path / "m" / "__init__.py"
    path.parent.mkdir()
    path.write_text(
        "def f():\n    return 1\n"
        "class C:\n"
        "    def g(self):\n        'It adds.'\n        return 2\n"
        "    def h(self):\n        raise NotImplementedError\n"
    )
    found = survivors.functions(path, tmp_path)
    assert list(found) == ["m.f", "m.C.g"]
    assert found["m.f"] == "def f():\n    return 1"


def test_every_reason_is_of_a_line_that_stands_in_its_function():
    written = {
        name: " ".join(source.split())
        for path in survivors.sources()
        for name, source in survivors.functions(path).items()
    }
    for one, why in survivors.explained().items():
        name, _, change = one.partition(": ")
        was, _, became = change.partition(" -> ")
        assert was in written[name]
        assert became != was or not change
        assert why
