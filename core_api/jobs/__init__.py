"""Long tasks: sales reports and bulk imports."""
