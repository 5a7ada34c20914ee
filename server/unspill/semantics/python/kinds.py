"""The kinds of nodes that tree-sitter-python's grammar has, as far as anybody asks for them.

Nothing outside of this package compares a node's type with a word: a `Kind` that is misspelt is found by mypy, and one
that the grammar does not have by a test.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TypeGuard

    from tree_sitter import Node


class Kind(str, Enum):
    """A kind of node; the value is the grammar's own word."""

    MODULE = "module"
    BLOCK = "block"
    COMMENT = "comment"

    # Statements, and parts of them
    ASSERT = "assert_statement"
    CLASS = "class_definition"
    DECORATED = "decorated_definition"
    DECORATOR = "decorator"
    DELETE = "delete_statement"
    EXPRESSION_STATEMENT = "expression_statement"
    FOR = "for_statement"
    FUNCTION = "function_definition"
    GLOBAL = "global_statement"
    IMPORT = "import_statement"
    IMPORT_ALIAS = "aliased_import"
    IMPORT_FROM = "import_from_statement"
    IMPORT_FUTURE = "future_import_statement"
    MATCH = "match_statement"
    NONLOCAL = "nonlocal_statement"
    PRINT = "print_statement"
    RAISE = "raise_statement"
    RETURN = "return_statement"
    WITH_CLAUSE = "with_clause"

    # Parameters and patterns
    PARAMETERS = "parameters"
    LAMBDA_PARAMETERS = "lambda_parameters"
    DEFAULT_PARAMETER = "default_parameter"
    TYPED_DEFAULT_PARAMETER = "typed_default_parameter"
    TYPED_PARAMETER = "typed_parameter"
    AS_PATTERN = "as_pattern"
    AS_TARGET = "as_pattern_target"
    CASE_PATTERN = "case_pattern"
    DICT_PATTERN = "dict_pattern"
    DOTTED_NAME = "dotted_name"
    DICT_SPLAT_PATTERN = "dictionary_splat_pattern"
    KEYWORD_PATTERN = "keyword_pattern"
    LIST_PATTERN = "list_pattern"
    LIST_SPLAT_PATTERN = "list_splat_pattern"
    PATTERN_LIST = "pattern_list"
    SPLAT_PATTERN = "splat_pattern"
    TUPLE_PATTERN = "tuple_pattern"
    UNION_PATTERN = "union_pattern"

    # Expressions, and parts of them
    ARGUMENTS = "argument_list"
    ASSIGNMENT = "assignment"
    ATTRIBUTE = "attribute"
    AUGMENTED_ASSIGNMENT = "augmented_assignment"
    AWAIT = "await"
    BINARY_OPERATOR = "binary_operator"
    BOOLEAN_OPERATOR = "boolean_operator"
    CALL = "call"
    COMPARISON = "comparison_operator"
    CONDITIONAL = "conditional_expression"
    DICTIONARY = "dictionary"
    DICT_COMPREHENSION = "dictionary_comprehension"
    DICT_SPLAT = "dictionary_splat"
    EXPRESSION_LIST = "expression_list"
    FOR_IN = "for_in_clause"
    GENERATOR = "generator_expression"
    GENERIC_TYPE = "generic_type"
    IDENTIFIER = "identifier"
    INTEGER = "integer"
    KEYWORD_ARGUMENT = "keyword_argument"
    LAMBDA = "lambda"
    LIST = "list"
    LIST_COMPREHENSION = "list_comprehension"
    LIST_SPLAT = "list_splat"
    NAMED_EXPRESSION = "named_expression"
    PAIR = "pair"
    PARENTHESES = "parenthesized_expression"
    SET = "set"
    SET_COMPREHENSION = "set_comprehension"
    SUBSCRIPT = "subscript"
    TUPLE = "tuple"
    UNARY_OPERATOR = "unary_operator"

    # Strings, and parts of them
    STRING = "string"
    STRINGS = "concatenated_string"
    STRING_START = "string_start"
    STRING_CONTENT = "string_content"
    STRING_END = "string_end"
    ESCAPE = "escape_sequence"
    ESCAPED_BRACE = "escape_interpolation"
    INTERPOLATION = "interpolation"

    # Operators
    AND = "and"
    IN = "in"
    NOT_IN = "not in"
    PERCENT = "%"
    PLUS = "+"
    COMMA = ","


IMPORTS = (Kind.IMPORT, Kind.IMPORT_FROM)
"""The statements that bind the names of modules, and what is in them."""
FUNCTIONS = (Kind.FUNCTION, Kind.LAMBDA)
DEFAULT_PARAMETERS = (Kind.DEFAULT_PARAMETER, Kind.TYPED_DEFAULT_PARAMETER)
TARGET_LISTS = (Kind.PATTERN_LIST, Kind.TUPLE_PATTERN, Kind.LIST_PATTERN)
"""What holds several targets of one assignment."""
CASES = (Kind.CASE_PATTERN, Kind.UNION_PATTERN, Kind.DICT_PATTERN, Kind.LIST_PATTERN)
"""What a string may stand in directly in a `case`."""
COLLECTIONS = (Kind.LIST, Kind.TUPLE, Kind.SET)
COMPREHENSIONS = (Kind.LIST_COMPREHENSION, Kind.SET_COMPREHENSION, Kind.DICT_COMPREHENSION, Kind.GENERATOR)
CHOICES = (Kind.BOOLEAN_OPERATOR, Kind.CONDITIONAL)
"""Expressions that give one of several values."""


def is_a(node: Node | None, *kinds: Kind) -> TypeGuard[Node]:
    """Whether there is a node, and it is of one of these kinds."""
    return node is not None and node.type in kinds
