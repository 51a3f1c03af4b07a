"""Generated call sites: parse, idempotence, outside bytes, meaning and comments."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from migrate_vars.codemod.engine import rewrite_source
from tests.codemod.rewriting_checks import comments

# What is imported, the module, and what TensorFlow is called; empty: an import is added.
ALIASES = st.sampled_from(
    [
        ("import tensorflow as tf", "tf", "tf"),
        ("import tensorflow as t", "t.compat.v1", "t"),
        ("import tensorflow.compat.v1 as tf", "tf", "tf"),
        ("from tensorflow.compat import v1 as tf1", "tf1", "tf1"),
        ("from tensorflow.python.ops import state_ops", "state_ops", ""),
        ("import tensorflow.compat.v1", "tensorflow.compat.v1", "tensorflow"),
    ]
)
EXPRESSIONS = st.recursive(
    st.sampled_from(["v", "self.v", "1.", "'é#'", "x['k']", "f()", "f'{v}'", "'''a\n b'''"]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda p: f"({p[0]} + {p[1]})"),
        st.tuples(inner, inner).map(lambda p: f"[{p[0]}, {p[1]}][0]"),
        st.tuples(inner, inner).map(lambda p: f"({p[0]} if c else {p[1]})"),
        inner.map(lambda e: f"f({e},\n  k={e})"),
        inner.map(lambda e: f"(lambda: {e})"),
        inner.map(lambda e: f"(w := {e})"),
        inner.map(lambda e: f"({e}).b"),
        inner.map(lambda e: f"[{e} for q in z if {e}]"),
    ),
    max_leaves=5,
)
SPARSE = ["scatter_update", "scatter_sub", "scatter_max", "batch_scatter_update"]
GAPS = st.sampled_from(["", " ", "\n    ", "  # one\n  ", "\n  # two\n\n   # three é\n  ", "\\\n "])


RECEIVERS = st.one_of(
    st.sampled_from(["v", "self.v", "x['k']", "f()", "v[0]"]),
    EXPRESSIONS.map(lambda e: f"f({e})"),
    EXPRESSIONS.map(lambda e: f"({e}).b"),
    EXPRESSIONS.map(lambda e: f"d[{e}]"),
    EXPRESSIONS.map(lambda e: f"(w := f({e}))"),
)


@dataclass(frozen=True)
class Site:
    """A call, the method call that it must become, and whether TensorFlow's name is in that."""

    call: str
    expected: str
    packed: bool


def may_be_slice(receiver: str) -> bool:
    """Whether an expression can be a slice of a variable, whose method has no ``value=``."""
    node = ast.parse(receiver, mode="eval").body
    if not isinstance(node, ast.Subscript):
        return False
    return not (isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str))


@st.composite
def sites(draw: st.DrawFn, module: str, tensorflow: str) -> Site:
    """Draw a call in any form that can be rewritten, with any layout."""
    op = draw(st.sampled_from(["assign", "assign_add", "scatter_nd_add", *SPARSE]))
    receiver = draw(RECEIVERS)
    given_arguments = [receiver]
    if op.startswith("assign"):
        value = draw(EXPRESSIONS)
        keyword_value = draw(st.booleans())
        given_arguments.append(f"value={value}" if keyword_value else value)
        by_name = keyword_value and op == "assign" and not may_be_slice(receiver)
        kept = [f"value={value}" if by_name else value]
    else:
        indices, updates = draw(EXPRESSIONS), draw(EXPRESSIONS)
        swapped = op != "scatter_nd_add" and draw(st.booleans())
        keyword_value = swapped or draw(st.booleans())
        pair = [indices, f"updates={updates}" if keyword_value else updates]
        packed = [f"indices={indices}", f"values={updates}"]
        if swapped:
            pair[0] = f"indices={indices}"
            pair.reverse()
            packed.reverse()
        given_arguments += pair
        kept = [f"{tensorflow or 'tf'}.IndexedSlices({', '.join(packed)})"]
        if op == "scatter_nd_add":
            kept = pair
    default = ""
    if op == "assign":
        default = draw(st.sampled_from(["", "validate_shape=True", "validate_shape = None"]))
        if not keyword_value and draw(st.booleans()):
            default = draw(st.sampled_from(["True", "None"]))
    elif op == "scatter_nd_add":
        default = draw(st.sampled_from(["", "use_locking=True", "use_locking = None"]))
    given_arguments += [default] if default else []
    extras = [[], ["name='n'"]]
    if op != "scatter_nd_add":
        extras += [["use_locking=True"], ["name='n'", "use_locking=x"]]
    for extra in draw(st.sampled_from(extras)):
        given_arguments.append(extra)
        kept.append(extra)
    text = f"{module}.{op}("
    for number, argument in enumerate(given_arguments):
        text += draw(GAPS) + argument + draw(GAPS)
        if number < len(given_arguments) - 1 or draw(st.booleans()):
            text += ","
    text += draw(GAPS) + ")"
    return Site(text, f"({receiver}).{op}({', '.join(kept)})", op in SPARSE)


