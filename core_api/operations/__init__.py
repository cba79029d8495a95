"""What an operator runs: relay, audit, pruning and demo data. No other app imports it."""
