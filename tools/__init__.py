"""Scripts for developing unspill; none is part of the package."""
