"""Words by hand go through the real pipeline, stand after a rebuild, and the API follows them."""

from typing import Any

from support.running import Running


def identify(user: str, email: str) -> dict[str, Any]:
    return {"type": "identify", "messageId": f"correct-{user}", "userId": user, "traits": {"email": email}}


def test_merge_and_split_through_the_pipeline_and_a_rebuild(installation: Running) -> None:
    key, secret = installation.key("write", "correct"), installation.key("secret", "correct-reader")
    installation.send(
        secret, identify("correct-1", "one@correct.example"), identify("correct-2", "two@correct.example")
    )
    installation.send(key, {"type": "page", "messageId": "correct-page", "anonymousId": "correct-cookie"})
    installation.wait()
    one, two = "user_id:correct-1", "email:two@correct.example"
    before = [installation.cli("customers", "show", each)[0]["id"] for each in (one, two)]

    merged = installation.cli("customers", "merge", one, two, "--by", "Eve")[0]["customers"]
    assert len({*merged}) == 1
    found = installation.get(f"/api/customers/{before[1]}", secret)
    assert found.json()["id"] == merged[0]
    installation.cli("customers", "merge", "anonymous_id:correct-cookie", one)
    digest = installation.cli("digest")
    installation.cli("rebuild")
    installation.wait()
    assert installation.cli("digest") == digest
    why = installation.cli("customers", "explain", "anonymous_id:correct-cookie", two)[0]
    assert why["joined"] and why["path"][0]["links"][0]["by"] == "cli"

    installation.cli("customers", "split", one, two)
    after = [installation.cli("customers", "show", each)[0]["id"] for each in (one, two)]
    assert after == before
    audit = installation.sql("SELECT DISTINCT actor FROM audit WHERE action = 'merge'")
    assert sorted(audit) == [("Eve",), ("cli",)]
