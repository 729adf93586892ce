"""Addition to an accumulator, in whatever order is fast: the only arithmetic that is reordered.

And the product and sum of a polynomial's step, which may be one instruction.

numba's option ``fastmath`` would mark every operation of a function, and those of the functions it
calls. Here two instructions carry the mark: the addition of a reduction, so that several elements
are added at once, and in a sum of products the multiplication before it, so that both are one.
NaN, infinity and the sign of zero are never assumed away.
"""

from __future__ import annotations

from typing import Any

from numba.extending import intrinsic


@intrinsic
def accumulate(typing_context, total, x):  # type: ignore[no-untyped-def]
    """``total + x``, both of one floating dtype."""

    def add(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fadd(*arguments, flags=("reassoc",))

    return total(total, total), add


@intrinsic
def accumulate_product(typing_context, total, a, b):  # type: ignore[no-untyped-def]
    """``total + a * b``, all of one floating dtype; the product may be left unrounded."""

    def add(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        total, a, b = arguments
        product = builder.fmul(a, b, flags=("contract",))
        return builder.fadd(total, product, flags=("reassoc", "contract"))

    return total(total, total, total), add


@intrinsic
def multiply_add(typing_context, a, b, c):  # type: ignore[no-untyped-def]
    """``a * b + c``, all of one floating dtype; the product may be left unrounded."""

    def add(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        a, b, c = arguments
        product = builder.fmul(a, b, flags=("contract",))
        return builder.fadd(product, c, flags=("contract",))

    return c(a, b, c), add
