"""Fill the templates. Everything a film says about itself is text, never markup."""

from importlib import resources

import jinja2

from castmap.pages.layout import length, time_code

_FOLDER = resources.files("castmap.pages") / "templates"


def render(template: str, **content: object) -> str:
    """Render a template with its style and script inlined.

    Args:
        template: a file of the templates folder.
        content: what the template names.

    Raises:
        jinja2.UndefinedError: the template names something that is not given.
        ValueError: a number for a script is NaN or infinite, which it could not read.
    """
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: (_FOLDER / name).read_text(encoding="utf-8")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"sort_keys": True, "allow_nan": False}
    environment.filters |= {"time_code": time_code, "duration": length}
    return environment.get_template(template).render(**content)
