"""Write a Space with made-up tokens: `python -m tests.spaces NAME FOLDER`."""

import sys
from pathlib import Path

from tests.spaces import build

build(sys.argv[1], Path(sys.argv[2]))
