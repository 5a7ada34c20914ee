"""Checks: what is wrong with a project though no pattern shows it. One module per subject."""
