"""What the site is put through, by name."""

from rehearsals.attack.every_method import every_method
from rehearsals.attack.large_pictures import large_pictures
from rehearsals.attack.odd_requests import odd_requests
from rehearsals.attack.slow_clients import slow_clients
from rehearsals.attack.sqlmap import sqlmap
from rehearsals.attack.wapiti import wapiti

PARTS = {part.__name__: part for part in (odd_requests, every_method, slow_clients, large_pictures, wapiti, sqlmap)}
