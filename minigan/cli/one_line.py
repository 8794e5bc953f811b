"""Errors as one line."""

import errno

FULL = {
    errno.ENOSPC: "; the disk is full: free some space, or write elsewhere with --out",
    errno.EDQUOT: "; the disk quota is used up: free some space, or write elsewhere with --out",
    errno.EFBIG: "; the file would be larger than this system allows: write elsewhere with --out",
}


def one_line(error: Exception) -> str:
    """The error as one line, with the file's name and, for a full disk, the fix."""
    if isinstance(error, MemoryError):
        return f"not enough memory ({error}); use a smaller --batch-size or --image-size"
    if isinstance(error, OSError) and error.filename:
        return f"cannot read or write {error.filename}: {error.strerror}{FULL.get(error.errno, '')}"
    return " ".join(str(error).split("\n"))
