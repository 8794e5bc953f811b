"""How long a training step takes, alone and beside PyTorch."""
