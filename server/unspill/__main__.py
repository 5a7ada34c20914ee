"""`python -m unspill`. Python has looked for `unspill` in the working folder first: `python -I -m unspill` does not."""

import sys

if __name__ == "__main__":
    # What is scanned must not be imported, whatever its files are called; nothing else was imported yet.
    if not (sys.flags.isolated or getattr(sys.flags, "safe_path", False)):
        del sys.path[0]

    from unspill.cli import main

    sys.exit(main())
