"""What the build kept and can make again: used if it is whole.

The results of experiments, figures, claims and notebooks take minutes, and a
damaged one is an error that names it. What stands here takes moments: where it
is damaged it counts as absent, and is made anew.
"""

import base64
from pathlib import Path
from typing import Any

from jinja2.bccache import Bucket, BytecodeCache

from rnncourse import store


def read(path: Path) -> Any:
    """The result kept in an entry; None if it is absent or damaged."""
    try:
        return store.read(path)
    except (FileNotFoundError, store.StoreError):
        return None


def read_bytes(path: Path) -> bytes | None:
    """What `write_bytes` kept; None if it is absent or damaged."""
    text = read(path)
    return None if text is None else base64.b64decode(text)


def write_bytes(path: Path, content: bytes) -> None:
    """Keep bytes: whole or not at all."""
    store.write(path, base64.b64encode(content).decode("ascii"))


class Templates(BytecodeCache):
    """Compiled templates; their bytecode is not run without its checksum."""

    def load_bytecode(self, bucket: Bucket) -> None:
        content = read_bytes(_template(bucket))
        if content is not None:
            bucket.bytecode_from_string(content)

    def dump_bytecode(self, bucket: Bucket) -> None:
        write_bytes(_template(bucket), bucket.bytecode_to_string())


def _template(bucket: Bucket) -> Path:
    return store.folder().parent / "templates" / f"{bucket.key}.json"
