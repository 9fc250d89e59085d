from sightline.errors import DataError, unknown_name


def test_a_data_error_names_file_row_value_and_what_to_do() -> None:
    error = DataError("label is 'Yes '", file="pope.json", row=812, hint="Expected 'yes' or 'no'.")
    assert str(error) == "pope.json:812: label is 'Yes '. Expected 'yes' or 'no'."


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    assert "Did you mean 'repope'?" in str(unknown_name("label set", "repoe", ["pope", "repope"]))


def test_a_name_near_to_nothing_gets_no_guess() -> None:
    assert str(unknown_name("reader", "xyz", ["pope"])) == "No reader is called 'xyz'. Known: pope."
