"""How the networks of organizations are drawn: data in, positions out. `views` alone knows Django.

`labels` fits names into the room there is, `order` places those who met often close to each other, `circle` draws the
network of a period, `star` the closest partners of one organization, and `period` bounds what is drawn at once. The
same data give the same picture.
"""
