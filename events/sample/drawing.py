"""Cover pictures without photographs: a motif in five colours, drawn with Pillow.

`draw_cover(slug, motif, palette)` → the bytes of a WebP picture. The slug is the seed: it gives the same picture every
time, and another one than its neighbour's. `MOTIFS` and `PALETTES` are what there is.
"""

import io
import math
import random

from PIL import Image, ImageColor, ImageDraw

WIDTH, HEIGHT = 1600, 900
OVERSIZE = 3  # Shapes are cut out at three times the size and reduced, so that their edges are smooth.

PALETTES = {
    "clay": ("#f6e8d8", "#e6bd98", "#bd6d50", "#472c33", "#2f7f86"),
    "dusk": ("#f8e3cd", "#e9ab8f", "#8f5f80", "#2b2b52", "#f3b640"),
    "harbour": ("#f5ecdb", "#c8d9d4", "#5e94a2", "#173f5a", "#e3703b"),
    "ink": ("#efe9de", "#c2c4bf", "#70838a", "#1e2d39", "#bc3a2c"),
    "jade": ("#f1f2e3", "#bfd6b6", "#5c9a85", "#1b4848", "#e8ae43"),
    "snow": ("#f0f3f5", "#c6d5e1", "#7a9cb8", "#223f5f", "#db5c3d"),
    "steppe": ("#f8efd9", "#e9cd90", "#b58a4c", "#3b4a3f", "#c5492f"),
}


def draw_cover(slug, motif, palette):
    sheet = Sheet(PALETTES[palette])
    MOTIFS[motif](sheet, random.Random(slug))  # noqa: S311 - a seed, not a secret
    picture = io.BytesIO()
    sheet.image.save(picture, "WEBP", quality=82, method=3)
    return picture.getvalue()


class Sheet:
    """A picture on which shapes are painted one over the other."""

    def __init__(self, palette):
        self.paper, self.light, self.middle, self.deep, self.bright = map(ImageColor.getrgb, palette)
        self.image = Image.new("RGB", (WIDTH, HEIGHT), self.paper)

    def paint(self, fill, *shapes, opacity=1.0, without=()):
        """Paint `shapes`, or everything when there is none, with a colour or with what `fade()` gives."""
        mask = Image.new("L", (WIDTH * OVERSIZE, HEIGHT * OVERSIZE), 0 if shapes else 255)
        for shape in shapes:
            shape(ImageDraw.Draw(mask), round(255 * opacity))
        for shape in without:
            shape(ImageDraw.Draw(mask), 0)
        self.image.paste(fill, (0, 0, WIDTH, HEIGHT), mask.reduce(OVERSIZE))

    def tone(self, share):
        """Return the colour between light (0), middle (½) and deep (1)."""
        return mix(self.light, self.middle, share * 2) if share < 0.5 else mix(self.middle, self.deep, share * 2 - 1)


def mix(one, other, share):
    return tuple(round(a + (b - a) * share) for a, b in zip(one, other, strict=True))


def fade(above, below, start=0, end=HEIGHT):
    """Return a picture of one colour above, another below, and all between them from `start` to `end`."""
    column = Image.new("RGB", (1, HEIGHT))
    column.putdata([mix(above, below, min(max((y - start) / (end - start), 0), 1)) for y in range(HEIGHT)])
    return column.resize((WIDTH, HEIGHT))


def area(points):
    return lambda pen, ink: pen.polygon([(x * OVERSIZE, y * OVERSIZE) for x, y in points], fill=ink)


def box(left, top, right, bottom):
    return area([(left, top), (right, top), (right, bottom), (left, bottom)])


def disc(x, y, radius):
    return lambda pen, ink: pen.circle((x * OVERSIZE, y * OVERSIZE), radius * OVERSIZE, fill=ink)


def line(points, width):
    sides = []
    for (x1, y1), (x, y), (x2, y2) in zip([points[0], *points], points, [*points[1:], points[-1]], strict=False):
        share = width / 2 / math.dist((x1, y1), (x2, y2))
        sides.append(((x - (y2 - y1) * share, y + (x2 - x1) * share), (x + (y2 - y1) * share, y - (x2 - x1) * share)))
    return area([left for left, _right in sides] + [right for _left, right in reversed(sides)])


def circle(x, y, radius, points=180):
    turns = [step / points * math.tau for step in range(points + 1)]
    return [(x + radius * math.cos(turn), y + radius * math.sin(turn)) for turn in turns]


def curve(stops):
    """Return the points of a smooth curve through `stops` (a Catmull-Rom spline)."""
    points = []
    for around in zip([stops[0], *stops], stops, stops[1:], [*stops[2:], stops[-1]], strict=False):
        for t in (step / 40 for step in range(40)):
            weights = (-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, t**3 - t**2)
            axes = zip(*around, strict=True)
            points.append([sum(map(math.prod, zip(weights, axis, strict=True))) / 2 for axis in axes])
    return [*points, stops[-1]]


def land(chance, base, height):
    """Everything below a skyline that swings around the line `base`."""
    swings = [(chance.uniform(0.6, 1.1) * k / WIDTH, chance.random(), k**1.15) for k in range(1, 7)]
    skyline = []
    for x in range(-8, WIDTH + 9, 4):
        swing = sum(math.sin((x * pace + shift) * math.tau) / weight for pace, shift, weight in swings)
        skyline.append((x, base - swing * height / 2))
    return area([*skyline, (WIDTH + 8, HEIGHT), (-8, HEIGHT)])


def hills(sheet, chance, tones, base, step, height):
    """Paint one skyline for each tone (a share, as in `Sheet.tone`), each nearer than the last, in a haze."""
    for number, share in enumerate(tones):
        tone, top = sheet.tone(share), base + number * step
        skyline = land(chance, top, height * (1 - number * 0.12))
        sheet.paint(fade(tone, mix(tone, sheet.paper, 0.4), top - 90, top + 190), skyline)


