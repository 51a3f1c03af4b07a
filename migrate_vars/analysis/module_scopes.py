"""One module as its statements and expressions show it: the way in for everything that asks."""

from __future__ import annotations

import ast

from migrate_vars.analysis.dynamic_names import DynamicNames
from migrate_vars.analysis.expressions import Expressions
from migrate_vars.analysis.source import Lines
from migrate_vars.analysis.statements import Statements


class ModuleScopes:
    """The scopes of one parsed module, and its statements and expressions.

    Attributes:
        lines: The source as UTF-8, and where its lines start.
        root: The scope of the module.
        scope_of: The scope that a node opens: the module, a class, a function, a comprehension.
        star_imports: Each ``from module import *`` with the module's name.
        imports: Each ``from module import name`` statement, with its scope.
        updates: Statements that may update a name in place: ``v = v + x``, ``v += x``.
        opaque: The lines that may bind any name of the module, such as ``globals().update(x)``.
        writing_by_name: The expressions of all statements that may write names by a string.
    """

    def __init__(self, tree: ast.Module, lines: Lines) -> None:
        statements = Statements(tree)
        scopes = statements.scopes
        expressions = Expressions(statements, lines)
        if b":=" in lines.data:
            expressions.bind_walruses()
        scopes.bind_nonlocals()
        dynamic = DynamicNames(scopes, expressions)
        self.lines = lines
        self.root = scopes.root
        self.scope_of = scopes.scope_of
        self.lookup = scopes.lookup
        self.release = scopes.release
        self.star_imports = statements.star_imports
        self.imports = statements.imports
        self.updates = statements.updates
        self.opaque = dynamic.opaque
        self.writing_by_name = dynamic.writing
        self.nodes_on_lines = expressions.nodes_on_lines
        self.nodes_mentioning = expressions.nodes_mentioning
        self.calls_mentioning = expressions.calls_mentioning
        self.statements_mentioning = expressions.statements_mentioning
        self.comprehension_scope = expressions.comprehension_scope
