"""The network: the only package that opens connections, and only for commands whose purpose that is."""
