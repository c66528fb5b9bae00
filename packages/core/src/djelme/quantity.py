"""Write lengths of time, sizes and counts for people, everywhere in the same units."""

from __future__ import annotations

__all__ = ("counted", "duration", "size")

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_SIZE_UNITS = ("KiB", "MiB", "GiB", "TiB")
#: Below so many seconds, tenths of them tell something.
_FEW_SECONDS = 10
_TENTH = 0.1


def duration(seconds: float) -> str:
    """Return a length of time in one unit or two, as exact as people want it.

    >>> duration(0.05), duration(0.4999), duration(5), duration(90), duration(300)
    ('50 ms', '0.5 s', '5 s', '90 s', '5 min')
    >>> duration(8000), duration(86_400), duration(129_600), duration(90 * 86_400)
    ('2 h 13 min', '1 day', '36 h', '90 days')
    """
    if 0 < seconds < _TENTH:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 2 * _MINUTE:
        digits = 1 if seconds < _FEW_SECONDS else 0
        return f"{round(seconds, digits):g} s"
    if seconds < 2 * _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    if seconds % _DAY == 0 or seconds >= 2 * _DAY:
        whole, rest = divmod(int(seconds), _DAY)
        large, small = counted(whole, "day"), f" {rest // _HOUR} h"
    else:
        whole, rest = divmod(int(seconds), _HOUR)
        large, small = f"{whole} h", f" {rest // _MINUTE} min"
    return large if small.startswith(" 0 ") else f"{large}{small}"


def size(number: float) -> str:
    """Return a number of bytes in binary units.

    >>> size(10), size(1536), size(5 * 1024**3)
    ('10 bytes', '1.5 KiB', '5.0 GiB')
    """
    power = min((int(number).bit_length() - 1) // 10, len(_SIZE_UNITS))
    if power < 1:
        return counted(round(number), "byte")
    return f"{number / 1024**power:,.1f} {_SIZE_UNITS[power - 1]}"


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun.

    Args:
        number: how many.
        one: the noun for one.
        many: the noun for all other numbers; with an ``s`` by default.

    >>> counted(1, "record"), counted(0, "record"), counted(2000, "index", "indexes")
    ('1 record', '0 records', '2,000 indexes')
    """
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
