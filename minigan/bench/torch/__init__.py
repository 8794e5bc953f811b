"""The same game in PyTorch: what `minigan bench --against torch` holds ours against."""
