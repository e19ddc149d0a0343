"""What the site is put through, by name."""

from tests.attack.every_method import every_method
from tests.attack.large_pictures import large_pictures
from tests.attack.odd_requests import odd_requests
from tests.attack.slow_clients import slow_clients
from tests.attack.sqlmap import sqlmap
from tests.attack.wapiti import wapiti

PARTS = {part.__name__: part for part in (odd_requests, every_method, slow_clients, large_pictures, wapiti, sqlmap)}
