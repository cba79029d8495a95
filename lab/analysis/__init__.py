"""Verdicts and figures from raw records; needs no running system."""
