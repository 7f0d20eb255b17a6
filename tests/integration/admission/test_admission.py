"""The webhook as the API server calls it: what is refused, by whom, and who is never asked."""

from __future__ import annotations

import json
import socket
import ssl
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rhoai_operator.core.objects import Manifest
from rhoai_operator.reconcile.certificates import pki
from rhoai_operator.reconcile.webhook import CONFIGURATION, PATH, ROLE, validating_webhook
from tests.balancer import Balancer
from tests.integration.admission.conftest import DENIED, SECONDS, User, hooked, told
from tests.integration.conftest import Start
from tests.mounted import mount
from tests.running import View, free_ports
from tests.scraping import trusting
from tests.wait import blocking_until

pytestmark = pytest.mark.needs("controllers")

DSC, DSCI = "DataScienceCluster", "DSCInitialization"
DEFAULT_DSC, DEFAULT_DSCI = "default-dsc", "default-dsci"


def test_singletons_and_order(user: User, view: View, start: Start, balancer: Balancer) -> None:
    """Duplicates that are older than the webhook go as they did; new ones do not come."""
    for kind, name in ((DSC, DEFAULT_DSC), (DSCI, DEFAULT_DSCI)):
        assert user.create(kind, name) == ""
        assert user.create(kind, "spare") == ""
    balancer.targets = (port := free_ports()[0],)
    operator = start(**hooked(balancer, port))
    user.until_asked(balancer.url)
    user.until_refused()

    only = "and a cluster has only one: change that one, or delete it before you create another"
    for kind, name in ((DSC, DEFAULT_DSC), (DSCI, DEFAULT_DSCI)):
        for dry in (True, False):
            why = user.create(kind, "third", dry=dry)
            assert why == f"403: {DENIED}there is {kind} {name} already, {only}"
        assert "already exists" in user.create(kind, name)
        assert user.annotate(kind, "spare") == ""
        assert user.delete(kind, "spare") == ""
        blocking_until(lambda k=kind: not view.get(k, "spare"), SECONDS, "the duplicate is gone")  # type: ignore[misc]

    first = f"{DSC} {DEFAULT_DSC} stands on {DSCI} {DEFAULT_DSCI}: delete the {DSC} first"
    assert user.delete(DSCI, DEFAULT_DSCI) == f"403: {DENIED}{first}"
    assert user.delete(DSC, DEFAULT_DSC) == ""
    blocking_until(lambda: not view.get(DSC, DEFAULT_DSC), SECONDS, "the DSC is gone")
    assert user.delete(DSCI, DEFAULT_DSCI) == ""
    blocking_until(lambda: not view.get(DSCI, DEFAULT_DSCI), SECONDS, "the DSCI is gone")
    wrong = user.create(DSCI, "mine", {"applicationsNamespace": "No_Namespace"})
    assert wrong.startswith(f"422: {DENIED}spec.applicationsNamespace: 'No_Namespace' cannot be")

    series = f'controller_runtime_webhook_requests_total{{code="200",webhook="{PATH}"}}'
    assert told(operator, series) >= 8


def test_a_standby_answers_as_the_leader_does_and_goes_on_alone(
    user: User, start: Start, balancer: Balancer
) -> None:
    one, other = free_ports()
    balancer.targets = (one,)
    leader = start(**hooked(balancer, one))
    user.until_asked(balancer.url)
    standby = start(**hooked(balancer, other))
    user.create(DSC, DEFAULT_DSC)

    balancer.targets = (other,)
    user.until_refused()
    assert not standby.is_leading

    leader.kill()
    assert DENIED in user.create(DSC, "another", dry=True)
    blocking_until(lambda: standby.is_leading, SECONDS, "it leads")
    assert DENIED in user.create(DSC, "another", dry=True)


