"""Dead relative links in the Markdown files of this repository: `python -m tools.links`. 1 if there are any."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|<img[^>]+src=\"([^\"]+)\"")
_ROOT = Path(__file__).resolve().parent.parent


def dead(file: Path) -> list[str]:
    """The relative links of a Markdown file that lead nowhere."""
    found = []
    for match in _LINK.finditer(file.read_text(encoding="utf-8")):
        target = (match[1] or match[2]).split("#")[0]
        if target and "://" not in target and not target.startswith("mailto:") and not (file.parent / target).exists():
            found.append(target)
    return found


def main() -> int:
    """Print every dead link as `file: link`."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=_ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\n")  # fmt: skip
    bad = [(name, link) for name in listed if name and "tests/spaces/" not in name for link in dead(_ROOT / name)]
    for name, link in bad:
        print(f"{name}: {link} does not exist")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
