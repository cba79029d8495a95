"""What both services need and neither owns: one concern per module.

chassis imports neither project nor the lab, and has no models: tests/test_boundaries.py checks it.
It gives values and small functions, so that each settings.py still lists all of its settings.
"""
