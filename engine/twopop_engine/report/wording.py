"""Figures as people read them: rounded to what is known, with sign and unit."""

from __future__ import annotations

MINUS = "\N{MINUS SIGN}"
THIN = "\N{NO-BREAK SPACE}"


def signed(value: float, decimals: int, unit: str) -> str:
    """A number with its sign always written: "+60.0 ppm"; zero stands without one."""
    digits = f"{abs(value):.{decimals}f}"
    sign = "" if float(digits) == 0 else "+" if value > 0 else MINUS
    return f"{sign}{digits}{THIN}{unit}"


def seconds(value_s: float) -> str:
    """A place on a clock, to a tenth of a millisecond, which is finer than any sync needs."""
    return signed(value_s, 4, "s")


def length(value_s: float) -> str:
    """A length: "16.0 s", "1 min 04 s", "2 h 03 min"."""
    if value_s < 60:
        return f"{value_s:.1f}{THIN}s"
    whole = round(value_s)
    if whole < 3600:
        return f"{whole // 60}{THIN}min {whole % 60:02}{THIN}s"
    return f"{whole // 3600}{THIN}h {whole // 60 % 60:02}{THIN}min"


def small_time(value_s: float) -> str:
    """A small length in the unit that suits it: "12 \N{MICRO SIGN}s", "0.42 ms"."""
    if value_s < 0.0001:
        return f"{value_s * 1e6:.0f}{THIN}\N{MICRO SIGN}s"
    return f"{value_s * 1e3:.2f}{THIN}ms"


def percent(fraction: float) -> str:
    """A probability; near certainty is never rounded up to it."""
    if 0.9995 <= fraction < 1:
        return f">{THIN}99.9{THIN}%"
    return f"{fraction * 100:.1f}{THIN}%"


def counted(count: int, one: str, many: str) -> str:
    """A count with its noun: "1 clip", "2,000 clips"."""
    return f"{count:,} {one if count == 1 else many}"
