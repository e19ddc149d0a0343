"""Snapshots that another release took: what this one does not know of them is left out, and told.

Fields and parts come and go between releases, and a snapshot is kept for good. `parts` are those of `take_snapshot.py`.
"""


def unknown(content, parts):
    """Return `(label, field name)` of what a snapshot has and this release has not; without a name, of all its rows."""
    found = [(label, "") for label in content if label not in {part.label for part in parts}]
    for part in parts:
        names = names_of(part)
        for row in content.get(part.label, []):
            if not has_place(part, row):
                found.append((part.label, ""))
            found += [(part.label, name) for name in row if name not in names]
    return list(dict.fromkeys(found))


def known(content, parts):
    """Return the snapshot without that. A part that it does not have, or whose rows have no place, is not in it."""
    if not unknown(content, parts):
        return content
    found = {}
    for part in parts:
        rows = content.get(part.label)
        if rows is not None and all(has_place(part, row) for row in rows):
            names = names_of(part)
            found[part.label] = [{name: value for name, value in row.items() if name in names} for row in rows]
    return found


def fit(content, now, parts):
    """Return the snapshot as this release would have taken it: what it does not tell is as it is `now`, or left out."""
    content = known(content, parts)
    for part in parts:
        rows, current = content.get(part.label), {row["id"]: row for row in now[part.label]}
        if rows is None:
            content = {**content, part.label: now[part.label]}
        elif any(len(row) < len(part.fields) for row in rows):
            content = {**content, part.label: [{**current.get(row["id"], {}), **row} for row in rows]}
        if part.parent:
            keys = {row["id"] for row in content[part.parent]}
            if not all(row[part.fk_name] in keys for row in content[part.label]):
                content = {**content, part.label: [row for row in content[part.label] if row[part.fk_name] in keys]}
    return content


def names_of(part):
    return {field.name: field for field in part.fields}


def has_place(part, row):
    """Return whether a row tells its key, and what it belongs to."""
    return "id" in row and (part.fk_name is None or part.fk_name in row)
