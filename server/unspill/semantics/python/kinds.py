"""The kinds of nodes of tree-sitter-python's grammar that are used.

Nothing outside of this package compares a node's type with a string: mypy finds a misspelt `Kind`, and a test one that
the grammar does not have. They are not an enumeration, since walking trees compares them: looking up a member takes
three times as long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NewType

if TYPE_CHECKING:
    from typing import TypeGuard

    from tree_sitter import Node


NodeType = NewType("NodeType", str)
"""The grammar's name of a kind of node."""


class Kind:
    """The kinds of nodes."""

    MODULE: Final = NodeType("module")
    BLOCK: Final = NodeType("block")
    COMMENT: Final = NodeType("comment")

    # Statements and their parts
    ASSERT: Final = NodeType("assert_statement")
    CLASS: Final = NodeType("class_definition")
    DECORATED: Final = NodeType("decorated_definition")
    DECORATOR: Final = NodeType("decorator")
    CASE: Final = NodeType("case_clause")
    DELETE: Final = NodeType("delete_statement")
    ELIF: Final = NodeType("elif_clause")
    ELSE: Final = NodeType("else_clause")
    EXCEPT: Final = NodeType("except_clause")
    EXPRESSION_STATEMENT: Final = NodeType("expression_statement")
    FINALLY: Final = NodeType("finally_clause")
    FOR: Final = NodeType("for_statement")
    FUNCTION: Final = NodeType("function_definition")
    GLOBAL: Final = NodeType("global_statement")
    IF: Final = NodeType("if_statement")
    IMPORT: Final = NodeType("import_statement")
    IMPORT_ALIAS: Final = NodeType("aliased_import")
    IMPORT_FROM: Final = NodeType("import_from_statement")
    IMPORT_FUTURE: Final = NodeType("future_import_statement")
    MATCH: Final = NodeType("match_statement")
    NONLOCAL: Final = NodeType("nonlocal_statement")
    PRINT: Final = NodeType("print_statement")
    RAISE: Final = NodeType("raise_statement")
    RETURN: Final = NodeType("return_statement")
    TRY: Final = NodeType("try_statement")
    WHILE: Final = NodeType("while_statement")
    WITH: Final = NodeType("with_statement")
    WITH_CLAUSE: Final = NodeType("with_clause")
    WITH_ITEM: Final = NodeType("with_item")

    # Parameters and patterns
    PARAMETERS: Final = NodeType("parameters")
    LAMBDA_PARAMETERS: Final = NodeType("lambda_parameters")
    DEFAULT_PARAMETER: Final = NodeType("default_parameter")
    TYPED_DEFAULT_PARAMETER: Final = NodeType("typed_default_parameter")
    TYPED_PARAMETER: Final = NodeType("typed_parameter")
    AS_PATTERN: Final = NodeType("as_pattern")
    AS_TARGET: Final = NodeType("as_pattern_target")
    CASE_PATTERN: Final = NodeType("case_pattern")
    DICT_PATTERN: Final = NodeType("dict_pattern")
    DOTTED_NAME: Final = NodeType("dotted_name")
    DICT_SPLAT_PATTERN: Final = NodeType("dictionary_splat_pattern")
    KEYWORD_PATTERN: Final = NodeType("keyword_pattern")
    LIST_PATTERN: Final = NodeType("list_pattern")
    LIST_SPLAT_PATTERN: Final = NodeType("list_splat_pattern")
    PATTERN_LIST: Final = NodeType("pattern_list")
    SPLAT_PATTERN: Final = NodeType("splat_pattern")
    TUPLE_PATTERN: Final = NodeType("tuple_pattern")
    UNION_PATTERN: Final = NodeType("union_pattern")

    # Expressions and their parts
    ARGUMENTS: Final = NodeType("argument_list")
    ASSIGNMENT: Final = NodeType("assignment")
    ATTRIBUTE: Final = NodeType("attribute")
    AUGMENTED_ASSIGNMENT: Final = NodeType("augmented_assignment")
    AWAIT: Final = NodeType("await")
    BINARY_OPERATOR: Final = NodeType("binary_operator")
    BOOLEAN_OPERATOR: Final = NodeType("boolean_operator")
    CALL: Final = NodeType("call")
    COMPARISON: Final = NodeType("comparison_operator")
    CONDITIONAL: Final = NodeType("conditional_expression")
    DICTIONARY: Final = NodeType("dictionary")
    DICT_COMPREHENSION: Final = NodeType("dictionary_comprehension")
    DICT_SPLAT: Final = NodeType("dictionary_splat")
    EXPRESSION_LIST: Final = NodeType("expression_list")
    FLOAT: Final = NodeType("float")
    FALSE: Final = NodeType("false")
    FOR_IN: Final = NodeType("for_in_clause")
    GENERATOR: Final = NodeType("generator_expression")
    GENERIC_TYPE: Final = NodeType("generic_type")
    IDENTIFIER: Final = NodeType("identifier")
    INTEGER: Final = NodeType("integer")
    KEYWORD_ARGUMENT: Final = NodeType("keyword_argument")
    LAMBDA: Final = NodeType("lambda")
    LIST: Final = NodeType("list")
    LIST_COMPREHENSION: Final = NodeType("list_comprehension")
    LIST_SPLAT: Final = NodeType("list_splat")
    NAMED_EXPRESSION: Final = NodeType("named_expression")
    NONE: Final = NodeType("none")
    NOT_OPERATOR: Final = NodeType("not_operator")
    PAIR: Final = NodeType("pair")
    PARENTHESES: Final = NodeType("parenthesized_expression")
    SET: Final = NodeType("set")
    SET_COMPREHENSION: Final = NodeType("set_comprehension")
    SLICE: Final = NodeType("slice")
    SUBSCRIPT: Final = NodeType("subscript")
    TRUE: Final = NodeType("true")
    TUPLE: Final = NodeType("tuple")
    UNARY_OPERATOR: Final = NodeType("unary_operator")
    YIELD: Final = NodeType("yield")

    # Strings and their parts
    STRING: Final = NodeType("string")
    STRINGS: Final = NodeType("concatenated_string")
    STRING_START: Final = NodeType("string_start")
    STRING_CONTENT: Final = NodeType("string_content")
    STRING_END: Final = NodeType("string_end")
    ESCAPE: Final = NodeType("escape_sequence")
    ESCAPED_BRACE: Final = NodeType("escape_interpolation")
    INTERPOLATION: Final = NodeType("interpolation")

    # Operators
    AND: Final = NodeType("and")
    OR: Final = NodeType("or")
    IN: Final = NodeType("in")
    NOT_IN: Final = NodeType("not in")
    PERCENT: Final = NodeType("%")
    PLUS: Final = NodeType("+")
    COMMA: Final = NodeType(",")


