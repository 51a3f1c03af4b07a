"""One call: taken apart, and put together as a method call.

Layout of the new call:

* What stood between the method's name and the parenthesis, and after the parenthesis, stays.
* The first argument takes the place of the receiver, so ``f(v, x)`` becomes ``v.f(x)``, and a
  value that hung below the receiver (``f(v,`` newline ``x)``) is pulled up behind the parenthesis.
  Further lines keep their indentation; nothing is re-aligned, as that could change strings.
* Each argument keeps the text around it, the blanks before its comma included. A trailing comma
  stays where there was one.
* Comments that stood next to something that went away move, in their order, in front of the next
  argument, one per line.
* Arguments that are packed into one object keep their order and what stands between them; a
  further line among them is indented to stand below the first, where that starts a line.
* The receiver gets parentheses where attribute access needs them, and where it spans lines that
  no bracket of its own holds together. Parentheses that it had stay.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Sequence
from typing import NamedTuple

from migrate_vars.analysis.source import parse_expression
from migrate_vars.editing import call_text
from migrate_vars.editing.call_text import Argument, CallText, CallTextError
from migrate_vars.editing.splice import ReplacementError


class MethodArgument(NamedTuple):
    """One argument as the method gets it: which one of the call, and under which keyword.

    Attributes:
        position: Which one of the call it is, in the order of the source.
        keyword: The keyword, or None for a positional argument.
        packed: Whether it becomes a part of the ``tf.IndexedSlices`` that comes first.
    """

    position: int
    keyword: str | None
    packed: bool = False


_COMMENT = re.compile(r"#[^\r\n]*")
_NEWLINE = re.compile(r"\r\n?|\n")


def as_method_call(
    text: str,
    method: str,
    receiver: int,
    arguments: Sequence[MethodArgument],
    *,
    packing: str = "",
    in_fstring: bool,
) -> str:
    """Return the text of a function call turned into a method call.

    Args:
        text: The call, from the function's name to the closing parenthesis.
        method: The name of the method.
        receiver: Which argument becomes the receiver.
        arguments: What the method is given, as indices of the function's arguments.
        packing: What the packed ones of the arguments are given to, such as ``tf.IndexedSlices``.
        in_fstring: Whether the call stands in a replacement field, where ``{{`` means a brace.

    Raises:
        ReplacementError: The text was not understood, or a comment has no place to go.
    """
    try:
        call = _take_apart(text)
    except CallTextError as error:
        raise ReplacementError("its layout is not understood") from error
    target = _receiver(_value(call.arguments[receiver]), in_fstring)
    newline = _NEWLINE.search(text)
    inside = _arguments(call, arguments, newline.group() if newline else "\n", packing)
    result = f"{target}.{method}{call.gap}({inside})"
    if "#" in text and _comment_tokens(text) != _comment_tokens(result):
        raise ReplacementError("a comment would be lost")
    return result


def _take_apart(text: str) -> CallText:
    if "#" not in text:
        return call_text.take_apart(text)
    from migrate_vars.editing import call_cst  # imported here: it takes long, and is seldom needed

    return call_cst.take_apart(text)


def _receiver(body: str, in_fstring: bool) -> str:
    """Return the receiver as text that ``.method`` can follow."""
    if all(map(str.isidentifier, body.split("."))):  # most are; this saves parsing them
        return body
    if not (in_fstring and body.startswith("{")):
        try:
            alone = parse_expression(f"({body})")
            followed = parse_expression(f"{body}.method")
        except SyntaxError:
            return f"({body})"
        if isinstance(followed, ast.Attribute) and ast.dump(followed.value) == ast.dump(alone):
            return body
    return f"({body})"


def _arguments(
    call: CallText, arguments: Sequence[MethodArgument], newline: str, packing: str
) -> str:
    """Return what stands between the parentheses of the method call."""
    parts, tail = call.arguments, call.tail
    comments = _COMMENT.findall(call.function)
    opening = parts[0].before
    new = {argument.position: argument for argument in arguments}
    packed = [argument.position for argument in arguments if argument.packed]
    bodies = {a.position: _argument(parts[a.position], a.keyword) for a in arguments}
    if packed:
        bodies[packed[0]] = f"{packing}({bodies[packed[0]]}"
        bodies[packed[-1]] += ")"
    if list(new) != sorted(new):
        if any(_COMMENT.search(p.before + p.equal + p.after) for p in parts):
            raise ReplacementError("its comments would lose their place")
        return opening + ", ".join(bodies[i] for i in new) + tail
    out: list[str] = []
    gone = ""  # what stood before the first of the arguments that were just dropped
    for index, part in enumerate(parts):
        if index not in new:
            if index and not out:
                comments += _COMMENT.findall(part.before)
            elif out and not gone:
                gone = part.before
            elif out:
                comments += _COMMENT.findall(part.before)
            comments += _COMMENT.findall(part.equal + part.after)
            continue
        if part.keyword and new[index].keyword is None:
            comments += _COMMENT.findall(part.equal)
        if out:
            gap = _joined(gone, comments, part.before, newline)
            if index in packed[1:] and _NEWLINE.search(opening) and _NEWLINE.search(gap):
                gap += " " * (len(packing) + 1)
            out += [",", gap]
        else:
            comments += _COMMENT.findall(part.before) if index else []
            out.append(_joined(opening, comments, opening, newline, part.before))
        out.append(bodies[index] + part.after)
        comments, gone = [], ""
    if parts[-1].comma and out:
        out.append(",")
    out.append(_joined(gone, comments, tail, newline, parts[-1].before))
    return "".join(out)


def _argument(part: Argument, keyword: str | None) -> str:
    if keyword is None:
        return _value(part)
    return f"{keyword}{part.equal or '='}{_value(part)}"


def _value(part: Argument) -> str:
    return f"({part.value})" if part.walrus else part.value


def _joined(gone: str, comments: Sequence[str], own: str, newline: str, model: str = "") -> str:
    """Return what stands before the next argument, or before the closing parenthesis.

    Args:
        gone: What stood before something that is no longer there; it may hold comments.
        comments: Further comments that have lost their place.
        own: What stood here before.
        newline: The line break of the call.
        model: Text whose last line shows how far to indent, should ``own`` have one line.
    """
    if not comments and not _COMMENT.search(gone):
        return own
    if gone is not own:
        comments = [*comments, *_COMMENT.findall(own)]
    lines = _NEWLINE.split(own if _NEWLINE.search(own) else model)
    closing = newline + (lines[-1] if len(lines) > 1 else "")
    # The last line of `gone` is an indentation, unless it is the only one.
    last = max(gone.rfind("\n"), gone.rfind("\r")) + 1
    start = gone[:last].rstrip("\r\n") + closing if last else "  "
    return start + "".join(comment + closing for comment in comments)


def _comment_tokens(text: str) -> list[str]:
    lines = io.StringIO("(" + _NEWLINE.sub("\n", text) + ")")
    tokens = tokenize.generate_tokens(lines.readline)
    return sorted(t.string.rstrip() for t in tokens if t.type == tokenize.COMMENT)
