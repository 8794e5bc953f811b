"""Recycled memory: arrays that reuse memory instead of allocating it.

A new array of 30 MB costs more than the arithmetic on it. The operating system hands out its memory in pages of zeros,
one page fault at a time, and takes the pages back when the array is deleted. Two functions avoid that:

- `scratch`: memory inside one kernel. A buffer has a name, belongs to one thread, and grows to the largest size asked
  for. Its contents are undefined at each call, so a kernel must write it before it reads it.
- `fresh`: the array that a kernel returns, an ordinary array for its holder. When nothing refers to it or to a view of
  it any more, the next array of that size gets its memory.
"""

import math
import sys
import threading

import numpy as np
from numpy.typing import DTypeLike

CACHE_LINE = 64  # bytes: a 64-byte vector across two lines costs two accesses
RECYCLED_FROM = 1 << 16  # bytes; smaller arrays are cheap to allocate
FREE_LIMIT = 1 << 31  # bytes of unused arrays that are kept for the next training step
_thread = threading.local()
_lock = threading.Lock()
_owners = {}  # size in bytes -> buffers of that size, in use or free


def scratch(name: str, shape: tuple | int, dtype: DTypeLike) -> np.ndarray:
    """An uninitialised C-contiguous array, valid until this thread asks for `name` again."""
    dtype = np.dtype(dtype)
    size = bytes_of(shape, dtype)
    buffers = _thread.__dict__.setdefault("buffers", {})
    buffer = buffers.get(name)
    if buffer is None or buffer.size < size:
        buffers.pop(name, None)
        del buffer  # frees the old memory before the new memory is allocated
        buffer = buffers[name] = _aligned(size)
    return buffer[:size].view(dtype).reshape(shape)


def fresh(shape: tuple | int, dtype: DTypeLike) -> np.ndarray:
    """An uninitialised C-contiguous array, in recycled memory where some of this size is free."""
    dtype = np.dtype(dtype)
    size = bytes_of(shape, dtype)
    if size < RECYCLED_FROM:
        return np.empty(shape, dtype)
    with _lock:
        owner = next(_free(size), None)
        if owner is None:
            if sum(owner.nbytes for size in _owners for owner in _free(size)) > FREE_LIMIT:
                _forget_free()
            owner = _aligned(size)
            _owners.setdefault(size, []).append(owner)
        return owner.view(dtype).reshape(shape)  # keeps `owner` referenced as long as it or a view of it lives


def bytes_of(shape: tuple | int, dtype: np.dtype) -> int:
    """The bytes of an array; shape: a tuple, or a number for one axis. (np.prod would be ten times slower.)"""
    return (math.prod(shape) if isinstance(shape, tuple) else shape) * dtype.itemsize


def held() -> int:
    """The bytes held here: by `fresh`, in use or free, and by the scratch memory of the calling thread."""
    own = sum(buffer.nbytes for buffer in _thread.__dict__.get("buffers", {}).values())
    with _lock:
        return own + sum(owner.nbytes for owners in _owners.values() for owner in owners)


def release() -> None:
    """Free all unused memory, and the scratch memory of the calling thread."""
    _thread.__dict__.pop("buffers", None)
    with _lock:
        _forget_free()


def _aligned(size):
    """`size` bytes, from the start of a cache line on. The array is made from a buffer, so it is its own base: views of
    its views refer to it, and `_free` can count them."""
    raw = np.empty(size + CACHE_LINE, np.uint8)
    offset = -raw.ctypes.data % CACHE_LINE
    return np.frombuffer(memoryview(raw)[offset : offset + size], np.uint8)


def _free(size):
    """The buffers of one size that nothing else refers to. A free buffer has as many references as a new one; how many
    depends on the version of Python, so `_count_unused` counts them once."""
    owners = _owners.get(size, ())
    for i in range(len(owners)):
        if sys.getrefcount(owners[i]) == _UNUSED:
            yield owners[i]


def _forget_free():
    for size in list(_owners):
        used = [owner for owner in _owners[size] if sys.getrefcount(owner) != _UNUSED + 1]  # + 1: that of this loop
        _owners[size] = used


def _count_unused():
    owners = [_aligned(8)]
    for i in range(len(owners)):
        return sys.getrefcount(owners[i])


_UNUSED = _count_unused()
