"""Figures and verdicts from raw records; knows nothing of a running system."""
