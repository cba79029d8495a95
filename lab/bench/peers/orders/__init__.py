"""The order that is compared: one transaction with row locks, and nothing else."""
