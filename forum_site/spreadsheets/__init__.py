"""Tables that come in and go out as files, CSV or XLSX: of which rows they tell, the apps say.

`columns` says how a field is written into a cell and read from one, `reading` makes rows of cells of a file that
anybody may have made, `importing` checks them by the admin's own form and adds them, `writing` makes files, and `admin`
has the pages.
"""
