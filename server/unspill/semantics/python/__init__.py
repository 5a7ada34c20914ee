"""Python: the semantics of programs, computed lazily and once for each document.

    kinds       the kinds of nodes, by name
    tree        the tree of a document, and walks through it
    names       dotted names, their resolution through imports, and occurrences of a name
    scopes      bindings of names, and their resolution at a place
    calls       calls by qualified name, and their arguments
    statements  simple statements: their kinds, blocks and targets
    conditions  expressions that test whether a value is there
    classes     the bases and decorators of classes
    strings     string tokens, and the expressions that contain them
    constants   the value of constant expressions, from the syntax tree alone
    folding     constant expressions of a document around a place
    phrases     expressions that may be replaced by others without affecting their surroundings

The parser is tree-sitter-python: it returns a tree for any bytes, with ERROR nodes where it had to guess.
"""
