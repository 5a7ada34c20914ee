"""weights"""
from __future__ import annotations
LOW = 0.0
MEDIUM = 2.0
WEIGHTS = {"always": 0.0}
