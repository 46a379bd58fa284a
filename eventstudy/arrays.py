"""Types of arrays, once; shapes are said where they are used."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.intp]
Dates: TypeAlias = NDArray[np.datetime64]
Mask: TypeAlias = NDArray[np.bool_]
