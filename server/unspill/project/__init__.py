"""The project on disk. Nothing outside this package reads or writes the files of a project."""
