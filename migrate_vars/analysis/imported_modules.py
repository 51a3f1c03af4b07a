"""What imports lead to: the other files of a project, read where a question leads there.

A file is read as it is on disk. It may be rewritten before or after, in this process or in
another one: so nothing is told of it that rewriting changes, such as the number of a line.
"""

from __future__ import annotations

import ast
import re
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from migrate_vars.analysis.answers import Cuts
from migrate_vars.analysis.distribution import distribution
from migrate_vars.analysis.module import Module
from migrate_vars.analysis.names import NOTHING, Exported, Meaning, ModuleMember
from migrate_vars.analysis.re_exports import ReExports
from migrate_vars.analysis.source import Source, UnparseableSourceError
from migrate_vars.analysis.tensorflow import OTHER_FRAMEWORKS, is_tensorflow
from migrate_vars.analysis.value import UNKNOWN, Inside, Value
from migrate_vars.analysis.words import Words

# No project is looked for under these names: what they mean is known.
_KNOWN_ROOTS = OTHER_FRAMEWORKS | {"tensorflow", "tensorflow_core", "keras", "tf_keras"}
# A module that puts another object in its place.
_REPLACED = re.compile(rb"\bmodules\s*\[\s*__name__\s*\]\s*=(?!=)")
_BY_STRING = re.compile(rb"\b(?:globals|vars|setattr|exec|modules)\b")
_PARSED = 32
_STEPS = 500
_DEPTH = 12


class ModuleFiles(Protocol):
    """Finds the files of modules, and reads them."""

    def root(self, name: str, importer: str) -> str | None:
        """Return the file that an import begins at.

        Args:
            name: The first part of the name that is imported; only dots for a relative import.
            importer: The file that imports.
        """

    def submodule(self, file: str, name: str) -> str | None:
        """Return the file of a module inside a package, which is named by its own file."""

    def module(self, file: str) -> str:
        """Return the name of the module that a file is."""

    def read(self, file: str) -> bytes | None:
        """Return what a file holds; None where it cannot be read."""


class _Node(NamedTuple):
    """A name of another file that a meaning leads to.

    Attributes:
        file: The file.
        name: The dotted name in it.
        starred: Whether a star import leads there, which brings only what is there and public.
    """

    file: str
    name: str
    starred: bool = False


@dataclass(slots=True)
class _Step:
    """Where a name of a file leads: to names of TensorFlow, to an end, to further files."""

    names: set[str] = field(default_factory=set)
    ends: set[ModuleMember] = field(default_factory=set)
    further: list[_Node] = field(default_factory=list)


