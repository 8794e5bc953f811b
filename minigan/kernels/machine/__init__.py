"""The machine under the loops: vector registers, threads, memory that is used again, compiling."""