FRAMES = st.sampled_from(
    [
        "u = {}\n",
        "def outer(v, self):\n\treturn [{}]  # after\n",
        "class A:\n    def outer(self, v):\n        with g([{}]) as h: pass\n",
        "if x: {}\nelse: {}",
        "{}; {} # last",
        "\x0cu = '{{é}}', {}, {}\r\nlast = 1",
        "async def outer(v, self):\n    await {}\n",
    ]
)


@st.composite
def modules(draw: st.DrawFn) -> tuple[str, str, list[str]]:
    """Draw a module, its expected form, and the text around its calls."""
    imports, module, tensorflow = draw(ALIASES)
    frame = draw(FRAMES)
    parts = frame.replace("{{", "{ {").replace("}}", "} }").split("{}")
    chosen = [draw(sites(module, tensorflow)) for _ in parts[1:]]
    added = "" if tensorflow or not any(s.packed for s in chosen) else "import tensorflow as tf\n"
    source = f"{imports}\n{parts[0]}"
    expected = added + source
    for site, part in zip(chosen, parts[1:], strict=True):
        source += site.call + part
        expected += site.expected + part
    return source, expected, [f"{added}{imports}\n{parts[0]}", *parts[1:]]


@settings(deadline=None, max_examples=300)
@given(modules())
def test_generated_call_sites(case: tuple[str, str, list[str]]) -> None:
    source, expected, outside = case
    ast.parse(source)
    result = rewrite_source(source.encode())
    output = result.output.decode()
    assert result.changed
    assert ast.dump(ast.parse(output)) == ast.dump(ast.parse(expected))
    assert comments(output) == comments(source)
    assert rewrite_source(result.output).output == result.output
    at = 0
    for text in outside:
        assert text in output[at:]
        at = output.index(text, at) + len(text)
    assert output.startswith(outside[0])
    assert output.endswith(outside[-1])


@settings(deadline=None, max_examples=150)
@given(modules(), st.sampled_from(["\r\n", "\r"]))
def test_line_breaks_of_the_file_are_kept(
    case: tuple[str, str, list[str]], line_break: str
) -> None:
    source = case[0].replace("\r\n", "\n").replace("\n", line_break)
    output = rewrite_source(source.encode()).output.decode()
    assert "\n" not in output.replace(line_break, "")
    assert "\r" not in output.replace(line_break, "")


@settings(deadline=None, max_examples=300)
@given(st.text(alphabet="tf.assign(v,1)='\"# \n\\{}f:=*[]", max_size=60))
def test_any_text_is_handled_or_said_to_be_unparseable(text: str) -> None:
    from migrate_vars.codemod.engine import UnparseableSourceError

    source = f"import tensorflow as tf\ntf.assign(a, 1)\n{text}".encode()
    try:
        result = rewrite_source(source)
    except UnparseableSourceError:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ast.parse(result.output)
