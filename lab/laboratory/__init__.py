"""Runs experiments on a system of their own; writes verdicts and reports."""
