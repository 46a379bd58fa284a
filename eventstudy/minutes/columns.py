"""Columns of the tables of minutes that are written beside a report."""

from __future__ import annotations

COLUMNS = {
    table: names.split()
    for table, names in {
        "minutes_alignment": "event_id asset kind first last session part episode overlaps",
        "minutes_car": "event_id asset before after kind start end price_before price_after "
        "stale_before stale_after car n sd z p_rank scar p smallest_p ci_low ci_high mde rv "
        "rv_ratio p_rv rv_share rv_usual p_rv_share volume log_volume p_volume residual beta "
        "p_residual no_residual barred overlaps episode valid reason",
        "minutes_overnight": "event_id asset kind label start end price_before price_after "
        "nights car n sd z p_rank p_like n_like scar p smallest_p ci_low ci_high mde valid "
        "reason",
        "minutes_onset": "event_id asset start end told bar_begin bar_end seen bar_move car "
        "largest_begin largest_end p smallest_p n barred known lead_least lead_most valid "
        "reason words",
        "minutes_claims": "event_id asset series standing session claimed level level_price "
        "level_time given error minutes low high closed exact stretches when reason words",
        "minutes_claims_together": "event_id session claims levels series first last when words",
        "minutes_shares": "event_id asset session piece start end price move share rv rv_share "
        "rv_usual p smallest_p n words",
        "minutes_mean_car": "group asset before after caar se t df p ci_low ci_high scaled n dates",
        "minutes_tests": "group asset before after test statistic distribution df p smallest_p "
        "n role valid reason null",
        "minutes_situations": "group asset before after situation headline why n dates "
        "overlapping fewest_days smallest_p warnings",
        "minutes_left_out": "event_id asset before after reason pending cure",
        "minutes_quality": "asset kind severity count first last text",
        "minutes_bars": "asset source symbol market minutes bars first last label standing "
        "stands_for error factor clock rolls attribution notes sha256",
    }.items()
}
"""Names in their order."""
