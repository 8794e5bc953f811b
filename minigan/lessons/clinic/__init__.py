"""The debugging clinic: a zoo of wrong gradients, and the quiz."""
