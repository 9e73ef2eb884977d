import pytest

from twopop_engine.report import wording


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (wording.seconds(-2.72824), "−2.7282 s"),
        (wording.seconds(0.00004), "0.0000 s"),
        (wording.seconds(-0.00004), "0.0000 s"),
        (wording.signed(60.04, 1, "ppm"), "+60.0 ppm"),
        (wording.length(59.94), "59.9 s"),
        (wording.length(64.2), "1 min 04 s"),
        (wording.length(119.7), "2 min 00 s"),
        (wording.length(7384), "2 h 03 min"),
        (wording.small_time(0.0000123), "12 µs"),
        (wording.small_time(0.00042), "0.42 ms"),
        (wording.percent(0.9998), "> 99.9 %"),
        (wording.percent(1.0), "100.0 %"),
        (wording.percent(0.9994), "99.9 %"),
        (wording.percent(0.0), "0.0 %"),
        (wording.counted(1, "clip", "clips"), "1 clip"),
        (wording.counted(2000, "clip", "clips"), "2,000 clips"),
    ],
)
def test_figures_are_said_with_sign_and_unit(words: str, expected: str) -> None:
    assert words.replace("\N{NO-BREAK SPACE}", " ") == expected