class ImportedModules:
    """The files of a project that others import, each parsed at most once while it is needed."""

    def __init__(self, files: ModuleFiles, tf_modules: Sequence[str] = ()) -> None:
        """Take what finds the files.

        Args:
            files: It.
            tf_modules: Modules that re-export TensorFlow, such as ``lingvo.compat``.
        """
        self.files = files
        self.tf_modules = tuple(tf_modules)
        self.cuts = Cuts()
        self._re_exports = ReExports(tf_modules)
        self._data: dict[str, bytes | None] = {}
        self._parsed: OrderedDict[str, Module | None] = OrderedDict()
        self._steps: dict[_Node, _Step] = {}
        self._answers: dict[Hashable, Value] = {}
        self._partial: dict[Hashable, Value] = {}
        self._asked: list[Hashable] = []

    def of(self, file: str) -> FileImports:
        """Return what the imports of one file lead to."""
        return FileImports(self, file)

    def trim(self) -> None:
        """Forget the trees of files that were not asked for lately."""
        while len(self._parsed) > _PARSED:
            file, module = self._parsed.popitem(last=False)
            self._data.pop(file, None)
            if module is not None:
                module.release()

    def file_of(self, module: str, importer: str) -> str | None:
        """Return the file of a module by the name that an import gives it; None if none is it."""
        file, below = self.nearest(module, importer)
        if file is None or not below:
            return file
        return None if "." in below else self.files.submodule(file, below)

    def nearest(self, name: str, importer: str) -> tuple[str | None, str]:
        """Return the file of what is imported, or of the package around it, and the name there.

        All but the last part of what an import names are modules. The last can be anything.
        """
        rest = name.lstrip(".")
        dots = name[: len(name) - len(rest)]
        parts = rest.split(".") if rest else []
        root = dots or parts.pop(0)
        if root in _KNOWN_ROOTS:
            return None, ""
        file = self.files.root(root, importer)
        while file is not None and len(parts) > 1:
            below = self.files.submodule(file, parts[0])
            if below is None:
                break
            file = below
            del parts[0]
        return file, ".".join(parts)

    # Names

    def follow(self, members: Iterable[ModuleMember], *, starred: bool = False) -> Meaning:
        """Follow names of other files to where they come from.

        Args:
            members: The names; any of them can be meant.
            starred: Whether star imports lead there.
        """
        names: set[str] = set()
        ends: set[ModuleMember] = set()
        begun = list(members)
        pending = [_Node(m.file, m.name, starred) for m in begun if not m.defined]
        ends.update(m for m in begun if m.defined)
        seen = set(pending)
        while pending:
            step = self._step(pending.pop())
            names |= step.names
            ends |= step.ends
            new = [node for node in dict.fromkeys(step.further) if node not in seen]
            if len(seen) + len(new) > _STEPS:
                return Meaning(members=frozenset(begun))
            seen.update(new)
            pending += new
        if not (names or ends or starred):
            ends.update(begun)
        return Meaning(frozenset(names), frozenset(), frozenset(ends))

    def _step(self, node: _Node) -> _Step:
        known = self._steps.get(node)
        if known is None:
            known = self._steps[node] = self._worked_out(node)
        return known

    def _worked_out(self, node: _Node) -> _Step:
        step = _Step()
        file, dotted, starred = node
        module = self.files.module(file)
        end = ModuleMember(file, module, dotted)
        full = f"{module}.{dotted}" if dotted else module
        named = self._re_exports.name(full)
        if named != full:
            step.names.add(named)
            return step
        if not dotted:
            step.ends.add(end)
            return step
        if dotted.count(".") > 8:
            step.ends.add(end)
            return step
        first, _, rest = dotted.partition(".")
        if rest and self._sets(file, dotted):
            module_of = self._module(file)
            given = module_of.names.given(dotted) if module_of is not None else None
            if given is None:
                step.ends.add(end)
            else:
                self._add(step, node, Exported(given), "")
            return step
        exported = self._exported(file, first, starred=starred)
        if exported is not None:
            self._add(step, node, exported, rest)
        if node in step.further:  # `from . import name` in a package
            step.further = [further for further in step.further if further != node]
        if not (step.names or step.ends) and not starred:
            below = self.files.submodule(file, first)
            if below is not None:
                step.further.append(_Node(below, rest))
            elif not step.further:
                step.ends.add(end)
        last = dotted.rpartition(".")[2]
        if step.names and self._rebinds(file, last):
            step.ends.add(end)
        return step

    def _add(self, step: _Step, node: _Node, exported: Exported, rest: str) -> None:
        """Add where what a file binds to a name leads."""
        file = node.file
        end = ModuleMember(file, self.files.module(file), node.name)
        if exported.defined:
            step.ends.add(end._replace(defined=not rest))
        if exported.computed:
            step.ends.add(end)
        for name in exported.meaning.names:
            step.names.add(f"{name}.{rest}" if rest else name)
        for member in exported.meaning.members:
            name = ".".join(part for part in (member.name, rest) if part)
            step.further.append(_Node(member.file, name))
        for star in exported.stars:
            found = self.file_of(star, file)
            if found is not None:
                step.further.append(_Node(found, node.name, starred=True))
            elif is_tensorflow(star):
                step.names.add(f"{star}.{node.name}")
            elif star.partition(".")[0] not in _KNOWN_ROOTS:
                step.ends.add(end)

    def _exported(self, file: str, name: str, *, starred: bool) -> Exported | None:
        """Return what a file gives under a name; None where it binds no such name."""
        data = self._read(file)
        if data is None or (name.encode() not in data and b"import *" not in data):
            return None
        if _REPLACED.search(data) is not None:
            return Exported(computed=True)
        if not starred and _is_only_defined(name, data):
            return Exported(defined=True)
        module = self._module(file)
        if module is None:
            return Exported(computed=True)
        if starred and not _is_public(name, module):
            return None
        return module.names.exported(name)

    def _sets(self, file: str, dotted: str) -> bool:
        """Tell whether a file gives a dotted name a value: ``train.Saver = tf1.train.Saver``."""
        data = self._read(file) or b""
        pattern = rb"^%b\s*=(?!=)" % re.escape(dotted).encode()
        return dotted.encode() in data and re.search(pattern, data, re.MULTILINE) is not None

    def _rebinds(self, file: str, name: str) -> bool:
        """Tell whether a file may give an attribute of this name a new value on any object."""
        data = self._read(file) or b""
        if name.encode() not in data:
            return False
        word = re.escape(name).encode()
        pattern = rb"\.\s*%b\s*=(?!=)|\b(?:setattr|patch)\b[^\n]*['\"](?:[\w.]*\.)?%b['\"]"
        return re.search(pattern % (word, word), data) is not None

    def _read(self, file: str) -> bytes | None:
        if file not in self._data:
            self._data[file] = self.files.read(file)
        return self._data[file]

    def _module(self, file: str) -> Module | None:
        """Return a file parsed; None where that cannot be done."""
        if file in self._parsed:
            self._parsed.move_to_end(file)
            return self._parsed[file]
        module: Module | None = None
        data = self._read(file)
        if data is not None:
            try:
                imports = self.of(file)
                module = Module(Source.decode(data), imports, imports, for_others=True)
            except (UnparseableSourceError, RecursionError, MemoryError):
                module = None  # whoever works on that file says so
        self._parsed[file] = module
        return module

    # Values

    def value(self, member: ModuleMember) -> Value:
        """Say what a name of another file holds."""
        return self._ask("value", member, (), lambda module: module.values.exported(member.name))

    def returned(self, member: ModuleMember) -> Value:
        """Say what the call of a function of another file returns."""
        return self._ask(
            "returned", member, (), lambda module: module.values.returned_by(member.name)
        )

    def element(self, member: ModuleMember, inside: Inside) -> Value:
        """Say what is inside of what a name of another file holds."""
        return self._ask(
            "element", member, inside, lambda module: module.values.inside(member.name, inside)
        )

    def element_returned(self, member: ModuleMember, inside: Inside) -> Value:
        """Say what is inside of what a function of another file returns."""
        return self._ask(
            "element returned",
            member,
            inside,
            lambda module: module.values.inside_returned(member.name, inside),
        )

    def attribute(self, member: ModuleMember, name: str) -> Value:
        """Say what the objects of a class of another file hold in an attribute."""
        return self._ask(
            "attribute", member, name, lambda module: module.values.attribute(member.name, name)
        )

    def _ask(
        self, what: str, member: ModuleMember, more: Hashable, answer: Callable[[Module], Value]
    ) -> Value:
        """Ask a question of another file.

        An answer that was cut short is kept only until the first question is answered, so that no
        answer depends on what was asked before.
        """
        if "." in member.name or not member.name:
            return UNKNOWN
        key = (what, member.file, member.name, more)
        known = self._answers.get(key)
        if known is not None:
            return known
        if key in self._asked or len(self._asked) > _DEPTH or key in self._partial:
            self.cuts.count += 1
            return self._partial.get(key, UNKNOWN)
        cuts = self.cuts.count
        self._asked.append(key)
        try:
            result = self._answer(member, answer)
        finally:
            self._asked.pop()
        if cuts == self.cuts.count:
            self._answers[key] = result
        else:
            self._partial[key] = result
        if not self._asked:
            self._partial.clear()
        return result

    def _answer(self, member: ModuleMember, answer: Callable[[Module], Value]) -> Value:
        data = self._read(member.file)
        if data is None:
            return UNKNOWN
        module = self._module(member.file)
        if module is None:
            return UNKNOWN
        try:
            found = answer(module)
        except RecursionError:
            return UNKNOWN
        plain = found.plain and not (b"partitioner" in data or distribution(module.scopes))
        return _without_lines(found._replace(plain=plain), member.module)


