"""A project of two pages with this one's machinery, to break at will."""

import hashlib
import logging
import shutil
from pathlib import Path
from types import TracebackType

import yaml
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort

ROOT = Path(__file__).parents[2]
ADDRESS = "https://example.org/course/"

FIGURE = '''"""Figures."""
from rnncourse.experiments.demo import numbers
from rnncourse.figures.style import Drawing, Say, canvas


def line(say: Say) -> Drawing:
    """A line."""
    figure, axes = canvas(4.0, 2.0)
    axes.plot([0, numbers()["half"]])
    axes.set_xlabel(say(es="pasos", en="steps"))
    return Drawing(
        figure,
        alt=say(es="Una recta que sube.", en="A line that goes up."),
        caption=say(es="Una recta, $x$.", en="A line, $x$."),
    )
'''
CLAIM = '''"""Claims."""
from rnncourse.claims import Claim


def small() -> Claim:
    """It is small."""
    return Claim(
        value=0.25,
        bound=0.5,
        relation="<=",
        es="Vale {value:.2f} en $x = {value:.2f}$.",
        en="It is {value:.2f} in $x = {value:.2f}$.",
    )
'''
EXPERIMENT = '''"""Experiments."""
from rnncourse.store import kept


@kept
def numbers() -> dict[str, float]:
    """Numbers."""
    return {"half": 0.5, "many": 12345.0}
'''
SNIPPET = """# --8<-- [start:sum]
print(1 + 1)
# > 2
# --8<-- [end:sum]
"""
LAB = """# ---
# jupyter:
#   chapter: index
# ---

# %% [markdown] tags=["es"]
# # Cuaderno { #lab }
#
# Un cuaderno de prueba, con una cuenta y un dibujo de una recta que sube.
#
# ## Cuenta { #sum }
#
# Se suma $1 + 1$, como en el [inicio](../index.md#part).

# %% [markdown] tags=["en"]
# # Notebook { #lab }
#
# A notebook to test with, with a sum and a drawing of a line that goes up.
#
# ## Sum { #sum }
#
# It adds $1 + 1$, as at the [start](../index.md#part).

# %%
from rnncourse import lab

print(lab.say(es="suma", en="sum"), 1 + 1)

# %%
figure, axes = lab.canvas()
axes.plot([0, 1])
lab.show(figure, lab.say(es="Una recta.", en="A line."))
"""
PAGES = {
    "es/index.md": """---
description: Una página de prueba, con lo que puede haber en una página.
prerequisites: []
---

# Prueba { #index }

Vale [[value demo.numbers half .2f]] y $x = [[value demo.numbers half .1f]]$.

## Una parte { #part }

\\begin{equation}
h_t = \\tanh(a_t) \\label{eq:h}
\\end{equation}

Véase $\\eqref{eq:h}$ y [la otra](demo.md#end).

[[figure demo.line]]

[[claim demo.small]]

La palabra prueba se explica.

```python
--8<-- "snippets/demo.py:sum"
```
""",
    "es/demo.md": """---
description: Otra página de prueba.
prerequisites: [index]
---

# Otra { #demo }

Se llega al [inicio](index.md#part). Con título acentuado.

## Fin { #end }

Fin.
""",
}
ENGLISH = {
    "Prueba": "Test",
    "Vale": "It is",
    " y ": " and ",
    "Una parte": "A part",
    "Véase": "See",
    "la otra": "the other",
    "Otra": "Other",
    "inicio": "start",
    "Fin": "End",
}


def write(root: Path) -> None:
    """The project's files under `root`; what is not at stake is linked."""
    for name in ("node_modules", "README.md", "LICENSE", "LICENSE-text"):
        _link(root, name)
    for name in (
        "docs/hooks",
        "docs/theme",
        "pyproject.toml",
        "tests/test_claims.py",
    ):
        _link(root, name)
    shutil.copytree(ROOT / "docs/assets", root / "docs/assets")
    shutil.copytree(
        ROOT / "rnncourse",
        root / "rnncourse",
        ignore=lambda folder, names: [
            name
            for name in names
            if name == "__pycache__"
            or (
                Path(folder).name in ("figures", "claims", "experiments")
                and name not in ("__init__.py", "style.py")
            )
        ],
    )
    (root / "rnncourse/__init__.py").write_text('"""Nothing to import."""\n')
    files = {
        "rnncourse/figures/demo.py": FIGURE,
        "rnncourse/claims/demo.py": CLAIM,
        "rnncourse/experiments/demo.py": EXPERIMENT,
        "snippets/demo.py": SNIPPET,
        "labs/demo.py": LAB,
    }
    for name, text in PAGES.items():
        files[f"docs/{name}"] = text
        for spanish, english in ENGLISH.items():
            text = text.replace(spanish, english)
        files[f"docs/{name.replace('es/', 'en/')}"] = text
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    settings = (ROOT / "mkdocs.yml").read_text("utf-8")
    before, _, after = settings.partition("nav:\n")
    after = after[after.index("\nextra:") :]
    pages = ["index.md", "demo.md", "labs/demo.ipynb", "claims.md"]
    nav = yaml.safe_dump({"nav": pages})
    (root / "mkdocs.yml").write_text(before + nav + after, "utf-8")


def _link(root: Path, name: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(ROOT / name)


class Messages(logging.Handler):
    """The warnings and errors of a build."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())

    def __enter__(self) -> "Messages":
        logging.getLogger("mkdocs").addHandler(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        logging.getLogger("mkdocs").removeHandler(self)


def attempt(
    root: Path, address: str = ADDRESS, **options: object
) -> tuple[bool, str]:
    """Build strictly, as the command does: did it go well, and why not?"""
    config = load_config(
        str(root / "mkdocs.yml"), strict=True, site_url=address, **options
    )
    with Messages() as messages:
        config.plugins.on_startup(command="build", dirty=False)
        try:
            build(config)
        except Abort as error:
            return False, "\n".join([*messages.texts, str(error)])
        except Exception as error:
            return False, f"{type(error).__name__}: {error}"
        finally:
            config.plugins.on_shutdown()
    return True, "\n".join(messages.texts)


def digest(folder: Path) -> str:
    """Of every file of a folder."""
    state = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            state.update(path.relative_to(folder).as_posix().encode())
            state.update(path.read_bytes())
    return state.hexdigest()
