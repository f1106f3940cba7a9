"""The commands of `python -m rnncourse`, one module each.

A module `rnncourse/commands/<name>.py` is the command `<name>`. The first line
of its docstring is its help, `arguments(parser)` adds what it takes, and
`run(args, tell)` returns the rows of its result; what it has to say on the way
it hands to `tell`, line by line.
"""