class FileImports:
    """What the imports of one file lead to."""

    def __init__(self, modules: ImportedModules, file: str) -> None:
        self.modules = modules
        self.file = file
        self.cuts = modules.cuts
        self.value = modules.value
        self.returned = modules.returned
        self.element = modules.element
        self.element_returned = modules.element_returned
        self.attribute = modules.attribute
        self._re_exports = ReExports(modules.tf_modules, file)

    def imported(self, name: str) -> Meaning:
        """Return what an import brings, by the name that it has there."""
        if self._re_exports.name(name) == name:
            found, below = self.modules.nearest(name, self.file)
            if found is not None:
                module = self.modules.files.module(found)
                return Meaning(members=frozenset({ModuleMember(found, module, below)}))
        return Meaning(frozenset({name}))

    def settled(self, meaning: Meaning) -> Meaning:
        """Return what a meaning is once the members of other files are followed to their end."""
        if self._re_exports:
            meaning = meaning._replace(names=frozenset(map(self._re_exports.name, meaning.names)))
        if not meaning.members:
            return meaning
        followed = self.modules.follow(meaning.members)
        return Meaning(meaning.names, meaning.unknown) | followed

    def starred(self, modules: Iterable[str], name: str) -> Meaning:
        """Return what star imports of some modules bring under a name; nothing if they do not."""
        members: list[ModuleMember] = []
        unknown: list[str] = []
        for module in modules:
            found = self.modules.file_of(module, self.file)
            if found is not None:
                members.append(ModuleMember(found, self.modules.files.module(found), name))
            elif module.partition(".")[0] not in _KNOWN_ROOTS:
                unknown.append(module)
        followed = self.modules.follow(members, starred=True) if members else NOTHING
        if followed == NOTHING or not unknown:
            return followed
        words = frozenset(f"what 'from {module} import *' brings" for module in unknown)
        return followed | Meaning(unknown=words)


