"""Proof that fixing breaks nothing: generated projects are fixed, run before and after, and compared.

    shapes      what a secret can stand in: pieces of Python, Docker, shell, … with a hole for the value
    generate    whole projects made of shapes: encodings, import styles, line ends, starting states of `.env`
    running     running a Python file against stubs that record what they are given
    proving     one project: fix it, and hold everything that must hold
    crashing    dying at each file operation of a fix
    real        the same on the modules of published packages (`python -m tests.proof.real --modules 300`)

`python -m tests.proof --cases N --seed S [--jobs 2]` runs N generated projects.
"""
