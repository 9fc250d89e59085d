"""Logistic regression for few outcomes: weighted, and held near zero so that it never runs away."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Logistic", "fit_logistic"]

_STEPS = 50
_TOLERANCE = 1e-4


class Logistic(NamedTuple):
    """A fitted regression.

    Args:
        intercept: the log-odds where all features are zero.
        coefficients: (features,) what one unit of each adds.
    """

    intercept: float
    coefficients: NDArray[np.float64]

    def log_odds(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """The log-odds of each row: (rows, features) to (rows,)."""
        return np.asarray(self.intercept + features @ self.coefficients, dtype=np.float64)


def fit_logistic(
    features: NDArray[np.float64],
    outcomes: NDArray[np.bool_],
    weights: NDArray[np.float64] | None = None,
    variance: float = 1.0,
) -> Logistic:
    """Fit the most probable coefficients, given that each is drawn around zero; the intercept is free.

    Args:
        features: (rows, features).
        outcomes: (rows,) what came of each row; both outcomes must occur.
        weights: (rows,) for how many rows each stands; one each where left out.
        variance: of the normal distribution around zero; smaller holds coefficients nearer to it.

    Raises:
        ValueError: only one outcome occurs.

    Example:
        Of rows without the feature one of four came true, of rows with it three of four: the odds rise ninefold.

        >>> feature = np.array([[0.0]] * 4 + [[1.0]] * 4)
        >>> came = np.array([True, False, False, False, True, True, True, False])
        >>> fitted = fit_logistic(feature, came, variance=1e6)
        >>> np.exp([fitted.intercept, *fitted.coefficients]).round(2).tolist()
        [0.33, 9.0]
    """
    if outcomes.all() or not outcomes.any():
        raise ValueError("a regression needs both outcomes, found one")
    from sklearn.linear_model import LogisticRegression  # takes a second, which only those who fit need to wait for

    # Newton's steps: with tens of features and thousands of rows they are many times faster than the default
    model = LogisticRegression(C=variance, solver="newton-cholesky", max_iter=_STEPS, tol=_TOLERANCE)
    model.fit(features, outcomes, sample_weight=weights)
    return Logistic(float(model.intercept_[0]), np.asarray(model.coef_[0], dtype=np.float64))