def _is_only_defined(name: str, data: bytes) -> bool:
    """Tell, without parsing, whether a file defines a function or class, and only uses it else."""
    if not name.isascii():
        return False
    uses = (b".", b"@", b"`") if _BY_STRING.search(data) else (b".", b"@", b"`", b"'", b'"')
    defined = False
    for at in Words((name,), (name,)).found(data):
        line = data.rfind(b"\n", 0, at) + 1
        if data[line:at] in (b"def ", b"class "):
            defined = True
        elif data[at - 1 : at] not in uses and not data.startswith(b"(", at + len(name)):
            return False
    return defined


def _is_public(name: str, module: Module) -> bool:
    """Tell whether ``from module import *`` brings a name, should the module bind it."""
    listed = module.scopes.root.bindings.get("__all__", [])
    if not listed:
        return not name.startswith("_")
    names: set[object] = set()
    for binding in listed:
        if not isinstance(binding.value, (ast.List, ast.Tuple)):
            return True
        for element in binding.value.elts:
            if not isinstance(element, ast.Constant):
                return True
            names.add(element.value)
    return name in names


def _without_lines(value: Value, module: str) -> Value:
    """Return what is known of a value of a module, in words that rewriting the module keeps."""
    why = f"from {module}"
    if " in " in value.why and "line" not in value.why:
        why = value.why
    elif value.is_variable and "line" not in value.why:
        why = f"{value.why} in {module}"
    doubt = f"{module} can rebind it" if value.doubt else ""
    return value._replace(why=why, doubt=doubt)
