"""Templates to text. The only module that knows Jinja."""

from __future__ import annotations

import base64
import json
import re
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any

import jinja2

from rhoai_operator.core.hidden import Hidden
from rhoai_operator.render.errors import RenderError

_UNREADABLE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")

_FAULTS = (
    jinja2.TemplateError,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
"""What an expression in a template can raise."""


class Templates:
    """Every ``<root>/<component>/templates/**/*.yaml.j2``, compiled once, here.

    One that does not compile fails its own component, when that is rendered, and no other.
    Templates whose names end otherwise are there to be imported.
    """

    def __init__(self, root: Path) -> None:
        self._jinja = jinja2.Environment(
            loader=jinja2.FileSystemLoader(root),
            undefined=jinja2.StrictUndefined,
            autoescape=False,  # noqa: S701 - the output is YAML, not HTML
            auto_reload=False,
            cache_size=-1,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self._jinja.filters |= {"json": as_json, "base64": as_base64}
        self._compiled: dict[str, list[tuple[PurePath, jinja2.Template | RenderError]]] = {}
        for path in sorted(root.glob("*/templates/**/*.yaml.j2")):
            source = path.relative_to(root)
            self._compiled.setdefault(source.parts[0], []).append((source, self._compile(source)))

    def render(self, component: str, context: Mapping[str, Any]) -> Iterator[tuple[PurePath, str]]:
        """Render a component's templates, in the order of their names.

        Raises:
            RenderError: one does not compile, or mentions what is not in ``context``.
        """
        for source, template in self._compiled.get(component, ()):
            if isinstance(template, RenderError):
                raise template
            try:
                text = template.render(context)
            except _FAULTS as error:
                raise RenderError(source, f"{_line(template, error)}{error}") from error
            yield source, text

    def _compile(self, source: PurePath) -> jinja2.Template | RenderError:
        try:
            return self._jinja.get_template(source.as_posix())
        except jinja2.TemplateSyntaxError as error:
            return RenderError(source, f"line {error.lineno}: {error.message}")
        except (jinja2.TemplateError, OSError, UnicodeDecodeError) as error:
            return RenderError(source, f"cannot be read: {error}")


def as_json(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Encode for a template: JSON that YAML reads as the same value, on one line."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return _UNREADABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def as_base64(text: str) -> str:
    """Encode for the ``data`` of a Secret."""
    return Hidden(base64.b64encode(text.encode()).decode())


def _line(template: jinja2.Template, error: Exception) -> str:
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == template.filename
    ]
    return f"line {lines[-1]}: " if lines else ""