def horizon(sheet, chance):
    """The sun over hills, the sea before them, and a route from the shore into the distance."""
    sea, sun = 540, chance.uniform(1040, 1180)
    sheet.paint(fade(sheet.light, sheet.paper, 0, sea))
    sheet.paint(sheet.bright, disc(sun, sea - 185, 122))
    hills(sheet, chance, [0.12, 0.28, 0.45], sea - 110, 55, 105)
    sheet.paint(fade(sheet.middle, sheet.tone(0.88), sea, HEIGHT), box(0, sea, WIDTH, HEIGHT))
    glints = [(sun + chance.uniform(-40, 40), sea + 7 + step**1.5 * 2.4, 100 - step * 5) for step in range(13)]
    sheet.paint(sheet.paper, *[box(x - reach, y, x + reach, y + 3) for x, y, reach in glints], opacity=0.55)
    shore = [(-60, 590), (180, 572), (420, 640), (560, 700), (800, 752), (1010, 840), (1120, 960)]
    sheet.paint(sheet.deep, area([*curve(shore), (-60, 960)]))
    stops = [(120, 760), (330, 690), (610, 790), (960, 700), (1260, 640), (1490, 572)]
    sheet.paint(sheet.paper, line(curve(stops), 5), *[disc(x, y, 17) for x, y in stops])
    sheet.paint(sheet.bright, *[disc(x, y, 10) for x, y in stops])


def ridges(sheet, chance):
    """Mountains behind mountains, and the sun."""
    sheet.paint(fade(sheet.light, sheet.paper, 0, 520))
    sheet.paint(sheet.bright, disc(chance.uniform(380, 1220), chance.uniform(220, 290), chance.uniform(90, 125)))
    hills(sheet, chance, [0.2, 0.4, 0.6, 0.8, 1], 400, 100, 150)


def arches(sheet, chance):
    """An arcade, and through it hills and the sun."""
    centres = range(-160, WIDTH + 161, 320)
    sheet.paint(fade(sheet.light, sheet.paper, 180, 560))
    sheet.paint(sheet.bright, disc(chance.choice(centres[2:5]) + chance.uniform(-20, 20), 340, 66))
    hills(sheet, chance, [0.15, 0.35, 0.55, 0.75], 500, 90, 90)
    openings = [shape for x in centres for shape in (disc(x, 310, 128), box(x - 128, 310, x + 128, 790))]
    sheet.paint(fade(sheet.deep, sheet.tone(0.85)), without=openings)
    sheet.paint(sheet.light, *[line(circle(x, 310, 143)[90:], 3) for x in centres], opacity=0.5)


def contours(sheet, chance):
    """A height on a map, in steps, and the lines of the country around it."""
    x, y = chance.uniform(950, 1150), chance.uniform(400, 500)
    swings = [(k, chance.uniform(0, math.tau), chance.uniform(0.05, 0.3) / k) for k in range(1, 6)]

    def level(radius):
        points = []
        for turn in (step / 120 * math.pi for step in range(241)):
            reach = radius * (1 + sum(r * math.sin(k * turn + shift + radius / 900) for k, shift, r in swings))
            points.append((x + 1.45 * reach * math.cos(turn), y + reach * math.sin(turn)))
        return points

    for radius, share in [(576, 0.2), (468, 0.4), (360, 0.7), (252, 1)]:
        sheet.paint(mix(sheet.paper, sheet.middle, share), area(level(radius)))
    sheet.paint(sheet.tone(0.78), area(level(144)))
    sheet.paint(sheet.deep, *[line(level(radius), 1.8) for radius in range(36, 1400, 36)], opacity=0.4)
    sheet.paint(sheet.bright, disc(x, y, 18), line(circle(x, y, 36), 5))


def strands(sheet, chance):
    """Lines that run side by side, part and meet, with stops along them."""
    one, two = chance.uniform(0, math.tau), chance.uniform(0, math.tau)
    tones = [*map(sheet.tone, [0, 0.5, 1]), sheet.bright, *map(sheet.tone, [0.75, 0.5, 0])]
    for number, tone in enumerate(tones, start=-3):
        points = []
        for x in range(-20, WIDTH + 21, 10):
            course = 450 + 130 * math.sin(x / 420 + one) + 50 * math.sin(x / 210 + two)
            points.append((x, course + number * (74 + 40 * math.sin(x / 300 + two))))
        sheet.paint(tone, line(points, 30))
        sheet.paint(sheet.paper, *[disc(*stop, 8) for stop in chance.sample(points[8:-8:9], 4)])


def table(sheet, chance):
    """A round table seen from above, and all that is said across it."""
    x, y, seats = chance.uniform(640, 960), HEIGHT / 2, chance.choice([15, 17, 19])
    sheet.paint(sheet.light, *[line(circle(x, y, radius), 2) for radius in range(470, 1300, 55)])
    sheet.paint(sheet.deep, disc(x, y, 310))
    places, chairs = circle(x, y, 292, seats)[:-1], circle(x, y, 366, seats)[:-1]
    words = [(place, places[(n + apart) % seats]) for n, place in enumerate(places) for apart in (4, 5, 6)]
    sheet.paint(sheet.light, *[line(word, 2) for word in words], opacity=0.6)
    sheet.paint(sheet.middle, *[disc(*chair, 36) for chair in chairs])
    sheet.paint(sheet.bright, *[disc(*chair, 36) for chair in chance.sample(chairs, 3)])


MOTIFS = {motif.__name__: motif for motif in (arches, contours, horizon, ridges, strands, table)}
