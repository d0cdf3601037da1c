"""Write the schemas: ``python -m askwire_protocol.schema [FOLDER]``; the folder is ``docs/schema`` by default."""

from __future__ import annotations

import sys
from pathlib import Path

from askwire_protocol.schema.files import render_files


def main(arguments: list[str]) -> int:
    """Write the files into the folder, which has to be there; returns the exit code."""
    folder = Path(arguments[0] if arguments else "docs/schema")
    if len(arguments) > 1 or not folder.is_dir():
        sys.stderr.write(f"usage: python -m askwire_protocol.schema [FOLDER]; there is no folder {folder}\n")
        return 2
    files = render_files()
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{len(files)} files written to {folder}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
