"""Checks of d_step and g_step."""
