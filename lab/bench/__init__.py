"""Benchmarks: what a request costs in each tier, and how the shop performs with larger tables."""
