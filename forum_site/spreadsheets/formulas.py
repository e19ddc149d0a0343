"""Formulas of an XLSX file that no program has calculated."""

import re

from openpyxl.utils import column_index_from_string


class Formulas:
    """Finds the cells of a sheet that have a formula and no value: openpyxl has nothing for them, as for empty ones."""

    def __init__(self, parser):
        self.not_calculated = set()
        self._row = self._place = 0
        self._has_formula = self._has_value = self._is_text = False
        self._parser = parser

    def begin(self, name, attributes):
        if name == "row":
            self._row = int(attributes.get("r") or self._row + 1)
            self._place = -1
        elif name == "c":
            letters = re.match("[A-Z]{1,3}", attributes.get("r", ""))
            self._place = column_index_from_string(letters[0]) - 1 if letters else self._place + 1
            self._has_formula = self._has_value = False
            self._is_text = attributes.get("t") == "str"
        elif name == "f":
            self._has_formula = True
            self._parser.EndElementHandler = self._end
        elif name == "v" and self._has_formula:  # A value comes after its formula.
            self._has_value = self._is_text  # A text that a formula has made may be empty.
            self._parser.CharacterDataHandler = self._read

    def _read(self, text):
        self._has_value = True

    def _end(self, name):
        name = name.rpartition(":")[2]
        if name == "v":
            self._parser.CharacterDataHandler = None
        elif name == "c":
            if self._has_formula and not self._has_value:
                self.not_calculated.add((self._row, self._place))
            self._parser.EndElementHandler = None
