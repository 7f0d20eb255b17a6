from __future__ import annotations

import subprocess
import sys

ALL_OF_IT = """
from rhoai_operator.cluster.sparing import spare_synchronous_client
{call}
import sys
from rhoai_operator.cluster import kubernetes
import kopf
print(*sorted({{"kubernetes.aio.config", "kubernetes.stream", "requests"}} & sys.modules.keys()))
"""


def imported(call: str) -> list[str]:
    program = [sys.executable, "-c", ALL_OF_IT.format(call=call)]
    return subprocess.run(program, check=True, capture_output=True, text=True).stdout.split()


def test_the_synchronous_client_is_left_out_and_all_else_works() -> None:
    assert imported("spare_synchronous_client()") == ["kubernetes.aio.config"]


def test_without_it_the_synchronous_client_comes_along() -> None:
    assert "kubernetes.stream" in imported("")


def test_a_package_that_is_there_stays() -> None:
    assert "kubernetes.stream" in imported("import kubernetes; spare_synchronous_client()")
