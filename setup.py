"""What pyproject.toml cannot say: the wheel carries the catalog, which lies beside the package."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

PACKAGE, CATALOG = "rhoai_operator", "manifests"


class WithCatalog(build_py):
    """Adds ``manifests/`` to the package; an editable install takes it from the checkout."""

    def run(self) -> None:
        """See ``build_py``."""
        super().run()
        if not self.editable_mode:
            shutil.copytree(CATALOG, Path(self.build_lib, PACKAGE, CATALOG), dirs_exist_ok=True)

    def get_source_files(self) -> list[str]:
        """Return what a source distribution is to hold as well."""
        catalog = (str(path) for path in Path(CATALOG).rglob("*") if path.is_file())
        return [*super().get_source_files(), *sorted(catalog)]


setup(cmdclass={"build_py": WithCatalog})
