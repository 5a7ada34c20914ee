"""Copy the pictures of the last run of `tests/editors/test_vscode.py` to where the documents show them.

`python -m tests.editors.pictures`, after `pytest tests/editors/test_vscode.py`; look at each before it is committed.
"""

from __future__ import annotations

import shutil
import sys

from tests.editors import kit

_SHOWN = ("problems", "fix", "preview", "masked")


def main() -> int:
    """Copy, and say what was copied. 1 if a picture is missing."""
    missing = [name for name in _SHOWN if not (kit.PICTURES / f"{name}.png").exists()]
    if missing:
        print(f"{', '.join(missing)}: not in {kit.PICTURES}; run pytest tests/editors/test_vscode.py first")
        return 1
    for name in _SHOWN:
        print(shutil.copyfile(kit.PICTURES / f"{name}.png", kit.EXTENSION / "media" / f"{name}.png"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
