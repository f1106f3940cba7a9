"""What the processes that the build starts may know of whoever started it.

A figure or a notebook runs code of the chapters, whose outputs are published:
it sees no token, no address of a service and nothing else that this list does
not name. Its layers run by one engine, wherever the build runs.
"""

import os

from rnncourse import store

ALLOWED = frozenset(
    {
        *("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "VIRTUAL_ENV"),
        *("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"),
        *("LANG", "TZ", "SOURCE_DATE_EPOCH", "OMP_NUM_THREADS"),
        *("PYTHONPATH", "PYTHONHASHSEED", "PYTHONUTF8", "MPLCONFIGDIR"),
        *("PYTHONDONTWRITEBYTECODE", "RNNCOURSE_CACHE"),
        # without these nothing starts on Windows
        *("SYSTEMROOT", "WINDIR", "COMSPEC", "PATHEXT", "TEMP", "TMP"),
        *("USERPROFILE", "APPDATA", "LOCALAPPDATA"),
    }
)


def allowed(**more: str) -> dict[str, str]:
    """The environment of a process: what is allowed of ours, and more."""
    ours = {
        name: value
        for name, value in os.environ.items()
        if name in ALLOWED or name.startswith("LC_")
    }
    return ours | {"RNNCOURSE_ENGINE": store.ENGINE} | more