IMPORTS = (Kind.IMPORT, Kind.IMPORT_FROM)
"""The statements that import modules, or names from them."""
FUNCTIONS = (Kind.FUNCTION, Kind.LAMBDA)
DEFAULT_PARAMETERS = (Kind.DEFAULT_PARAMETER, Kind.TYPED_DEFAULT_PARAMETER)
TARGET_LISTS = (Kind.PATTERN_LIST, Kind.TUPLE_PATTERN, Kind.LIST_PATTERN)
"""Nodes that contain several targets of one assignment."""
CASES = (Kind.CASE_PATTERN, Kind.UNION_PATTERN, Kind.DICT_PATTERN, Kind.LIST_PATTERN)
"""Possible parents of a string in a `case`."""
COLLECTIONS = (Kind.LIST, Kind.TUPLE, Kind.SET)
COMPREHENSIONS = (Kind.LIST_COMPREHENSION, Kind.SET_COMPREHENSION, Kind.DICT_COMPREHENSION, Kind.GENERATOR)
CHOICES = (Kind.BOOLEAN_OPERATOR, Kind.CONDITIONAL)
"""Expressions whose value is one of several."""


def is_a(node: Node | None, *kinds: NodeType) -> TypeGuard[Node]:
    """Whether the node exists, and is of one of these kinds."""
    return node is not None and node.type in kinds
