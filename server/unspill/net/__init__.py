"""The network: the only package that opens a connection, and only for a command whose purpose that is.

`check`, `fix`, `run` and the language server never import it (tests/test_architecture.py).
"""
