"""What every service needs and no domain owns: one module, one concern, used by both projects.

It imports neither project nor the lab, has no models and names nothing that is sold;
tests/test_boundaries.py keeps it so. It gives values and small functions: each settings.py still
reads as the full list of its settings.
"""
