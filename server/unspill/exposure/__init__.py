"""Secrets that are declared and leak anyway: where a value read at run time ends up, as far as the code tells.

    facts      what a function or a module does with values, in a form that keeps no syntax tree
    lowering   facts from syntax trees; those of a function are kept by its bytes
    modules    the modules of a project, each with its facts
    gate       which texts may have anything to find, by their bytes
    sources    what reads a secret, and what a visitor types, as tables
    passing    the calls that pass a value on, as a table
    sinks      the calls that show a value, to whom, as a table
    candidates which expressions may have a secret, by names alone
    flow       the ways of a value from where it is read, backwards from where it is shown
    leaks      all leaks of a document
    messages   what is said about each

The analysis is demand-driven: it starts at the calls that show something and follows their arguments back. Only what
is certain is followed: a call of an unknown function, a computed name or key, or `**arguments` ends the way, and
nothing is reported. Nothing is executed.
"""
