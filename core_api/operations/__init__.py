"""What an operator runs: the relay, the audit, pruning and the demo data. No other app imports it."""
