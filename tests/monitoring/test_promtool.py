"""Prometheus' own tool finds no fault with the rules, and plays every alert's scenarios."""

from __future__ import annotations

import subprocess
from pathlib import Path

import yaml

from hack.packaging import alert_tests
from hack.packaging.alerts import groups
from tests.tools import needed

FOLDER = Path(__file__).parents[2] / "config" / "monitoring"
SECONDS = 120


def promtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [needed("promtool"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)


def test_the_rules_are_without_a_fault() -> None:
    done = promtool("check", "rules", "--lint=all", "--lint-fatal", FOLDER / "rules.yaml")

    rules = sum(len(group["rules"]) for group in groups())
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"SUCCESS: {rules} rules found" in done.stdout


def test_every_alert_fires_stays_quiet_and_recovers() -> None:
    done = promtool("test", "rules", FOLDER / "rules_test.yaml")

    assert done.returncode == 0, done.stdout + done.stderr


def test_an_alert_that_does_not_do_what_its_scenario_says_is_noticed(tmp_path: Path) -> None:
    rules, tests = tmp_path / "rules.yaml", tmp_path / "tests.yaml"
    blunted = (FOLDER / "rules.yaml").read_text().replace(":sum == 0", ":sum < 0")
    rules.write_text(blunted)
    played = alert_tests.tests("rules.yaml")
    chosen = [test for test in played["tests"] if test["name"].startswith("RhoaiOperatorNoLeader")]
    tests.write_text(yaml.safe_dump({**played, "tests": chosen}))

    done = promtool("test", "rules", tests)

    assert done.returncode == 1
    assert "RhoaiOperatorNoLeader fires and recovers" in done.stdout + done.stderr
