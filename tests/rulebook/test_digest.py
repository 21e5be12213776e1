from nlp_pipeline.rulebook.digest import rulebook_digest


def folders(tmp_path, rule="since = 2026-01-01", payer=""):
    shipped, own = tmp_path / "shipped", tmp_path / "own"
    (shipped / "medicare").mkdir(parents=True, exist_ok=True)
    (shipped / "medicare" / "rule.toml").write_text(rule)
    (own / "payers").mkdir(parents=True, exist_ok=True)
    if payer:
        (own / "payers" / "mine.toml").write_text(payer)
    return shipped, own


def test_the_same_rules_have_the_same_digest(tmp_path):
    assert rulebook_digest(*folders(tmp_path / "a")) == rulebook_digest(*folders(tmp_path / "b"))


def test_a_rule_that_changes_changes_the_digest(tmp_path):
    assert rulebook_digest(*folders(tmp_path / "a")) != rulebook_digest(*folders(tmp_path / "b", rule="since = 2027-01-01"))


def test_a_payer_of_the_user_changes_the_digest(tmp_path):
    assert rulebook_digest(*folders(tmp_path / "a")) != rulebook_digest(*folders(tmp_path / "b", payer="name = 'mine'"))
