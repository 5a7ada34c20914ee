"""A package with its settings in one module."""
