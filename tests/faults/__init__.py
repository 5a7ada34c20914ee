"""The worst that files, repositories, clients and machines do, each tried on the program as people start it.

Whatever happens, three things hold: no crash (the exit code is one of the documented ones), no value in anything that
is written, and what was not scanned is named.
"""
