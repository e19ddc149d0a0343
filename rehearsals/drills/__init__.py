"""The site under load while something is broken on purpose. `make drills`, or `python -m rehearsals.drills`.

`load.py` asks, `editor.py` edits, `servers.py` starts what can be broken, and `stage.py` sets the scene and does the
closing check that all drills share; the drills themselves are in the other modules, a function each.
"""
