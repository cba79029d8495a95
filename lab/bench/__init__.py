"""What a request costs in each tier, as ratios within one run."""
