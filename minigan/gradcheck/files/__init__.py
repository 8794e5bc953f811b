"""Checks of what stands in a student's file, or has a name in minigan."""
