"""Pictures of products, drawn by the program: small SVGs, the same for the same product."""

import re

SHAPES = {
    "coat": "M35 25 L50 20 L65 25 L80 45 L72 50 L68 45 V85 H32 V45 L28 50 L20 45 Z",
    "shoe": "M18 60 L30 40 L45 52 Q60 60 78 62 Q86 66 84 74 H18 Z",
    "bag": "M25 45 H75 L80 85 H20 Z M38 45 Q38 22 50 22 Q62 22 62 45 H57 Q57 28 50 28 Q43 28 43 45 Z",
    "box": "M25 35 H75 V85 H25 Z M25 35 L35 22 H85 L75 35 Z M75 35 L85 22 V70 L75 85 Z",
    "pot": "M22 45 H78 L72 82 Q50 90 28 82 Z M15 48 H22 V55 H17 Z M78 48 H85 V55 H83 Z M45 38 H55 V44 H45 Z",
    "leaf": "M50 86 V60 Q22 58 24 28 Q50 30 50 56 Q52 34 78 22 Q80 54 54 60 V86 Z",
    "jar": "M36 22 H64 V32 H36 Z M32 34 H68 Q74 38 74 46 V78 Q74 86 66 86 H34 Q26 86 26 78 V46 Q26 38 32 34 Z",
    "cube": "M50 18 L82 34 V68 L50 86 L18 68 V34 Z M50 50 L82 34 M50 50 L18 34 M50 50 V86",
}
"""Outlines on a field of 100 by 100."""
COLOURS = {
    "black": "#2b2b30", "white": "#f4f1ea", "blue": "#33548e", "red": "#a5383a", "green": "#3f6b4f",
    "sand": "#c9b48c", "grey": "#8b9097", "ochre": "#c28f2c",
}  # fmt: skip
_NAME = re.compile(r"([a-z]+)-([a-z]+)-([0-9]{1,6})\.svg", re.ASCII)
_GROUNDS = ("#eef1f4", "#f3eee6", "#eaf1ec", "#f4ecec")


def draw(shape: str, colour: str, number: int) -> str:
    """An SVG of some 400 bytes: the shape in its colour, on a ground that changes with the number."""
    turn = number * 7 % 11 - 5
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">'
        f'<rect width="100" height="100" fill="{_GROUNDS[number % len(_GROUNDS)]}"/>'
        f'<g transform="rotate({turn} 50 50)"><path d="{SHAPES[shape]}" fill="{COLOURS[colour]}" '
        'stroke="#1d1d22" stroke-width="1.5" stroke-linejoin="round"/></g>'
        f'<circle cx="{30 + number * 13 % 40}" cy="{54 + number * 17 % 20}" r="{2 + number % 3}" fill="#ffffff80"/>'
        "</svg>"
    )


def address(shape: str, colour: str, number: int) -> str:
    """The path under which the web server draws it; `drawn` reads it."""
    return f"/pictures/{shape}-{colour}-{number}.svg"


def drawn(name: str) -> str | None:
    """The picture of a file name as `address` ends; None where there is no such picture."""
    parts = _NAME.fullmatch(name)
    if parts is None or parts[1] not in SHAPES or parts[2] not in COLOURS:
        return None
    return draw(parts[1], parts[2], int(parts[3]))
