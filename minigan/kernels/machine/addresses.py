"""One compiled call for many arrays: it is told where they lie in memory.

A network has a dozen arrays, most of them small. A call from Python into a compiled loop costs more than the loop over
a bias, so a loop over all arrays is entered once. numba has no list of arrays that is cheap to hand over. An array of
their addresses is cheap, and `array_at` turns an address back into an array.

An address is only as good as the array that it was taken of. So `Addresses` holds the arrays themselves, which keeps
their memory, and takes all addresses anew as soon as one array is another object or has another size.
"""

from itertools import accumulate
from operator import is_
from typing import Any

import numpy as np
from numba import carray, types
from numba.extending import intrinsic
from numpy import ndarray

from minigan.kernels.machine.compiling import fast, inlined


class Addresses:
    """Where some arrays lie, for as long as they are the same arrays.

    at: int64, the address of each array. starts: int64, one more: the numbers of all arrays counted through, those of
    array i are starts[i] ... starts[i + 1]. dtype, sizes: their dtype, and the bytes of each.
    A copy of this object knows nothing yet: what is copied beside it, such as an optimizer's averages, lies elsewhere.
    """

    def __init__(self) -> None:
        self.arrays, self.sizes, self.dtype, self.at = [], [], None, None

    def __reduce__(self) -> tuple:
        return Addresses, ()

    def of(self, arrays: list[ndarray]) -> bool:
        """Take the addresses, where they are not known. -> whether it could: see `addresses`."""
        same = len(arrays) == len(self.arrays) and all(map(is_, arrays, self.arrays))
        if not same or sizes(arrays) != self.sizes:
            self.arrays, self.sizes, self.dtype = arrays, sizes(arrays), (arrays[0].dtype if arrays else None)
            self.at = addresses(arrays, self.dtype)
            self.starts = np.array([0, *accumulate(array.size for array in arrays)], np.int64)
        return self.at is not None


def sizes(arrays: list[ndarray]) -> list[int]:
    """The bytes of each array."""
    return [array.nbytes for array in arrays]


def addresses(arrays: list[ndarray], dtype: np.dtype | None) -> ndarray | None:
    """The address of each array, int64. None unless all are C-contiguous, float32 or float64, and of this dtype."""
    for array in arrays:
        if type(array) is not ndarray or array.dtype != dtype or not array.flags.carray:
            return None
    if dtype is None or dtype.char not in "fd" or not dtype.isnative:
        return None
    return np.array([address(array.ravel()) for array in arrays], np.int64)


@intrinsic
def start(typing_context: Any, array: types.Array) -> tuple:
    """The address of the array's first number. (`array.ctypes.data` takes longer to compile.)"""

    def write(context, builder, signature, args):
        data = context.make_array(array)(context, builder, args[0]).data
        return builder.ptrtoint(data, context.get_value_type(types.intp))

    return types.intp(array), write


@fast
def address(array: ndarray) -> int:
    return start(array)


@intrinsic
def pointer(typing_context: Any, address: types.Type, like: types.Type) -> tuple:
    """The address as a pointer to numbers of the type of the number `like`."""
    to = types.CPointer(like)

    def write(context, builder, signature, args):
        return builder.inttoptr(args[0], context.get_value_type(to))

    return to(address, like), write


@inlined
def array_at(address: int, size: int, like: float) -> ndarray:
    """The flat array of `size` numbers at an address; `like`: a number of its dtype."""
    return carray(pointer(address, like), size)
