"""Fuzzing: made-up input of every kind is held against what must always hold.

    cases          what an input is: a text that names files, without any token; seeds, and mutations
    texts          one document: scanned by both engines, and read, fixed and silenced in its language
    projects       a folder of files: fixed on disk, and what has to be true afterwards
    commands       hostile configuration, rules, ignore files, baselines, notebooks: the command line's exit code
    repositories   a git repository with bytes changed anywhere in it
    protocol       the language server, beside a model of what it has been told
    schedules      several processes, and a death, at work on the same files
    running        child processes, which may crash or hang, and inputs made small

`python -m tests.fuzz [TARGET ...] [--seconds S | --executions N] [--seed X] [--jobs J] [--save DIR]`. A target is a
pair of functions in `TARGETS`: one makes an input out of a random generator, the other raises if something does not
hold of it. An input that ever failed goes, made small, to `regressions/<target>/`, and every test run tries it again.
"""
