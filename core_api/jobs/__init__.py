"""The app jobs: long tasks: sales reports and bulk imports."""
