"""Tables in which every object is one line, whatever its cells hold."""

import pytest

from relaykeeper.failures import UsageFailure
from relaykeeper.output import Column, Output, choose_output, print_table, width

COLUMNS = (Column[tuple[str, str]]("NAME", lambda each: each[0]), Column[tuple[str, str]]("TEXT", lambda each: each[1]))


def test_columns_stand_below_each_other_whatever_the_script(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([("a", "first"), ("郵便", "second"), ("e\u0301", "third"), ("", "")], COLUMNS)
    assert capsys.readouterr().out == "NAME  TEXT\na     first\n郵便  second\ne\u0301     third\n-     -\n"


def test_a_wide_character_takes_two_cells_and_a_mark_none() -> None:
    assert (width("郵便"), width("e\u0301"), width("ab")) == (4, 1, 2)


def test_a_cell_is_one_printable_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([("a\nb", "\x1b[31mred\u202e")], COLUMNS)
    assert capsys.readouterr().out.splitlines()[1] == "a b   [31mred"


def test_a_table_is_the_default_and_json_has_a_flag_of_its_own() -> None:
    assert choose_output(None, False) is Output.TABLE
    assert choose_output(None, True) is choose_output(Output.JSON, True) is Output.JSON
    with pytest.raises(UsageFailure, match="exclude each other"):
        choose_output(Output.NAME, True)
