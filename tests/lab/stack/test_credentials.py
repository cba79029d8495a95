import re
import stat

from lab.stack import credentials


def test_a_fresh_set_is_different_each_time_and_long_enough():
    one, other = credentials.generate(), credentials.generate()

    assert not set(one.values()) & set(other.values())
    assert len(one["JWT_SIGNING_KEY"]) >= 32
    assert len(set(one.values())) == len(credentials.NAMES)


def test_no_secret_needs_quoting_in_a_url_a_shell_or_a_file():
    assert all(re.fullmatch("[0-9a-f]+", value) for value in credentials.generate().values())


def test_a_home_keeps_its_set_where_only_the_owner_reads_it(home):
    values = credentials.load(home)

    assert credentials.load(home) == values
    files = list(home.secrets.iterdir())
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_set_of_an_older_version_is_completed_and_not_replaced(home):
    (home.secrets / "secrets.env").write_text("ADMIN_PASSWORD=chosen\n")

    values = credentials.load(home)

    assert values["ADMIN_PASSWORD"] == "chosen"
    assert set(values) == set(credentials.NAMES)
