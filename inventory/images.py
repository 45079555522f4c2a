"""Pictures from outside made safe: bytes in, a picture of our own making out, or a refusal and why."""

from __future__ import annotations

import math
import struct
import threading
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePath

from PIL import Image

from inventory.errors import PictureRefused

MOST_BYTES = 20 * 1000 * 1000
"""The heaviest file taken in. A photograph of 25 megapixels from a telephone weighs half of it."""

MOST_PIXELS = 25_000_000
LONGEST_SIDE = 2400
"""Pixels of the longer side of what is kept; a larger picture is made smaller."""

# Its decoder keeps four copies of the whole picture, and the memory of a worker is limited.
_MOST_PIXELS_WEBP = 10_000_000
_MOST_SIDE = 20_000
_MOST_SCANS = 100
_QUALITY = 90
_ORIENTATION = 0x0112
_STRIP = 128
_REACH = 4  # pixels of the result a Lanczos filter looks to each side, and one more
_WHITE = (255, 255, 255)

_KINDS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "JPEG": (
        frozenset({".jpg", ".jpeg", ".jpe", ".jfif"}),
        frozenset({"image/jpeg", "image/jpg", "image/pjpeg"}),
    ),
    "PNG": (frozenset({".png"}), frozenset({"image/png", "image/x-png"})),
    "WEBP": (frozenset({".webp"}), frozenset({"image/webp"})),
}
"""What is taken in: the endings and media types a file of the kind may claim."""

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each EXIF orientation."""

# Whatever a hostile file makes the decoders raise: it is their whole vocabulary, and none of it is our fault.
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    IndexError,
    KeyError,
    EOFError,
    OverflowError,
    struct.error,
    zlib.error,
)

# One picture is decoded at a time in each process, so its memory has a bound however many are sent.
_one_at_a_time = threading.Lock()
Image.MAX_IMAGE_PIXELS = MOST_PIXELS


@dataclass(frozen=True, slots=True)
class TakenPicture:
    """A JPEG of our own making, upright, in three channels, without any text or metadata."""

    content: bytes
    width: int
    height: int


def take_in(
    content: bytes, *, name: str, claimed: str = "", least_side: int = 1, longest_side: int = LONGEST_SIDE
) -> TakenPicture:
    """Check a picture that was sent and draw it anew, so that nothing hidden in the file survives.

    `name` is the file's name and `claimed` the media type it came with; both must agree with what the
    bytes are, and neither is kept. Of a moving picture nothing is taken. Raises PictureRefused, whose
    code says why: before any pixel is decoded for all that the header tells.
    """
    kind = _kind_of(content)
    _check_claims(kind, name, claimed)
    with _one_at_a_time:
        try:
            with Image.open(BytesIO(content), formats=(kind,)) as image:
                _check_header(image, kind, least_side)
                return _redraw(image, longest_side)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise _too_large(kind) from error
        except _BROKEN as error:
            raise PictureRefused("picture_broken") from error


def _kind_of(content: bytes) -> str:
    """What the first bytes are, of a file that is not too heavy."""
    if not content:
        raise PictureRefused("picture_empty")
    if len(content) > MOST_BYTES:
        raise PictureRefused("picture_too_heavy", megabytes=MOST_BYTES // 1_000_000)
    if content.startswith(b"\xff\xd8\xff"):
        # each scan of a progressive picture is drawn over the whole of it: thousands would take hours
        if content.count(b"\xff\xda") > _MOST_SCANS:
            raise PictureRefused("picture_broken")
        return "JPEG"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "WEBP"
    raise PictureRefused("picture_kind")


def _check_claims(kind: str, name: str, claimed: str) -> None:
    endings, types = _KINDS[kind]
    if PurePath(name).suffix.lower() not in endings:
        raise PictureRefused("picture_name")
    if claimed and claimed.lower() not in types:
        raise PictureRefused("picture_name")


def _check_header(image: Image.Image, kind: str, least_side: int) -> None:
    if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":
        raise PictureRefused("picture_moves")
    most = _MOST_PIXELS_WEBP if kind == "WEBP" else MOST_PIXELS
    if image.width * image.height > most or max(image.size) > _MOST_SIDE:
        raise _too_large(kind)
    if min(image.size) < least_side:
        raise PictureRefused("picture_too_small", least=least_side)


def _too_large(kind: str) -> PictureRefused:
    most = _MOST_PIXELS_WEBP if kind == "WEBP" else MOST_PIXELS
    return PictureRefused("picture_too_large", megapixels=most // 1_000_000)


def _redraw(image: Image.Image, longest_side: int) -> TakenPicture:
    turn = _TURNS.get(image.getexif().get(_ORIENTATION, 1))
    # a JPEG is decoded at a half or a quarter where that is enough
    image.draft(None, (longest_side, longest_side))
    image.load()
    drawn = _smaller(image, longest_side)
    if turn is not None:
        drawn = drawn.transpose(turn)
    drawn.info = {}
    out = BytesIO()
    drawn.save(out, "JPEG", quality=_QUALITY, optimize=True, progressive=True, subsampling="4:2:0")
    return TakenPicture(out.getvalue(), *drawn.size)


def _smaller(image: Image.Image, longest_side: int) -> Image.Image:
    """The picture at its final size, scaled strip by strip: no second copy of the large one is made."""
    scale = max(max(image.size) / longest_side, 1.0)
    width, height = (max(round(side / scale), 1) for side in image.size)
    drawn = Image.new("RGB", (width, height))
    down = image.height / height
    margin = math.ceil(_REACH * down)
    for top in range(0, height, _STRIP):
        bottom = min(top + _STRIP, height)
        first = max(math.floor(top * down) - margin, 0)
        last = min(math.ceil(bottom * down) + margin, image.height)
        strip = _in_three_channels(image.crop((0, first, image.width, last)))
        box = (0, top * down - first, image.width, min(bottom * down - first, strip.height))
        drawn.paste(strip.resize((width, bottom - top), Image.Resampling.LANCZOS, box=box), (0, top))
    return drawn


def _in_three_channels(image: Image.Image) -> Image.Image:
    """The picture on white where it is transparent."""
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if image.mode.startswith("I;16"):
        image = image.convert("L")
    if "A" not in image.getbands() and "transparency" not in image.info:
        return image.convert("RGB")
    image = image.convert("RGBA")
    page = Image.new("RGB", image.size, _WHITE)
    page.paste(image, mask=image.getchannel("A"))
    return page
