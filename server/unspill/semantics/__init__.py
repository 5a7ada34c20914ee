"""What programs mean: scopes, bindings, names, calls and constants, a package for each language that has them.

It stands on the syntax trees and below `languages`: those say in words that all languages share where a text sits and
what it reads (sites, uses of the environment), and ask here for what a program in one language means. Engine, fixes
and whatever else looks into programs use it directly. It knows nothing of secrets.
"""
