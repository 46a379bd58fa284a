"""Names of months and weekdays in the languages that tables are written in."""

from __future__ import annotations

_FULL = (
    "january february march april may june july august september october november december",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
)
_SHORT = (
    "jan feb mar apr may jun jul aug sep oct nov dec",
    "jan feb mär apr mai jun jul aug sep okt nov dez",
    "janv févr mars avr mai juin juil août sept oct nov déc",
    "ene feb mar abr may jun jul ago sep oct nov dic",
    "gen feb mar apr mag giu lug ago set ott nov dic",
    "jan fev mar abr mai jun jul ago set out nov dez",
    "янв фев мар апр мая июн июл авг сен окт ноя дек",
    "янв февр марта апр май июня июля авг сент окт нояб дек",
)
MONTHS = {
    name: number for names in (*_FULL, *_SHORT) for number, name in enumerate(names.split(), 1)
}
"""Number of the month by its name in lower case."""

WEEKDAYS = frozenset(
    " ".join(
        (
            "monday tuesday wednesday thursday friday saturday sunday",
            "mon tue tues wed thu thur thurs fri sat sun",
            "montag dienstag mittwoch donnerstag freitag samstag sonntag mo di mi do fr sa so",
            "lundi mardi mercredi jeudi vendredi samedi dimanche",
            "lun mar mer jeu ven sam dim lunes martes miércoles jueves viernes sábado domingo",
            "понедельник вторник среда четверг пятница суббота воскресенье пн вт ср чт пт сб вс",
        )
    ).split()
)
"""Names of weekdays in lower case."""
