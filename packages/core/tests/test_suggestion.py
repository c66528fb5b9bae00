from __future__ import annotations

from djelme.suggestion import choices, suggestion


def test_names_that_are_like_it_are_suggested_whatever_their_case() -> None:
    assert suggestion("SHOP.USGE", ["shop.Usage", "blog.Visit"]) == "did you mean 'shop.Usage'?"
    assert suggestion("x", ["shop.Usage"]) == ""


def test_all_names_are_listed() -> None:
    assert choices("x", ["b", "a"]) == "(there are: b, a)"
    assert choices("x", []) == "(there are: none)"
    assert choices("mian", ["main"]) == "(there are: main); did you mean 'main'?"


def test_a_long_list_is_cut() -> None:
    shown = choices("zzz", [f"name{number:03}" for number in range(100)])
    assert shown.endswith(" name019, 80 more)")
