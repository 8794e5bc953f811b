"""Pictures, tables and pages of a run."""
