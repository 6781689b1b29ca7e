"""How long the demo's pages take until their first byte: printed, not asserted, since it is the machine's figure."""

import json

import pytest
from support.browser import FIRST_BYTE, chromium, started
from support.demo import demo, signed_in

from regulars.model.user import Role

TIMES = 20
SOMEBODY = "SELECT id FROM customers WHERE kind = 'person' ORDER BY orders DESC, id LIMIT 1"


@pytest.mark.slow
@pytest.mark.timeout(2_400)
def test_the_first_byte_of_the_demos_pages(capsys: pytest.CaptureFixture[str]) -> None:
    executable = chromium()
    if executable is None:
        pytest.skip("no Chromium: run `make setup-dev`")
    with demo() as (app, address), started(executable) as browser:
        with app.connect() as connection:
            row = connection.execute(SOMEBODY).fetchone()
        assert row is not None
        her = f"/customers/{bytes(row[0]).hex()}"
        page = signed_in(browser, app, address, Role.OWNER, (1200, 800))
        took: dict[str, list[float]] = {}
        for path in ["/", "/customers", "/customers?q=anna", her, f"{her}/orders", f"{her}/why", "/live", "/audit"]:
            page.goto(path)
            for _ in range(TIMES):
                answer = page.goto(path, wait_until="commit")
                assert answer is not None and answer.status == 200, path
                took.setdefault(path.replace(her, "/customers/ID"), []).append(page.evaluate(FIRST_BYTE))
    said = {path: round(sorted(each)[int(TIMES * 0.95) - 1]) for path, each in took.items()}
    everything = sorted(each for times in took.values() for each in times)
    with capsys.disabled():
        print(f"\n{json.dumps({'first_byte_p95_ms': round(everything[int(len(everything) * 0.95)]), 'pages': said})}")
