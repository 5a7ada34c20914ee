"""`python -m unspill`."""

import sys

from unspill.cli import main

if __name__ == "__main__":
    sys.exit(main())
