"""Machine instructions that numba cannot express: keep these numbers in registers, compute on a whole register at once.

A processor multiplies and adds 4, 8 or 16 numbers in one instruction, if they lie in vector registers. numba's loops do
so where one loop does one thing. A computation that holds 16 or 36 vectors at once, and reads and writes memory only at
its ends, must be written for the compiler. numba lets a function write its own machine instructions (`@intrinsic`, in
LLVM's language). Only this file does so. It writes four kinds of function, and `publish` and `published`, for threads
that wait for each other:

    block_product(rows, wide)   c (+)= a b for a block of c that stays in registers: the core of every matrix product
    gathered_sum(wide)          c = sum of g[k] times a row of b, for rows anywhere in memory
    tile_transpose()            y = x^T for a tile of as many rows as a vector has numbers
    tile_map(formula, size)     Y = F X Ft for square tiles X, F any formula of + - *, for many tiles side by side

`tile_map` *runs* the formula once, on objects that stand for vectors: each operation on them writes one. The
same Python function, run on arrays, is its own plain twin.

All offsets and steps count numbers, not bytes. Arrays are C-contiguous; their shape does not matter.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import DTypeLike

from minigan.kernels.machine.target import vectors


def rows_of_blocks(registers: int) -> tuple[int, int]:
    """The rows of the usual block of a matrix product, and of a taller one for matrices of many rows.

    A block is `rows` x 2 vectors. In registers are its 2 * rows sums, two vectors of b, and a number of a. A block that
    does not fit writes sums to memory for each k: 8 rows with 16 registers have half the speed of 4. The width of a
    register plays no part: NEON has 32 of 128 bits, AVX2 16 of 256, AVX-512 32 of 512.
    """
    most = (registers - 3) // 2
    return 1 << most.bit_length() - 1, min(most, 8)  # more than 8 rows were no faster


REGISTER_BITS, REGISTERS, _ = vectors()  # of the processor that numba compiles for
REGISTER_BYTES = REGISTER_BITS // 8
ROWS, TALL = rows_of_blocks(REGISTERS)


def lanes(dtype: DTypeLike) -> int:
    """How many numbers of this dtype a vector register holds."""
    return REGISTER_BYTES // np.dtype(dtype).itemsize


def padded(count: int, dtype: DTypeLike) -> int:
    """`count`, rounded up to whole vectors and whole blocks of rows."""
    step = max(ROWS, lanes(dtype))
    return -(-count // step) * step


class Vector:
    """Stands for a vector while instructions are written: each operation appends one, and returns its result."""

    FUSE = ("contract",)  # a * b + c may be one instruction, rounded once; without FMA it is two, each rounded

    def __init__(self, builder: ir.IRBuilder, value: ir.Value):
        self.builder, self.value = builder, value

    def _with(self, operation, other):
        if not isinstance(other, Vector):
            other = Vector(self.builder, ir.Constant(self.value.type, [other] * self.value.type.count))
        return Vector(self.builder, operation(self.value, other.value, flags=self.FUSE))

    def __add__(self, other):
        return self._with(self.builder.fadd, other)

    def __sub__(self, other):
        return self._with(self.builder.fsub, other)

    def __mul__(self, other):
        return self._with(self.builder.fmul, other)

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self):
        return self * -1.0


class Memory:
    """Stands for an array while instructions are written: vectors are loaded and stored by offset."""

    def __init__(self, context: Any, builder: ir.IRBuilder, array_type: types.Array, array: ir.Value, at: ir.Value):
        self.builder, number = builder, context.get_data_type(array_type.dtype)
        self.bytes = array_type.dtype.bitwidth // 8
        self.lanes = REGISTER_BYTES // self.bytes
        self.vector = ir.VectorType(number, self.lanes)
        self.start = builder.gep(context.make_array(array_type)(context, builder, array).data, [at])

    def number(self, *offsets: ir.Value) -> Vector:
        """A vector whose lanes all hold the number at the sum of the offsets."""
        value = self.whole(*offsets)
        one = self.builder.insert_element(ir.Constant(self.vector, ir.Undefined), value, int32(0))
        first = ir.Constant(ir.VectorType(ir.IntType(32), self.lanes), [0] * self.lanes)
        return Vector(self.builder, self.builder.shuffle_vector(one, one, first))

    def whole(self, *offsets: ir.Value) -> ir.Value:
        """The single number at the sum of the offsets."""
        return self.builder.load(self._at(offsets))

    def load(self, *offsets: ir.Value) -> Vector:
        pointer = self.builder.bitcast(self._at(offsets), self.vector.as_pointer())
        return Vector(self.builder, self.builder.load(pointer, align=self.bytes))

    def store(self, vector: Vector, *offsets: ir.Value) -> None:
        pointer = self.builder.bitcast(self._at(offsets), self.vector.as_pointer())
        self.builder.store(vector.value, pointer, align=self.bytes)

    def _at(self, offsets):
        pointer = self.start
        for offset in offsets:
            pointer = self.builder.gep(pointer, [offset])
        return pointer


def memories(context: Any, builder: ir.IRBuilder, signature: Any, args: Sequence, *places: int) -> list[Memory]:
    """A Memory for each array among the arguments of an intrinsic. Its offset is the argument after it."""
    return [Memory(context, builder, signature.args[i], args[i], args[i + 1]) for i in places]


def block_product(rows: int, wide: int) -> Callable:
    """The function (a, a_at, a_row, a_step, m, b, b_at, b_step, c, c_at, c_row, K, add), compiled into its caller:

        c[r, n] (+)= sum over k < K of a[m + r, k] b[k, n]        r < rows, n < `wide` vectors

    with a[i, k] at a_at + i * a_row + k * a_step, b[k, n] at b_at + k * b_step + n, c[r, n] at c_at + r * c_row + n.
    a_row and a_step may be tables, arrays of np.intp: then a[i, k] is at a_at + a_row[i] + a_step[k]. add: add to c.
    All sums stay in registers; each k reads `wide` vectors of b and one number of a for each row.
    """

    @intrinsic
    def multiply(typing_context, a, a_at, a_row, a_step, m, b, b_at, b_step, c, c_at, c_row, K, add):
        n = types.intp
        places = [kind if isinstance(kind, types.Array) else n for kind in (a_row, a_step)]
        signature = types.void(a, n, *places, n, b, n, n, c, n, n, n, types.boolean)

        def write(context, builder, signature, args):
            _, _, a_row, a_step, m, _, _, b_step, _, _, c_row, K, add = args
            a, b, c = memories(context, builder, signature, args, 0, 5, 8)

            def offset(kind, value, i):
                """i * value, or value[i] of a table."""
                if isinstance(kind, types.Array):
                    return Memory(context, builder, kind, value, intp(0)).whole(i)
                return builder.mul(i, value)

            block = [(r, v) for r in range(rows) for v in range(wide)]
            place = {(r, v): (builder.mul(intp(r), c_row), intp(v * c.lanes)) for r, v in block}
            a_rows = [offset(signature.args[2], a_row, builder.add(m, intp(r))) for r in range(rows)]
            sums = {rv: cgutils.alloca_once(builder, c.vector) for rv in block}  # LLVM turns them into registers
            with builder.if_else(add) as (yes, no):
                with yes:
                    for rv in block:
                        builder.store(c.load(*place[rv]).value, sums[rv])
                with no:
                    for rv in block:
                        builder.store(ir.Constant(c.vector, None), sums[rv])
            with cgutils.for_range(builder, K) as loop:
                b_row, a_column = builder.mul(loop.index, b_step), offset(signature.args[3], a_step, loop.index)
                across = [b.load(b_row, intp(v * b.lanes)) for v in range(wide)]
                for r in range(rows):
                    number = a.number(a_rows[r], a_column)
                    for v in range(wide):
                        total = Vector(builder, builder.load(sums[r, v])) + number * across[v]
                        builder.store(total.value, sums[r, v])
                last = builder.basic_block
            not_unrolled(last.terminator)
            for rv in block:
                c.store(Vector(builder, builder.load(sums[rv])), *place[rv])
            return context.get_dummy_value()

        return signature, write

    return multiply


def not_unrolled(branch: ir.Instruction) -> None:
    """Tell LLVM not to unroll the loop that this branch closes.

    Two rounds at once need more registers than there are. LLVM then keeps vectors on the stack, at no particular place
    of it: where one lies across two pages of memory, the loop takes 2.5 times as long, for as long as the process runs.
    """
    module = branch.module
    node = ir.MDValue(module, [], name=str(len(module.metadata)))
    node.operands = (node, module.add_metadata([ir.MetaDataString(module, "llvm.loop.unroll.disable")]))
    branch.set_metadata("llvm.loop", node)  # LLVM asks that a loop's node names itself first


def gathered_sum(wide: int) -> Callable:
    """The function (g, g_at, rows, rows_at, b, b_at, c, c_at, K), compiled into its caller:

        c[n] = sum over k < K of g[k] b[rows[k] + n]        n < `wide` vectors

    with g[k] at g_at + k, rows[k] at rows_at + k, b[m] at b_at + m, c[n] at c_at + n. The sums stay in registers.
    """

    @intrinsic
    def add_up(typing_context, g, g_at, rows, rows_at, b, b_at, c, c_at, K):
        n = types.intp
        signature = types.void(g, n, rows, n, b, n, c, n, n)

        def write(context, builder, signature, args):
            g, rows, b, c = memories(context, builder, signature, args, 0, 2, 4, 6)
            sums = [cgutils.alloca_once(builder, c.vector) for _ in range(wide)]  # LLVM turns them into registers
            for place in sums:
                builder.store(ir.Constant(c.vector, None), place)
            with cgutils.for_range(builder, args[-1]) as loop:
                number, row = g.number(loop.index), rows.whole(loop.index)
                for v, place in enumerate(sums):
                    total = Vector(builder, builder.load(place)) + number * b.load(row, intp(v * b.lanes))
                    builder.store(total.value, place)
            for v, place in enumerate(sums):
                c.store(Vector(builder, builder.load(place)), intp(v * c.lanes))
            return context.get_dummy_value()

        return signature, write

    return add_up


def tile_transpose() -> Callable:
    """The function (x, x_at, x_row, y, y_at, y_row), compiled into its caller:

        y[j, i] = x[i, j]        i, j < lanes

    with x[i, j] at x_at + i * x_row + j, y[j, i] at y_at + j * y_row + i. It is a perfect shuffle of the rows, as of a
    pack of cards: each row of the first half is interleaved with its partner in the second half. After log2(lanes)
    shuffles rows and columns are exchanged (Stone 1971, "Parallel processing with the perfect shuffle").
    """

    @intrinsic
    def transpose(typing_context, x, x_at, x_row, y, y_at, y_row):
        n = types.intp
        signature = types.void(x, n, n, y, n, n)

        def write(context, builder, signature, args):
            x_row, y_row = args[2], args[5]
            x, y = memories(context, builder, signature, args, 0, 3)
            L = x.lanes
            rows = [x.load(builder.mul(intp(i), x_row)).value for i in range(L)]
            halves = [[half * L // 2 + i // 2 + i % 2 * L for i in range(L)] for half in range(2)]
            masks = [ir.Constant(ir.VectorType(ir.IntType(32), L), places) for places in halves]
            for _ in range(L.bit_length() - 1):
                pairs = list(zip(rows[: L // 2], rows[L // 2 :], strict=True))
                rows = [builder.shuffle_vector(*pair, mask) for pair in pairs for mask in masks]
            for j, row in enumerate(rows):
                y.store(Vector(builder, row), builder.mul(intp(j), y_row))
            return context.get_dummy_value()

        return signature, write

    return transpose


def tile_map(formula: Callable, size: int) -> Callable:
    """The function (x, x_at, x_row, x_column, y, y_at, y_row, y_column, count), compiled into its caller:

        Y = F X Ft        for `count` tiles X, of size x size numbers, side by side in memory

    where formula(*column) = F column, for a column of `size` numbers. Entry (i, j) of tile q is at x_at + i * x_row +
    j * x_column + q; likewise for y. count is rounded up to whole vectors.
    """

    @intrinsic
    def transform(typing_context, x, x_at, x_row, x_column, y, y_at, y_row, y_column, count):
        n = types.intp
        signature = types.void(x, n, n, n, y, n, n, n, n)

        def write(context, builder, signature, args):
            _, _, x_row, x_column, _, _, y_row, y_column, count = args
            x, y = memories(context, builder, signature, args, 0, 4)
            step, last = intp(x.lanes), intp(x.lanes - 1)
            with cgutils.for_range(builder, builder.sdiv(builder.add(count, last), step)) as loop:
                q = builder.mul(loop.index, step)

                def places(row, column, i, j):
                    return builder.mul(intp(i), row), builder.mul(intp(j), column), q

                columns = [[x.load(*places(x_row, x_column, i, j)) for i in range(size)] for j in range(size)]
                for i, row in enumerate(columns_then_rows(formula, columns)):
                    for j, value in enumerate(row):
                        y.store(value, *places(y_row, y_column, i, j))
            return context.get_dummy_value()

        return signature, write

    return transform


def columns_then_rows(formula: Callable, columns: list) -> list:
    """The rows of F X Ft, from the columns of X: the formula on each column of X, then on each row of the result."""
    return [formula(*row) for row in zip(*(formula(*column) for column in columns), strict=True)]


@intrinsic
def published(typing_context: Any, array: types.Array) -> tuple:
    """array[0] as it is in memory now: the compiler may neither keep an old value nor read it later."""

    def write(context, builder, signature, args):
        number = Memory(context, builder, signature.args[0], args[0], intp(0))
        return builder.load_atomic(number.start, ordering="acquire", align=number.bytes)

    return array.dtype(array), write


@intrinsic
def publish(typing_context: Any, array: types.Array, value: types.Type) -> tuple:
    """array[0] <- value in memory, after everything that was written before."""

    def write(context, builder, signature, args):
        number = Memory(context, builder, signature.args[0], args[0], intp(0))
        builder.store_atomic(args[1], number.start, ordering="release", align=number.bytes)
        return context.get_dummy_value()

    return types.void(array, array.dtype), write


def int32(number: int) -> ir.Constant:
    return ir.Constant(ir.IntType(32), number)


def intp(number: int) -> ir.Constant:
    return ir.Constant(ir.IntType(types.intp.bitwidth), number)
