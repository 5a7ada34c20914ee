"""Python: what its programs mean, worked out once for each document, and only as far as somebody asks.

    kinds       the kinds of nodes, by name
    tree        the tree of a document, and the ways through it
    names       dotted names, what imports make of them, and where a name stands
    scopes      what binds a name where, and which name stands for what at a place
    calls       calls by qualified name, and their arguments
    statements  simple statements: which one, in which block, what it binds
    classes     the bases and decorators of classes
    strings     string tokens, and what is made of them
    constants   the value of constant expressions, from the syntax tree alone
    folding     constant expressions in a document: which there are around a place
    phrases     what may give way to another expression without a change to what is around it

The parser is tree-sitter-python: it gives a tree for any bytes, with ERROR nodes where it had to guess.
"""
