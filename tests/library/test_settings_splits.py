import pytest

from castmap.settings.settings import (
    SettingsError,
    read_split,
)


def test_a_split_list_names_films_one_per_line():
    text = "# to learn from\nheat\n\nalien # the first\n"
    assert read_split(text, "train.txt") == ["heat", "alien"]
    assert read_split("# nobody\n", "train.txt") == []


def test_a_split_list_with_a_double_name_says_so():
    with pytest.raises(SettingsError, match=r"train.txt: heat comes twice"):
        read_split("heat\nalien\nheat\n", "train.txt")