def test_the_operators_start_does_not_depend_on_the_webhook(
    user: User, view: View, start: Start, balancer: Balancer
) -> None:
    """Nobody answers behind somebody's configuration, and that the operator leaves alone."""
    nobody = {"url": balancer.url + PATH, "caBundle": pki.encode([authority().certificate])}
    with configured(user, nobody):
        blocking_until(
            lambda: "failed calling webhook" in user.create(DSC, DEFAULT_DSC, dry=True),
            SECONDS,
            "users are refused",
        )

        start(RHOAI_CREATE_DSCI="true")

        def is_ready() -> bool:
            return view.reason("Ready", DEFAULT_DSCI, "dsci") == "True/AllReady"

        blocking_until(is_ready, SECONDS, "default-dsci is Ready")
        assert user.annotate(DSCI, DEFAULT_DSCI) == ""
        assert "failed calling webhook" in user.delete(DSCI, DEFAULT_DSCI)
    blocking_until(
        lambda: not user.create(DSC, DEFAULT_DSC, dry=True), SECONDS, "nobody is asked any more"
    )


@contextmanager
def configured(user: User, client: Manifest) -> Iterator[Manifest]:
    """Have the API server ask, as somebody other than the operator, for as long as it lasts."""
    try:
        yield user.rest.apply(validating_webhook(client), "somebody")
    finally:
        user.rest.delete(CONFIGURATION)


def authority(names: tuple[str, ...] = ("localhost",)) -> pki.Pair:
    return pki.make_authority(names[0], timedelta(hours=1), datetime.now(UTC))


def files(signer: pki.Pair) -> dict[str, bytes]:
    pair = pki.issue(signer, ("localhost",), timedelta(hours=1), datetime.now(UTC))
    found = {"tls.crt": pair.encoded, "tls.key": pair.encoded_key}
    return {name: b64decode(encoded) for name, encoded in found.items()}


def is_trusted(port: int, authority: pki.Pair) -> bool:
    """Tell whether what is served now is of this authority."""
    tls = trusting(b64decode(pki.encode([authority.certificate])).decode())
    try:
        with (
            socket.create_connection(("127.0.0.1", port)) as plain,
            tls.wrap_socket(plain, server_hostname="localhost"),
        ):
            return True
    except ssl.SSLError:
        return False


def test_files_are_served_as_they_change_and_their_configuration_is_somebody_elses(
    user: User, start: Start, balancer: Balancer, tmp_path: Path
) -> None:
    balancer.targets = (port := free_ports()[0],)
    before, after = authority(), authority()
    folder = tmp_path / "certificate"
    folder.mkdir()
    mount(folder, files(before))
    start(**hooked(balancer, port, RHOAI_WEBHOOK_CERT_DIR=str(folder)))
    user.create(DSC, DEFAULT_DSC)

    def client(*trusted: pki.Pair) -> Manifest:
        bundle = pki.encode(pair.certificate for pair in trusted)
        return {"url": f"{balancer.url}{PATH}", "caBundle": bundle}

    with configured(user, client(before)):
        user.until_refused()
        assert (is_trusted(port, before), is_trusted(port, after)) == (True, False)
        user.rest.apply(validating_webhook(client(before, after)), "somebody")
        mount(folder, files(after))
        assert (is_trusted(port, before), is_trusted(port, after)) == (False, True)
        applied = user.rest.apply(validating_webhook(client(after)), "somebody")
        user.until_refused()

        assert user.live(CONFIGURATION) == applied


def test_what_calls_the_operator_goes_with_its_rights(
    user: User, view: View, start: Start, balancer: Balancer
) -> None:
    """As `helm uninstall` and `kubectl delete -f install.yaml` do it."""
    balancer.targets = (port := free_ports()[0],)
    operator = start(**hooked(balancer, port))
    user.until_asked(balancer.url)
    operator.stop()
    role: dict[str, Any] = view.get("clusterrole", ROLE.name)
    try:
        user.rest.delete(ROLE)
        blocking_until(lambda: user.live(CONFIGURATION) is None, SECONDS, "it is gone")
        blocking_until(
            lambda: not user.create(DSC, DEFAULT_DSC, dry=True), SECONDS, "nobody is asked"
        )
    finally:
        kept = {k: role["metadata"].get(k) for k in ("name", "labels")}
        again = json.dumps({**role, "metadata": {k: v for k, v in kept.items() if v}})
        view.cluster.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=again)


def test_one_that_is_switched_off_takes_back_what_it_had_made(
    user: User, start: Start, balancer: Balancer
) -> None:
    balancer.targets = (port := free_ports()[0],)
    operator = start(**hooked(balancer, port))
    user.until_asked(balancer.url)
    operator.stop()

    start()

    blocking_until(lambda: user.live(CONFIGURATION) is None, SECONDS, "it is taken back")
