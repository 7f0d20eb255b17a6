"""Starts the image as a kubelet on OpenShift would start the operator's pod, by runc.

Of the pod's specification everything that its container notices is taken; the network is the host's, so
that it reaches an API server on loopback.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hack.image.seccomp import runtime_default
from hack.image.store import Image, ImageError
from hack.tools import tool
from rhoai_operator.core.objects import Manifest
from rhoai_operator.core.quantities import quantity

UID = 1000650000
"""One that OpenShift would give: the image knows nothing of it. The group is 0."""
ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
STOP_SECONDS = 30.0


def specification(
    image: Image, pod: Manifest, files: Mapping[str, Path], env: Mapping[str, str]
) -> dict[str, Any]:
    """Return what runc runs: the first container of a pod, as the OCI runtime specification has it.

    Args:
        pod: the pod's ``spec``.
        files: folders for the account's token, by ``ACCOUNT``, and for volumes, by their names.
        env: added to the image's and the container's.
    """
    container = pod["containers"][0]
    allowed = container.get("securityContext", {})
    given = {v["name"]: v["value"] for v in container.get("env", ()) if "value" in v}
    variables = [f"{name}={value}" for name, value in {**given, **env}.items()]
    return {
        "ociVersion": "1.0.2",
        "process": {
            "user": {"uid": UID, "gid": 0, "additionalGids": [UID]},
            "args": [*image.config["Entrypoint"], *container.get("args", ())],
            "env": [*image.config["Env"], *variables],
            "cwd": image.config.get("WorkingDir") or "/",
            "capabilities": {},
            "noNewPrivileges": not allowed.get("allowPrivilegeEscalation", True),
        },
        "root": {
            "path": str(image.root),
            "readonly": bool(allowed.get("readOnlyRootFilesystem")),
        },
        "hostname": "rhoai-operator-0",
        "mounts": [*_SYSTEM, *_mounts(pod, container, files)],
        "linux": {
            "namespaces": [{"type": kind} for kind in ("pid", "ipc", "uts", "mount")],
            "seccomp": runtime_default(),
            "maskedPaths": ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"],
            "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys"],
            "resources": {"memory": {"limit": _memory(container)}},
        },
    }


_SYSTEM = (
    {"destination": "/proc", "type": "proc", "source": "proc"},
    {
        "destination": "/dev",
        "type": "tmpfs",
        "source": "tmpfs",
        "options": ["nosuid", "strictatime", "mode=755", "size=65536k"],
    },
)


def _mounts(pod: Manifest, container: Manifest, files: Mapping[str, Path]) -> list[dict[str, Any]]:
    volumes = {volume["name"]: volume for volume in pod.get("volumes", ())}
    mounts = [
        _mount(mount["mountPath"], volumes[mount["name"]], files.get(mount["name"]))
        for mount in container.get("volumeMounts", ())
    ]
    if ACCOUNT in files:
        mounts.append(_bind(ACCOUNT, files[ACCOUNT]))
    return mounts


def _mount(path: str, volume: Manifest, folder: Path | None) -> dict[str, Any]:
    if folder:
        return _bind(path, folder)
    writable = "emptyDir" in volume
    size = _bytes(volume.get("emptyDir", {}).get("sizeLimit", "1Mi"))
    options = ["nosuid", "nodev", f"size={size}", "mode=1777" if writable else "ro"]
    return {"destination": path, "type": "tmpfs", "source": "tmpfs", "options": options}


def _bind(path: str, folder: Path) -> dict[str, Any]:
    options = ["bind", "ro", "nosuid", "nodev"]
    return {"destination": path, "type": "bind", "source": str(folder), "options": options}


def _memory(container: Manifest) -> int:
    return _bytes(container["resources"]["limits"]["memory"])


def _bytes(text: str) -> int:
    return int(quantity(text) or 0)


def account(folder: Path, token: str, authority: str, namespace: str) -> Path:
    """Write what a pod has of its account into a folder that is not there yet, and return it."""
    folder.mkdir()
    for name, text in {"token": token, "ca.crt": authority, "namespace": namespace}.items():
        (folder / name).write_text(text)
    return folder


def api_server(url: str) -> dict[str, str]:
    """Return the variables by which a pod finds the API server."""
    found = urlsplit(url)
    return {
        "KUBERNETES_SERVICE_HOST": found.hostname or "",
        "KUBERNETES_SERVICE_PORT": str(found.port or 443),
    }


class Container:
    """A running one; what it says goes to ``log``."""

    def __init__(self, spec: Mapping[str, Any], log: Path) -> None:
        self._bundle = tempfile.TemporaryDirectory()
        folder = Path(self._bundle.name)
        (folder / "config.json").write_text(json.dumps(spec))
        self.log = log
        self._name = f"rhoai-operator-{uuid.uuid4().hex[:8]}"
        self._runc = [str(tool("runc")), "--root", str(folder / "state")]
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [*self._runc, "run", "--bundle", str(folder), self._name],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )

    @property
    def pid(self) -> int:
        """The number that its first process has on this machine; 0 before it runs."""
        done = subprocess.run(
            [*self._runc, "state", self._name], check=False, capture_output=True, text=True
        )
        return int(json.loads(done.stdout)["pid"]) if done.returncode == 0 else 0

    def expect_alive(self) -> None:
        """Raise an ImageError if it has ended."""
        if (code := self._process.poll()) is not None:
            said = "\n".join(self.log.read_text(errors="replace").splitlines()[-10:])
            raise ImageError(f"the container ended with {code}:\n{said}")

    def stop(self) -> int:
        """Ask it to end as the kubelet does; return its exit code."""
        try:
            self._process.terminate()
            return self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            return self._process.wait()

    def kill(self) -> None:
        """End it at once, if it has not ended, and remove what it ran from."""
        kill = [*self._runc, "kill", self._name, "KILL"]
        subprocess.run(kill, check=False, capture_output=True)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_SECONDS)
        self._bundle.cleanup()
