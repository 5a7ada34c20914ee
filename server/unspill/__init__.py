"""unspill: find the token while it is being typed, and move it to where secrets live."""

__version__ = "0.1.0"
