"""The text of one call with comments in it, taken apart by libcst.

A concrete syntax tree knows which comment belongs where. Importing libcst takes as long as parsing
a large project, so only calls with comments come here; ``call_text`` sees the same pieces in all
others, as its tests show.
"""

from __future__ import annotations

import warnings

from migrate_vars.editing.call_text import Argument, CallText, CallTextError


def take_apart(text: str) -> CallText:
    """Take a call apart; its pieces, put together again, are the text.

    Args:
        text: The call, from its function to its closing parenthesis, without ``**``.

    Raises:
        CallTextError: It is not understood.
    """
    import libcst

    enclosed = f"({text})"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of invalid escapes in strings, which are the user's
        try:
            call = libcst.parse_expression(enclosed)
        except (libcst.ParserSyntaxError, RecursionError) as error:
            raise CallTextError(text) from error
    if not isinstance(call, libcst.Call):
        raise CallTextError(text)
    # Nodes do not keep the line break that libcst takes for the usual one of their text.
    for newline in ("\n", "\r\n", "\r"):
        code = libcst.Module([], default_newline=newline).code_for_node
        if code(call) == enclosed:
            break
    else:
        raise CallTextError(text)
    before = code(call.whitespace_before_args)
    arguments = []
    for argument in call.args:
        after, following = code(argument.whitespace_after_arg), ""
        comma = isinstance(argument.comma, libcst.Comma)
        if isinstance(argument.comma, libcst.Comma):
            after += code(argument.comma.whitespace_before)
            following = code(argument.comma.whitespace_after)
        arguments.append(
            Argument(
                before,
                argument.keyword.value if argument.keyword else "",
                code(argument.equal) if isinstance(argument.equal, libcst.AssignEqual) else "",
                code(argument.value),
                after if comma else "",
                comma,
                isinstance(argument.value, libcst.NamedExpr) and not argument.value.lpar,
            )
        )
        before = following if comma else after
    function, gap = code(call.func), code(call.whitespace_after_func)
    return CallText(function, gap, tuple(arguments), before)
