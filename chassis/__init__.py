"""What both services need and neither owns, in one concern per module. It has no models."""
