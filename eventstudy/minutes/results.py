"""What `run_minutes` returns: one method for each table, named as those of daily results."""

from __future__ import annotations

import datetime as dt
from functools import cached_property

import pandas as pd

from eventstudy.arguments import told_class
from eventstudy.bars.quality import BarFinding
from eventstudy.events.attributes import with_attributes
from eventstudy.minutes import averages, tables, tests, text
from eventstudy.minutes.claims.table import claims_frame, together_frame
from eventstudy.minutes.onsets.onset import Onset
from eventstudy.minutes.onsets.table import onset_record, onsets_frame
from eventstudy.minutes.record import MinuteRecord
from eventstudy.minutes.shares.table import all_shares_frame, shares_frame


@told_class
class MinuteResults(MinuteRecord):
    """Statements measured in minutes. Moves are log returns, as fractions.

    The unit of independence is the date: statements of one date that are closer than a window
    are one *episode*, and tests over events count dates.
    """

    @cached_property
    def alignment(self) -> pd.DataFrame:
        """Where every event falls on every asset: event_id, asset, kind ("minute", "interval",
        "since the evening", "day"), first, last (its earliest and latest minute), session (trading
        day), part (of the session, empty between two), episode (id of the first statement of those
        that are closer than the primary window), overlaps (a tuple of the ids of the others).
        """  # noqa: D205  one sentence
        return tables.alignment_frame(self)

    def car(self, *, attributes: bool = False) -> pd.DataFrame:
        """Return moves in windows, one row for each observation and window that was measured.

        Parameters
        ----------
        attributes : bool
            Whether what is known of each event stands beside its move, as in
            `EventStudyResults.car`.

        Returns
        -------
        DataFrame
            event_id, asset, before, after (minutes), kind, start, end (when the prices were taken:
            edges that are no ends of bars moved outwards), price_before, price_after, stale_before,
            stale_after (minutes that these were old), car (log return), n (ordinary days), sd (root
            of their mean square), z (car over sd), p_rank (rank of |car|, unscaled), scar (car over
            the volatility expected of its day), p (rank of |scar|: it leads), smallest_p, ci_low,
            ci_high (that rank turned round), mde, rv (realised variance), rv_ratio (over its mean
            on ordinary days), p_rv, rv_share (part of the trading day's realised variance that fell
            into the window), rv_usual (its mean at this clock on ordinary days), p_rv_share
            (rank of that part), volume, log_volume (less the mean logarithm of ordinary days),
            p_volume, residual, beta, p_residual (of a series with a factor), no_residual (why
            there is none of it), barred (days left out
            for other statements), overlaps, episode, valid, reason (why no test leads).
        """
        frame = tables.car_frame(self)
        return with_attributes(self.events, frame) if attributes else frame

    def overnight(self, *, attributes: bool = False) -> pd.DataFrame:
        """Return moves across nights and breaks: of statements made there, or bounded from above.

        Parameters
        ----------
        attributes : bool
            As for `car`.

        Returns
        -------
        DataFrame
            event_id, asset, kind, label (in words), start, end, price_before, price_after, nights,
            car, n, sd, z, p_rank (among all), p_like, n_like (among moves over as many nights),
            scar, p (each over the volatility expected of as many nights: it leads), smallest_p,
            ci_low, ci_high, mde, valid, reason.
        """
        frame = tables.overnight_frame(self)
        return with_attributes(self.events, frame) if attributes else frame

    @cached_property
    def left_out(self) -> pd.DataFrame:
        """What was not measured in minutes, and why.

        Columns: event_id, asset, before, after, reason, pending, cure.
        """
        return tables.left_out_frame(self)

    @cached_property
    def quality(self) -> tuple[BarFinding, ...]:
        """What a reader must know about the bars, the worst first."""
        return self.bars.quality()

    def path(self, event_id: str, asset: str) -> pd.DataFrame:
        """Return the path of prices around a statement, in the primary window and on.

        Returns
        -------
        DataFrame
            minute (after the statement), time, move (since the point before), car (since the
            beginning of the window), band_low, band_high (of the whole path: ordinary days leave it
            as often as the confidence says), p (rank of its largest scaled move).

        Raises
        ------
        UnknownNameError
            When there is no such observation, or it was not measured; the reason is named.
        """
        return tables.path_frame(self, event_id, asset)

    @cached_property
    def ar(self) -> pd.DataFrame:
        """Paths of all measured statements: event_id, asset, and the columns of `path`."""
        return tables.paths_frame(self)

    def onset(
        self,
        event_id: str,
        asset: str,
        since: str | dt.time | None = None,
        until: str | dt.time | None = None,
    ) -> Onset:
        """Return which came first: where a move began that is beyond ordinary days.

        All moves of up to an hour between two times are looked at, and each is ranked among the
        largest moves that ordinary days show anywhere in the same span: that so many are looked at
        is paid for. The first that is beyond them is the one that ends first; the onset is its
        first bar.

        Parameters
        ----------
        event_id, asset : str
            The observation.
        since, until : str or time, optional
            Times of day on the market's clock, on the statement's date, such as "14:00". Default:
            from an hour before the earliest minute to the end of the primary window; of a
            statement that is known from above alone the hour before it is known.

        Returns
        -------
        Onset
            `bar` (begin and end of the first bar), `seen` (when the move was beyond), `move`,
            `p`, `smallest_p`, `lead` (minutes before `known`, the least and the most), `told`,
            and `words`: "The market moved 25 to 35 minutes before the first report that we
            know: …", or "No onset can be told …".

        Raises
        ------
        UnknownNameError
            When there is no such event or asset.
        InvalidArgumentError
            When the times cannot be used.

        Examples
        --------
        >>> results.onset("turn", "SBER", since="14:00", until="15:00").words  # doctest: +SKIP
        """
        return onset_record(self, event_id, asset, since, until)

    @cached_property
    def onsets(self) -> pd.DataFrame:
        """Onsets of all statements whose time has a bound, between the default times.

        Columns: event_id, asset, start, end (what was searched), told, bar_begin, bar_end (the
        first bar), seen (end of the bar at which the move was beyond ordinary days), bar_move,
        car (log returns of the first bar and from its begin to `seen`; without an onset of the
        largest move), largest_begin, largest_end (the largest move beside ordinary days), p,
        smallest_p, n (ordinary days), barred, known (what the distance is counted from),
        lead_least, lead_most (minutes before it, negative = after), valid, reason, words.
        """
        return onsets_frame(self)

    def claims_in_time(self, event_id: str | None = None) -> pd.DataFrame:
        """Return when claimed moves were true, in the session that each names.

        Every claim of an event is looked for on the bars of its asset and on their proxies, against
        the close of the session before, the last trade of the evening before, the opening, and the
        last price before the statement. Moves are simple returns. Bars longer than half an hour
        give bounds, not minutes.

        Parameters
        ----------
        event_id : str, optional
            Claims of this event alone.

        Returns
        -------
        DataFrame
            event_id, asset, series (name of the bars), standing ("observed", "proxy", "implied"),
            session, claimed (a fraction), level ("close", "evening", "opening", "statement"),
            level_price, level_time, given (whether the level is from the study file), error
            (standard error where not observed, a fraction), minutes (length of a bar), low, high,
            closed (moves of the session from the level), exact (minutes, and not bounds), stretches
            (how many), when (in words: "14:40, 14:55–15:00 (between closes)"; empty = never),
            reason (why nothing can be said), words.

        Raises
        ------
        EventsError
            When there is no such event.
        """
        return claims_frame(self, event_id)

    def claims_together(self, event_id: str | None = None) -> pd.DataFrame:
        """Return when several claims of one event on one session were true together.

        Parameters
        ----------
        event_id : str, optional
            Claims of this event alone.

        Returns
        -------
        DataFrame
            event_id, session, claims, levels, series (tuples, one each for a claim), first, last,
            when (empty = never), words; a row for each choice of levels at which they were, or
            one that says that there is none.
        """
        return together_frame(self, event_id)

    def shares(
        self,
        event_id: str,
        asset: str,
        since: str | dt.time | None = None,
        until: str | dt.time | None = None,
    ) -> pd.DataFrame:
        """Return how much of the day fell before, into and after a window.

        The day is from close to close. Its pieces follow each other, so that moves add up to it;
        what the daily close has besides the last bar is named "rest".

        Parameters
        ----------
        event_id, asset : str
            The observation.
        since, until : str or time, optional
            Another window than the primary one: times of day on the statement's date.

        Returns
        -------
        DataFrame
            event_id, asset, session, piece ("night": from the close before to the first price of
            the session, "before", "window", "after", "rest", "day"; those that there are),
            start, end, price (at the end), move (log return, a fraction), share (of the day's
            move), rv (realised variance: squared log returns of bars, and across nights), rv_share,
            rv_usual (mean share of variance of that window on ordinary days), p (rank of its
            share among them), smallest_p, n, words.

        Raises
        ------
        UnknownNameError
            When there is no such observation.
        InvalidArgumentError
            When its time is not known and no window is given, or the day cannot be divided.
        """
        return shares_frame(self, event_id, asset, since, until)

    @cached_property
    def all_shares(self) -> pd.DataFrame:
        """Shares of the day for every statement that has a primary window; columns as `shares`."""
        return all_shares_frame(self)

    def mean_car(self, by: str | None = None) -> pd.DataFrame:
        """Mean move over dates, for each window.

        Parameters
        ----------
        by : str, optional
            "group" or a column of the events. Default: the groups, else all events.

        Returns
        -------
        DataFrame
            group, asset, before, after, caar (mean over dates of the mean over episodes), se,
            t, df, p, ci_low, ci_high (t over dates), scaled (mean of scar), n (episodes), dates.
        """
        return averages.mean_frame(self, by)

    def caar(self, by: str | None = None) -> pd.DataFrame:
        """Mean path over dates, with a simultaneous band from ordinary days.

        Parameters
        ----------
        by : str, optional
            As for `mean_car`.

        Returns
        -------
        DataFrame
            group, asset, minute, caar, band_low, band_high, n (episodes), dates, days (ordinary
            days behind the band). Points that every path has.
        """
        return averages.path_frame(self, by)

    def aar(self, by: str | None = None) -> pd.DataFrame:
        """Mean move since the point before; columns as `caar`, with aar in its place."""
        return averages.step_frame(self, by)

    def tests(self, by: str | None = None) -> pd.DataFrame:
        """Tests over events, one row for each group, asset, window and test.

        Parameters
        ----------
        by : str, optional
            As for `mean_car`.

        Returns
        -------
        DataFrame
            group, asset, before, after, test, statistic, distribution, df, p, smallest_p, n
            (dates), role ("headline", "companion"), valid, reason, null.
        """
        return tests.tests_frame(self, by)

    def situations(self, by: str | None = None) -> pd.DataFrame:
        """Say which test leads and why: group, asset, before, after, situation, headline, why, n,
        dates, overlapping, fewest_days, smallest_p, warnings (`by` as for `mean_car`).
        """  # noqa: D205  one sentence
        return tests.situations_frame(self, by)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables that are written beside a report, by name."""
        return {
            "minutes_alignment": self.alignment,
            "minutes_car": self.car(),
            "minutes_overnight": self.overnight(),
            "minutes_onset": self.onsets,
            "minutes_claims": self.claims_in_time(),
            "minutes_claims_together": self.claims_together(),
            "minutes_shares": self.all_shares,
            "minutes_mean_car": self.mean_car(),
            "minutes_tests": self.tests(),
            "minutes_situations": self.situations(),
            "minutes_left_out": self.left_out,
            "minutes_quality": tables.quality_frame(self.quality),
            "minutes_bars": tables.bars_frame(self),
        }

    def summary(self) -> str:
        """Return what was measured as text."""
        return text.summary(self)

    def __repr__(self) -> str:
        return text.one_line(self)

    def _repr_html_(self) -> str:
        return text.html_table(self)
