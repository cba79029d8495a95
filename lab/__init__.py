"""The laboratory behind `./escala`: it starts, breaks, measures and tests the shop."""
