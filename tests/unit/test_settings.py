from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner
from pydantic import ValidationError

from rhoai_operator import __main__ as command
from rhoai_operator.core.errors import OperatorError
from rhoai_operator.core.tls import INTERMEDIATE, Profile
from rhoai_operator.settings import Settings

STANDARD = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "DISABLE_DSC_CONFIG",
        *(f"RHOAI_{field.upper()}" for field in Settings.model_fields),
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """What the operator was started with, instead of starting one."""
    found: list[Settings] = []

    async def run(settings: Settings) -> None:
        found.append(settings)
        if settings.context == "nowhere":
            raise OperatorError("no access to an API server")

    monkeypatch.setattr("rhoai_operator.operator.run", run)
    monkeypatch.setattr("rhoai_operator.logs.configure", lambda *_: None)
    return found


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_a_flag_a_variable_and_explained(name: str) -> None:
    text = " ".join(CliRunner().invoke(command.main, ["--help"]).output.split())

    assert f" --{name.replace('_', '-')}" in text
    assert f"RHOAI_{name.upper()}" in text
    assert " ".join((Settings.model_fields[name].description or "?").split()) in text


@pytest.mark.parametrize(
    ("args", "env", "field", "value"),
    [
        pytest.param([], {}, "resync_seconds", 600.0, id="default"),
        pytest.param(["--resync-seconds", "5"], {}, "resync_seconds", 5.0, id="flag"),
        pytest.param([], {"RHOAI_RESYNC_SECONDS": "6"}, "resync_seconds", 6.0, id="variable"),
        pytest.param(
            ["--log-level=debug"], {"RHOAI_LOG_LEVEL": "error"}, "log_level", "debug", id="both"
        ),
        pytest.param(["--no-create-dsci"], {}, "create_dsci", False, id="off"),
        pytest.param(
            ["--create-dsci"], {"DISABLE_DSC_CONFIG": "true"}, "create_dsci", True, id="on"
        ),
        pytest.param([], {}, "create_dsci", True, id="creates-by-default"),
        pytest.param([], {"DISABLE_DSC_CONFIG": "true"}, "create_dsci", False, id="as-2.x-off"),
        pytest.param([], {"DISABLE_DSC_CONFIG": "false"}, "create_dsci", True, id="as-2.x-on"),
        pytest.param([], {}, "leader_elect", True, id="elects-by-default"),
        pytest.param(["--no-leader-elect"], {}, "leader_elect", False, id="elects-not"),
        pytest.param(
            ["--lease-duration-seconds=11"], {}, "lease_duration_seconds", 11.0, id="shorter-lease"
        ),
        pytest.param([], {}, "metrics_secure", True, id="secure-by-default"),
        pytest.param([], {"RHOAI_METRICS_SECURE": "false"}, "metrics_secure", False, id="plain"),
        pytest.param([], {}, "chooses_tls", False, id="tls-of-the-cluster"),
        pytest.param(["--tls-min-version=VersionTLS13"], {}, "chooses_tls", True, id="tls-of-ours"),
        pytest.param([], {}, "tls_profile", INTERMEDIATE, id="intermediate"),
        pytest.param(
            ["--tls-cipher-suites", f"{STANDARD}, ECDHE-RSA-AES128-GCM-SHA256,"],
            {},
            "tls_profile",
            Profile(ciphers=("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256")),
            id="suites",
        ),
    ],
)
def test_where_a_setting_comes_from(
    started: list[Settings], args: list[str], env: dict[str, str], field: str, value: object
) -> None:
    result = CliRunner().invoke(command.main, args, env=env)

    assert result.exit_code == 0, result.output
    assert [getattr(settings, field) for settings in started] == [value]


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        pytest.param(["--resync-seconds=0"], 2, "--resync-seconds", id="out-of-range"),
        pytest.param(
            ["--lease-duration-seconds=10"], 2, "--lease-renew-deadline-seconds", id="no-margin"
        ),
        pytest.param(
            ["--lease-retry-seconds=10"], 2, "less than 10.0, the lease-renew-deadline", id="late"
        ),
        pytest.param(["--tls-min-version=VersionTLS11"], 2, "--tls-min-version", id="old-tls"),
        pytest.param(
            [f"--tls-cipher-suites={STANDARD},RC4-MD5"],
            2,
            "Unknown cipher suites: RC4-MD5; give some of TLS_",
            id="unknown-suite",
        ),
        pytest.param(["--log-level=loud"], 2, "--log-level", id="no-choice"),
        pytest.param(["--unknown"], 2, "--unknown", id="no-such-flag"),
        pytest.param(["--context=nowhere"], 1, "Error: no access to an API server", id="failed"),
    ],
)
def test_what_is_wrong_is_said(
    started: list[Settings], args: list[str], code: int, says: str
) -> None:
    result = CliRunner().invoke(command.main, args)

    assert result.exit_code == code
    assert says in result.output
    assert "Traceback" not in result.output


def test_settings_do_not_change() -> None:
    settings: Any = Settings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.context = "other"
