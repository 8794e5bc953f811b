"""Checks of layers and networks, of first and of second order."""
