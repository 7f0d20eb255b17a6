from __future__ import annotations

import copy
import json

from rhoai_operator.core.hidden import GENERATED, Hidden


def test_it_is_text_that_only_repr_hides() -> None:
    text = Hidden("top")
    assert text == "top"
    assert json.dumps({"a": text}) == '{"a": "top"}'
    assert repr({"a": [text]}) == f"{{'a': [{GENERATED}]}}"
    assert repr(copy.deepcopy(text)) == GENERATED
