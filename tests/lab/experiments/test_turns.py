from lab.experiments.shared.turns import there_and_back


def test_every_second_turn_runs_backwards_so_that_sides_meet():
    order = [side for turn in range(4) for side in there_and_back("ABC", turn)]

    assert "".join(order) == "ABCCBAABCCBA"
