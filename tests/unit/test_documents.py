"""Documentation can be run: it says of each block what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import documents
from tests.documents import LANGUAGES, Block, blocks

PAGE = """
# A page

```sh
make it
```

<!-- not run: it takes a day -->

```sh
make everything
```

1. A step:

   ```yaml title="manifests/it.yaml"
   a:
     - 1
   ```

```text
it is made
```
"""


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(documents, "ROOT", tmp_path)
    path = tmp_path / "page.md"
    path.write_text(PAGE)
    return path


def test_blocks_are_found_with_what_is_said_of_them(page: Path) -> None:
    assert list(blocks(page)) == [
        Block(page, 5, "sh", "", "make it\n", ""),
        Block(page, 11, "sh", "", "make everything\n", "it takes a day"),
        Block(page, 17, "yaml", "manifests/it.yaml", "a:\n  - 1\n", ""),
        Block(page, 22, "text", "", "it is made\n", ""),
    ]
    assert next(str(block) for block in blocks(page)) == "page.md:5"


@pytest.mark.parametrize(
    "page", documents.pages(), ids=lambda path: str(path.relative_to(documents.ROOT))
)
def test_every_block_says_what_it_is(page: Path) -> None:
    found = [
        f"{block}: {block.language!r}" for block in blocks(page) if block.language not in LANGUAGES
    ]

    assert found == []
