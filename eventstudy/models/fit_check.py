"""What a model's `fit` must return; what one of a user's own lacks is said."""

from __future__ import annotations

import numpy as np

from eventstudy.errors import InvalidArgumentError
from eventstudy.models.base import Fits, NormalReturnModel, WindowSample


def checked_fits(model: NormalReturnModel, fits: Fits, sample: WindowSample) -> Fits:
    """Return what a model's `fit` returned, once it is whole.

    Parameters
    ----------
    model : NormalReturnModel
        The model.
    fits : Fits
        What it returned.
    sample : WindowSample
        What it was given.

    Raises
    ------
    InvalidArgumentError
        When something is lacking or has another shape; it is named with the shape that it
        must have.
    """
    episodes, length = sample.estimation.shape
    days = sample.factors_after.shape[1]
    shapes = {
        "normal": (episodes, days),
        "residuals": (episodes, length),
        "s2": (episodes,),
        "df": (episodes,),
        "scale": (episodes, days),
        "leverage": (episodes, days, None),
        "params": (episodes, None),
        "coefficients": (episodes, None),
        "coefficient_se": (episodes, None),
        "reasons": (episodes,),
    }
    wrong = []
    for name, shape in shapes.items():
        given = np.shape(getattr(fits, name)) if hasattr(fits, name) else None
        alike = given is not None and len(given) == len(shape)
        if not alike or any(w not in (None, g) for w, g in zip(shape, given or (), strict=False)):
            wanted = str(shape).replace("None", "any")
            wrong.append(f"{name}: shape {wanted}, found {'none' if given is None else given}")
    if wrong:
        kind = type(model).__name__
        raise InvalidArgumentError(
            f"{kind}.fit of model {getattr(model, 'name', kind)!r} returned {type(fits).__name__}; "
            "it must return eventstudy.models.Fits with\n    " + "\n    ".join(wrong)
        )
    return fits
