from lab.stack import audit

EVENTS = {"one": [3, "12.50"], "two": [1, "4.00"]}


def test_equal_books_have_no_violation():
    assert audit.compare(EVENTS, dict(EVENTS)) == []


def test_each_difference_is_named_with_its_event():
    facts = {"one": [2, "12.50"], "three": [1, "1.00"]}

    missing, unknown, different = audit.compare(EVENTS, facts)

    assert "two" in missing
    assert "three" in unknown
    assert "one" in different and "3 units" in different and "2 for" in different


def test_what_waits_by_the_operators_choice_is_not_missed_and_a_stranger_still_is():
    arrived = {"one": EVENTS["one"]}

    assert audit.compare(arrived, arrived, known=EVENTS) == []
    assert "three" in audit.compare(arrived, arrived | {"three": [1, "1.00"]}, known=EVENTS)[0]


def test_a_product_that_has_another_name_in_analytics_is_named():
    sold = {"one": {"TEA-2": 3, "CUP-1": 1}, "two": {"TEA-1": 1}}
    counted = {"one": {"TEA-1": 3, "CUP-1": 1}, "three": {"TEA-1": 1}}

    assert audit.compare_units(sold, sold) == []
    assert audit.compare_units(sold, counted) == [
        "event one: core has 0 units of TEA-1, analytics has 3",
        "event one: core has 3 units of TEA-2, analytics has 0",
    ]
