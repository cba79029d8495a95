from lab.stack import down, postgres


def test_a_wipe_removes_the_home_too_unless_something_else_is_in_it(home):
    (home.tree / "core_api").mkdir(parents=True)
    (home.folder / "results").mkdir()

    assert "tree" in down.down(home, wipe=True)
    assert [path.name for path in home.folder.iterdir()] == ["results"]

    (home.folder / "results").rmdir()
    down.down(home, wipe=True)
    assert not home.folder.exists()


def test_a_wipe_removes_the_memory_that_a_killed_postgres_left(home, monkeypatch):
    removed = []
    (home.data / "postgres").mkdir()
    monkeypatch.setattr(
        postgres, "remove_shared_memory", lambda data: removed.append((data, data.exists()))
    )

    down.down(home)
    assert not removed
    down.down(home, wipe=True)

    assert removed == [(home.data / "postgres", True)]  # its number is in a file there
