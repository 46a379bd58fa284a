"""What names of columns mean, in the languages that tables are written in."""

from __future__ import annotations

import re
import unicodedata

EVENTS = {
    "event_id": "id eventid event_no event_number номер kennung ereignis_id",
    "date": "date dates day datum tag data fecha дата дата_события event_date eventdate "
    "decision_date announcement_date ann_date anndate anndats report_date earnings_date "
    "release_date meeting_date statement_date speech_date publication_date date_of_event "
    "date_announced день pubdate published",
    "time": "time uhrzeit zeit heure hora ora время event_time announcement_time ann_time anntims "
    "release_time time_of_day clock",
    "datetime": "datetime timestamp date_time created_at published_at created date_and_time "
    "zeitstempel дата_и_время дата_время",
    "not_before": "not_before notbefore earliest start_time from_time begin",
    "known_by": "known_by knownby latest end_time until",
    "timezone": "timezone tz time_zone zone zeitzone fuseau часовой_пояс tzone",
    "speaker": "speaker speaker_name name_of_speaker who person author redner sprecher orateur "
    "спикер автор кто выступающий",
    "affiliation": "affiliation office organisation organization institution position "
    "должность организация ведомство amt",
    "title": "title event headline name event_name eventname description subject topic titel "
    "ereignis titre événement evento titulo título заголовок событие название тема "
    "описание overskrift label news announcement",
    "statement": "statement text quote full_text body content tweet wortlaut zitat цитата текст "
    "заявление высказывание",
    "source": "source url link href quelle источник ссылка fuente",
    "tags": "tags tag category categories type event_type kind kategorie art catégorie "
    "категория тип labels",
    "assets": "assets asset ticker tickers symbol symbols stock stocks instrument ric isin permno "
    "cusip firm security wertpapier тикер инструмент бумага актив aktie secid",
    "claims": "claims claim",
    "confounders": "confounders confounder confounding",
    "estimation_start": "estimation_start est_start estimation_begin est_begin estimation_from "
    "estwin_start estimation_window_start est_window_start",
    "estimation_end": "estimation_end est_end estimation_to estwin_end estimation_window_end "
    "est_window_end",
}
"""Names that stand for a standard column of events, in lower case with underscores."""

PRICES = {
    "date": "date dates day datum tag data fecha дата trade_date tradedate trading_day timestamp "
    "datetime time begin price_date pricedate caldt datadate exchange_date observation_date "
    "session торговый_день time_period period",
    "time": "time время uhrzeit tradetime",
    "close": "close closing closing_price close_price last last_price price px_last schlusskurs "
    "schluss kurs цена закрытие курс цена_закрытия dernier clôture cierre ultimo zuletzt "
    "legalcloseprice marketprice close_last trade_close settle settlement close/last "
    "obs_value prc prccd курс_закрытия value index_value",
    "adjusted": "adj_close adjclose adjusted_close adjusted adj_close* adjusted_closing_price "
    "close_adj adj_price adjprc",
    "return": "ret return returns retx dlyret daily_return rendite доходность simple_return pct "
    "log_return logreturn retadj",
    "symbol": "symbol ticker tic secid instrument asset ric isin permno cusip тикер name stock "
    "security",
    "open": "open eröffnung öffnen откр откр. открытие ouverture apertura eröffnungskurs px_open",
    "high": "high hoch макс макс. максимум haut max tageshoch px_high",
    "low": "low tief мин мин. минимум bas min tagestief px_low",
    "volume": "volume vol vol. объём объем volumen umsatz stück volume_(k) vol_",
    "change": "change change_% %_chg изм._% изм. +/-% veränderung chg_% net %chg chg net_change",
}
"""Names that stand for what a price table holds."""


def folded(name: str) -> str:
    """Return a name as it is compared: lower case, underscores for what separates words."""
    plain = unicodedata.normalize("NFC", name).casefold().strip().strip("<>*[]\"'")
    return re.sub(r"[\s\-–—]+", "_", plain).strip("_")


def _index(names: dict[str, str]) -> dict[str, str]:
    return {
        folded(synonym): standard
        for standard, synonyms in names.items()
        for synonym in synonyms.split()
    }


_EVENTS, _PRICES = _index(EVENTS), _index(PRICES)


def same_name(name: str, known: tuple[str, ...]) -> str:
    """Return the known column whose name differs only by case, blanks or plural; else empty."""
    plain = folded(name).replace("_", "")
    for column in known:
        bare = column.replace("_", "")
        if plain in (bare, f"{bare}s", bare.removesuffix("s")):
            return column
    return ""


def event_column(name: str) -> str:
    """Return the standard column of events that a name means; empty when none."""
    plain = folded(name)
    if plain not in EVENTS and plain not in _EVENTS:
        plain = re.sub(r"_?\([^()]*\)$", "", plain)  # "Time (ET)"
    return plain if plain in EVENTS else _EVENTS.get(plain, "")


def price_column(name: str) -> str:
    """Return what a column of a price table holds by its name; empty when that is not known."""
    plain = folded(name)
    return _PRICES.get(plain, "") or _PRICES.get(re.sub(r"_\(.*\)$|_[a-z]{3}$", "", plain), "")
