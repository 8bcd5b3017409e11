"""``REGEXP`` of an SMS gateway: what is doubtful about it."""

from __future__ import annotations

from notifier.definitions.yamlfile import YamlFile


def check_regexp(file: YamlFile, identifier: str, options: dict[str, str]) -> None:
    """Warn where it changes nothing, or can take very long."""
    for name, expression in options.items():
        if name.upper() == "REGEXP" and expression and (found := _doubt(expression)):
            message, hint = found
            file.problem((identifier, "options", name), f"{name!r}: {message}", hint, warning=True)


def _doubt(expression: str) -> tuple[str, str] | None:
    from notifier.pattern import compile_pattern  # noqa: PLC0415 - only who uses one pays for it
    from notifier.pattern.substitution import parts  # noqa: PLC0415

    taken = parts(expression)
    if taken is None:
        return "it changes no number", "write /PATTERN/REPLACEMENT/, such as /[ -]// or /^0/0049/"
    try:
        pattern = compile_pattern(taken[0])
        pattern.sub(taken[1], "")
    except ValueError as error:
        return f"it changes no number: {error}", "mend it"
    if pattern.explodes(search=True):
        return "this regular expression can take very long on some texts", "avoid repetitions inside repetitions"
    return None
