from chassis import health


def test_an_instance_that_is_about_to_stop_says_so_while_it_still_serves(monkeypatch, tmp_path):
    leaving = tmp_path / "leaving"
    monkeypatch.setattr(health, "LEAVING_FILE", str(leaving))
    assert health.ready(None).status_code == 200
    leaving.touch()
    assert health.ready(None).status_code == 503
    assert health.live(None).status_code == 200
