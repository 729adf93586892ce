"""Frames: the state of a network at one moment, as one message to the page."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass
class Frame:
    """The state of a network in training at one moment.

    Attributes:
        run: counts the networks of a page, so that it knows which one this is of.
        header: numbers and names.
        arrays: by name, float32 or uint8.
        rows: of the curves, new since the last frame: epoch, loss, accuracy, and both of the test.
    """

    run: int
    header: dict[str, Any] = field(default_factory=dict)
    arrays: dict[str, Array] = field(default_factory=dict)
    rows: list[list[float | None]] = field(default_factory=list)

    def replace(self, older: Frame) -> None:
        """Replace a frame that was never shown, keeping its part of the curves."""
        if older.run == self.run:
            self.rows = older.rows + self.rows


def packed(frame: Frame) -> bytes:
    """Pack a frame as one message: the length of the header, the header as JSON, the arrays' bytes.

    Floating arrays come first, and the header is filled up with spaces, so that each of them
    starts at a multiple of four bytes.
    """
    arrays = sorted(frame.arrays.items(), key=lambda item: item[1].dtype.kind != "f")
    layout = [[name, array.dtype.name, list(array.shape)] for name, array in arrays]
    header = {"run": frame.run, **frame.header, "rows": frame.rows, "arrays": layout}
    text = json.dumps(header, allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    little_endian = [array.astype(array.dtype.newbyteorder("<")) for _, array in arrays]
    return b"".join([struct.pack("<I", len(text)), text, *(a.tobytes() for a in little_endian)])
