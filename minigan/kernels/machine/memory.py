"""Memory that is used again and again instead of being allocated.

A fresh 30 MB array costs more than the arithmetic on it: the operating system hands out pages of zeros, one fault at
a time, and takes them back when the array is dropped. Two ways round that:

- `scratch`: memory inside one kernel. A buffer is found by its name, grows to the largest size ever asked for, and
  belongs to the thread that asked. Its contents are undefined when taken, so no result can hide in it.
- `fresh`: what a kernel returns. It is an ordinary array for whoever holds it; when nobody holds it or a view of it any
  more, the next array of that size gets its memory.
"""

import math
import sys
import threading

import numpy as np

CACHE_LINE = 64  # bytes: a 64-byte vector that straddles two lines costs two accesses
RECYCLED_FROM = 1 << 16  # bytes; smaller arrays are cheap
FREE_LIMIT = 1 << 31  # bytes of unused arrays kept: those of a step with large images come back in the next
_thread = threading.local()
_lock = threading.Lock()
_owners = {}  # size in bytes -> buffers of that size, in use or free


def scratch(name, shape, dtype):
    """An uninitialised C-contiguous array, valid until this thread takes `name` again."""
    dtype = np.dtype(dtype)
    size = bytes_of(shape, dtype)
    buffers = _thread.__dict__.setdefault("buffers", {})
    buffer = buffers.get(name)
    if buffer is None or buffer.size < size:
        buffers.pop(name, None)
        del buffer  # the old memory goes back before the new one is taken
        buffer = buffers[name] = _aligned(size)
    return buffer[:size].view(dtype).reshape(shape)


def fresh(shape, dtype):
    """An uninitialised C-contiguous array of one's own, on memory that was used before where some is free."""
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


def bytes_of(shape, dtype):
    """How many bytes an array has; shape: a tuple, or a number for one axis. (np.prod would take ten times as long.)"""
    return (math.prod(shape) if isinstance(shape, tuple) else shape) * dtype.itemsize


def held():
    """Bytes that are kept here: of `fresh`, in use or free, and of the calling thread's scratch memory."""
    scratch = sum(buffer.nbytes for buffer in _thread.__dict__.get("buffers", {}).values())
    with _lock:
        return scratch + sum(owner.nbytes for owners in _owners.values() for owner in owners)


def release():
    """Give back what nobody uses, and the calling thread's scratch memory."""
    _thread.__dict__.pop("buffers", None)
    with _lock:
        _forget_free()


def _aligned(size):
    """`size` bytes that begin at the start of a cache line. The array has a base of its own, so it is made the owner of
    its memory by being a buffer for what is taken from it: views of views refer to this one."""
    raw = np.empty(size + CACHE_LINE, np.uint8)
    offset = -raw.ctypes.data % CACHE_LINE
    return np.frombuffer(memoryview(raw)[offset : offset + size], np.uint8)


def _free(size):
    """The buffers of one size that nobody refers to. While it is asked, a free one is referred to as often as a new one
    would be: how often that is depends on the version of Python, so it is counted once, below."""
    owners = _owners.get(size, ())
    for i in range(len(owners)):
        if sys.getrefcount(owners[i]) == _UNUSED:
            yield owners[i]


def _forget_free():
    for size in list(_owners):
        used = [owner for owner in _owners[size] if sys.getrefcount(owner) != _UNUSED + 1]  # and the loop's own
        _owners[size] = used


def _count_unused():
    owners = [_aligned(8)]
    for i in range(len(owners)):
        return sys.getrefcount(owners[i])


_UNUSED = _count_unused()
