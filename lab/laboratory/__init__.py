"""Runs experiments on a system of their own and writes verdicts and reports."""
