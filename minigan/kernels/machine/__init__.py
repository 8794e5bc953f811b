"""What the fast kernels are built on: vector registers, threads, recycled memory, compilation, measuring."""
