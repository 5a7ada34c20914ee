"""What talks to providers, against servers on this machine that answer as they do, or worse."""
