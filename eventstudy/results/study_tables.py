"""The tables of a study: arrays inside, tidy frames on demand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from functools import cached_property
from typing import Any

import pandas as pd

from eventstudy.arguments import explained_methods
from eventstudy.errors import InvalidArgumentError, UnknownNameError
from eventstudy.events.attributes import with_attributes
from eventstudy.prices import Finding
from eventstudy.results import averages, significance, tables
from eventstudy.results.estimation import estimation_frame, labelled, residuals_frame
from eventstudy.results.findings import study_findings
from eventstudy.results.frames import CallableFrame, once_called
from eventstudy.results.joint_tests import before_frame, joint_frame
from eventstudy.results.left_out import left_out_frame
from eventstudy.results.measured_study import MeasuredStudy, only
from eventstudy.results.multiplicity import multiplicity_frame
from eventstudy.results.scaled_cars import scaled_car_frame
from eventstudy.settings import Window


@explained_methods
class StudyTables(MeasuredStudy):
    """Tables of a study, made when they are asked for. Returns are fractions."""

    @cached_property
    def alignment(self) -> pd.DataFrame:
        """Where every event falls on every asset: event_id, asset, day0, day0_latest, certain,
        partly, rule (why, in words), shift_days (calendar days), shares_session_with
        (a tuple of the ids of the other events with this day 0).
        """  # noqa: D205  one sentence
        return self._shown(tables.alignment_frame(self))

    @cached_property
    def ar(self) -> pd.DataFrame:
        """Abnormal returns: event_id, asset, tau, session, return, normal, ar, se, sar.

        event_id and asset are categories here and in `ewma_sq`: a row is a day.
        """
        return self._shown(tables.ar_frame(self))

    def iter_ar(self, observations: int = 10_000) -> Iterator[pd.DataFrame]:
        """Yield the rows of `ar` in blocks: a million observations over 21 days are 21 million.

        Parameters
        ----------
        observations : int
            Observations of a block.

        Yields
        ------
        DataFrame
            The next rows of `ar`, with the index that they have there.

        Raises
        ------
        InvalidArgumentError
            When a block would hold nothing.

        Examples
        --------
        >>> import eventstudy as es
        >>> results = es.load_example().run()
        >>> sum(len(block) for block in results.iter_ar(50)) == len(results.ar)
        True
        """
        if observations < 1:
            raise InvalidArgumentError(
                f"observations is {observations!r}; write a whole number from 1, such as 10_000"
            )
        return tables.ar_frames(self, observations)

    @cached_property
    def estimation(self) -> pd.DataFrame:
        """How normal returns were estimated, one row for each observation.

        Columns: event_id, asset, model, start and end of its estimation window in sessions
        relative to day 0, first and last session used, n, missing and excluded returns,
        sigma (residual standard deviation), df, sigma_ratio (EWMA volatility on the eve of
        day 0 over sigma); alpha, alpha_se, and for each factor beta_NAME, beta_NAME_se: NaN
        where the model has none. Market-adjusted returns set α = 0 and β = 1, without errors;
        Dimson's β is the sum of its slopes.
        """
        return self._shown(estimation_frame(self))

    @property
    def residuals(self) -> pd.DataFrame:
        """Abnormal returns of the estimation windows: event_id, asset, session, residual.

        One row for each observation and session used, as fractions.
        """
        return self._shown(residuals_frame(self))

    @cached_property
    def left_out(self) -> pd.DataFrame:
        """Every observation or window that was not studied, and why; pending or not.

        Columns: event_id, asset, start, end (empty = all windows), reason, pending, cure
        (what would have it measured; empty when there is nothing but to wait).
        """
        return left_out_frame(self)

    @cached_property
    def quality(self) -> tuple[Finding, ...]:
        """What a reader must know about the prices that the study uses, the worst first."""
        return study_findings(self)

    def car(self, *, attributes: bool = False) -> pd.DataFrame:
        """Cumulative abnormal returns, one row for each observation and CAR window.

        Parameters
        ----------
        attributes : bool
            Whether what is known of each event stands beside its CAR: date, title, speaker,
            affiliation, tags, and the further columns of the events, as numbers where every
            filled cell is one. A column whose name is taken gets "event_" before it.

        Returns
        -------
        DataFrame
            event_id, asset, start, end, car, se (full prediction-error covariance), t, df, p;
            ci_low, ci_high: the rank of the CAR among ordinary days in the same volatility,
            turned round, so that 0 lies outside exactly when p_rank ≤ 1 - confidence (infinite
            where the ordinary days are too few); ci_basis, p_rank; ci_low_t, ci_high_t (of
            the textbook t: too narrow in turbulent weeks); scar, bhar, day0, covers_day0:
            whether the window holds every possible day 0.
        """
        frame = self._shown(tables.car_frame(self))
        return with_attributes(self.events, frame) if attributes else frame

    @cached_property
    def ewma_sq(self) -> CallableFrame:
        """Rank of every event day among ordinary days in the same volatility.

        Returns
        -------
        DataFrame
            event_id, asset, tau, session, ar, z (AR over the EWMA volatility of its eve),
            p (two-sided, at least 1/(n + 1)), n (estimation days ranked).
        """
        return once_called(self._shown(tables.scaled_frame(self)), "ewma_sq")

    @cached_property
    def scaled_car(self) -> CallableFrame:
        """Rank every CAR among ordinary days in the same volatility; the headline of one event.

        Returns
        -------
        DataFrame
            event_id, asset, start, end, car, z (CAR over the volatility of its eve), p (rank,
            `ewma-sq`), smallest_p, mde (effect that would be seen in four cases of five).
        """
        return once_called(scaled_car_frame(self), "scaled_car")

    def aar(self, by: str | None = None) -> pd.DataFrame:
        """Average abnormal returns over episodes, with their bands.

        Parameters
        ----------
        by : str, optional
            "group" or a column of the events, such as "speaker" or "tags". Default: the
            groups of the study, else all events.

        Returns
        -------
        DataFrame
            group, asset, tau, aar, se, df, ci_low and ci_high (of each day by itself) with
            ci_basis, n_eff, ci_low_t and ci_high_t as in `mean_car`, band_low and band_high
            (of the whole path; `band` says "sup-t", "bonferroni" for too few episodes, "rank"
            for a single one, or "none"), n, basis of `se`, event_sd_ratio. Only episodes that
            are complete over the event window and whose day 0 is certain: the others are counted
            in left_out_incomplete and left_out_uncertain, those that overlap an earlier one in
            left_out_overlapping.
        """
        return self._path(by, "aar")

    def caar(self, by: str | None = None) -> pd.DataFrame:
        """Cumulative average abnormal returns over the event window; see `aar`.

        Parameters
        ----------
        by : str, optional
            As for `aar`.

        Returns
        -------
        DataFrame
            As for `aar`, with caar cumulated from the first day of the event window.
        """
        return self._path(by, "caar")

    @cached_property
    def _paths(self) -> dict[tuple[str | None, str], pd.DataFrame]:
        """Paths that were made: tables, checks and figures ask for the same ones."""
        return {}

    def _path(self, by: str | None, name: str) -> pd.DataFrame:
        if (by, name) not in self._paths:
            self._paths[by, name] = averages.path_frame(self, by, name)
        return self._paths[by, name].copy()

    def mean_car(self, by: str | None = None) -> pd.DataFrame:
        """Mean CAR over episodes, for each CAR window.

        Parameters
        ----------
        by : str, optional
            As for `aar`.

        Returns
        -------
        DataFrame
            group, asset, start, end, caar, se, t, df, p by the textbook; `basis` says where se is
            from ("between episodes", "prediction error" of a single one, "joint dummies" for the
            days of overlapping windows). ci_low, ci_high: the interval that holds; ci_basis: what
            it rests on, or why there is none; ci_low_t, ci_high_t: the textbook interval. n_eff:
            episodes, or days that count; event_sd_ratio: of overlapping windows, sd of the event
            days over that of the estimation window. mde: the mean CAR that would be seen in four
            cases of five. median, abhar (mean buy-and-hold abnormal
            return), positive, n; `overlapping` counts windows that do, left_out the episodes that
            are incomplete over the window, whose day 0 it may miss, or that overlap an earlier one
            (left_out_overlapping, named in overlapping_events, a tuple of ids).
        """
        return averages.mean_car_frame(self, by)

    def tests(
        self,
        by: str | None = None,
        *,
        include_invalid: bool = False,
        by_day: bool = False,
        executor: Executor | None = None,
    ) -> pd.DataFrame:
        """Significance tests, one row for each level, window and test.

        Without tests of your own choice, those that the situation asks for: a headline and
        its companions, and the classical tests that are refused there, with the reason.

        Parameters
        ----------
        by : str, optional
            As for `aar`.
        include_invalid : bool
            Whether tests that are refused here, because windows overlap or episodes share
            dates, are computed all the same; they stay marked as not valid.
        by_day : bool
            Whether each day of the event window that has abnormal returns is tested by itself
            (start = end = τ), instead of the CAR windows; from day 0 on with episodes of a
            certain day 0 only. Nothing is adjusted for the number of days.
        executor : Executor, optional
            Copies of this process (`processes`) share the work on more than 32,000 episodes.

        Returns
        -------
        DataFrame
            group, asset, test, start, end, statistic, distribution, df, p, smallest_p (the
            least that a counted p can be), n, role ("headline", "companion", "classical",
            "named"), valid, reason (why it is refused or could not be computed), null, and
            details such as rbar.
        """
        asked = {"include_invalid": include_invalid, "by_day": by_day}
        with self.abnormal.across(executor):
            tested = significance.kept_tests(self, by, **asked)
        return significance.tests_frame(tested)

    def situations(self, by: str | None = None) -> pd.DataFrame:
        """Say what decides which tests are valid, for each level (`by` as for `aar`) and window.

        Returns
        -------
        DataFrame
            group, asset, start, end, situation, headline (name of the test that leads), why,
            n, dates, assets, overlapping, crowded, rbar, sigma_ratio, event_sd_ratio, warnings.
        """
        return significance.situations_frame(significance.kept_tests(self, by))

    def multiplicity(self, windows: Sequence[Window] | None = None) -> pd.DataFrame:
        """Adjust the p-values of all episodes and assets for their number.

        Parameters
        ----------
        windows : sequence of (int, int), optional
            CAR windows that were tried and belong to the family. Default: the primary one.

        Returns
        -------
        DataFrame
            event_ids (a tuple), asset, day0, start, end, car, z (CAR over the volatility of its
            eve), p (its rank), p_romano_wolf (largest |z| of the whole calendar on other dates; the
            headline), p_holm, p_bh; least_...: the smallest that one cell alone can have,
            above 5 % nothing can be rejected by construction; resampling, in words.
        """
        tried = [] if windows is None else list(windows)
        for window in tried:
            self.check_window(window)
        return multiplicity_frame(self, tried or [self.windows.lead])

    def joint(self, window: Window | None = None) -> pd.DataFrame:
        """Test all series of an event together.

        Parameters
        ----------
        window : (int, int), optional
            CAR window. Default: the primary one.

        Returns
        -------
        DataFrame
            One row for each set of events with the same sessions on two or more assets:
            event_ids and assets (tuples), start, end, f, df1, df2, p (`joint-ewma`), reason;
            average_z, average_p (one direction, signs of `Options.inverted` turned); f_constant,
            p_constant (`joint-f`, for assets with the same regressors).
        """
        if window is not None:
            self.check_window(window)
        return joint_frame(self, window or self.windows.lead)

    def pre_event(self, window: Window | None = None) -> pd.DataFrame:
        """Test the days before each event together, for leaks and anticipation.

        Parameters
        ----------
        window : (int, int), optional
            Days before day 0. Default: (-5, -1), as far as the event window reaches.

        Returns
        -------
        DataFrame
            event_id, asset, start, end, f (a'C⁻¹a/(L s²), Chow 1960), df1, df2, p, p_scaled
            (rank of Σ(AR/σ)² among ordinary days of the same volatility).

        Raises
        ------
        InvalidArgumentError
            When the event window has no day before day 0.
        """
        first = self.windows.event[0]
        if window is None and first >= 0:
            raise InvalidArgumentError(
                f"the event window {self.windows.event} has no day before day 0. Start it earlier."
            )
        if window is not None:
            self.check_window(window)
        return before_frame(self, window or (max(-5, first), -1))

    def covariance(self, event_id: str, asset: str) -> pd.DataFrame:
        """Exact prediction-error covariance of the abnormal returns of an observation.

        Returns
        -------
        DataFrame
            Shape (days, days), labelled with event time.
        """
        row = self.row(event_id, asset)
        tau = pd.Index(self.abnormal.tau, name="tau")
        return pd.DataFrame(self.abnormal.covariance(row), index=tau, columns=tau)

    def regression(self, event_id: str, asset: str) -> Any:
        """Return the regression behind an observation.

        Parameters
        ----------
        event_id, asset : str
            The observation.

        Returns
        -------
        statsmodels RegressionResults or RLMResults, or arch ARCHModelResult

        Raises
        ------
        UnknownNameError
            When there is no such event or asset, or the observation was left out.
        EstimationError
            When the model has no estimated parameters, or no single regression behind it.
        """
        row = self.row(event_id, asset)
        return self.models[asset].regression(labelled(self, row))

    def row(self, event_id: str, asset: str) -> int:
        """Row of the episode of a measured observation; else UnknownNameError with the reason."""
        row = self.episode(event_id, asset)
        if row is None:
            reasons = only(self.left_out, event_id=event_id, asset=asset)["reason"]
            reason = reasons.iloc[0] if len(reasons) else "the event does not concern it"
            raise UnknownNameError(f"{event_id} on {asset} was left out: {reason}")
        return row
