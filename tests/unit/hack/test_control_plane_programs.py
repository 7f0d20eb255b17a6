from __future__ import annotations

from pathlib import Path

from hack.control_plane_programs import PROGRAMS, SERVER, Ports, command_lines

PORTS = Ports(etcd=1, peer=2, apiserver=3)


def test_one_binary_is_all_programs(tmp_path: Path) -> None:
    binary = tmp_path / "control-plane"
    lines = command_lines(tmp_path, binary, PORTS)
    assert tuple(lines) == PROGRAMS
    assert all(line[:2] == [str(binary), name] for name, line in lines.items())
    assert "--secure-port=3" in lines["kube-apiserver"]


def test_a_folder_of_programs_has_no_controllers(tmp_path: Path) -> None:
    lines = command_lines(tmp_path, tmp_path, PORTS)
    assert tuple(lines) == SERVER
    assert lines["etcd"][0] == str(tmp_path / "etcd")
