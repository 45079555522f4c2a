"""What happens to pictures from outside: honest ones are drawn anew, all others are refused with a reason."""

import random
import subprocess
import sys
import time
import zipfile
import zlib
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from inventory.errors import PictureRefused
from inventory.images import LONGEST_SIDE, MOST_BYTES, TakenPicture, take_in
from inventory.rules import PHOTOGRAPH_KINDS, PHOTOGRAPH_WIDTHS
from tests.inventory.pictures import drawn, jpeg, moving, png_bomb, png_chunk, png_with, saved

SCRIPT = b"<script>alert(document.domain)</script><?php system($_GET['c']); ?>"
ROOT = Path(__file__).parent.parent.parent


def refusal(content: bytes, name: str = "foto.jpg", claimed: str = "") -> str:
    with pytest.raises(PictureRefused) as refused:
        take_in(content, name=name, claimed=claimed)
    return refused.value.code


def opened(picture: TakenPicture) -> Image.Image:
    image = Image.open(BytesIO(picture.content))
    image.load()
    return image


class TestHonestPictures:
    @pytest.mark.parametrize(("kind", "ending"), [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp")])
    def test_become_a_jpeg_of_the_same_look(self, kind: str, ending: str) -> None:
        picture = take_in(
            saved(drawn(), kind), name=f"Foto Sabun.{ending.upper()}", claimed=f"image/{kind.lower()}"
        )
        image = opened(picture)
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (900, 700))
        assert (picture.width, picture.height) == (900, 700)
        colours = [image.getpixel(spot) for spot in ((450, 20), (450, 680))]
        expected = [drawn().getpixel(spot) for spot in ((450, 20), (450, 680))]
        for got, wanted in zip(colours, expected, strict=True):
            assert isinstance(got, tuple)
            assert isinstance(wanted, tuple)
            assert all(abs(a - b) < 12 for a, b in zip(got, wanted, strict=True))

    def test_are_made_smaller_to_the_longest_side(self) -> None:
        picture = take_in(jpeg(4000, 1000), name="a.jpg")
        assert (picture.width, picture.height) == (LONGEST_SIDE, LONGEST_SIDE // 4)

    @pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
    def test_of_every_mode_are_taken(self, mode: str) -> None:
        image = (
            drawn(300, 200).convert("L").convert(mode) if mode == "I;16" else drawn(300, 200).convert(mode)
        )
        assert opened(take_in(saved(image, "PNG"), name="a.png")).mode == "RGB"

    def test_are_on_white_where_they_are_transparent(self) -> None:
        picture = take_in(saved(Image.new("RGBA", (40, 40), (0, 0, 0, 0)), "PNG"), name="a.png")
        assert opened(picture).getpixel((20, 20)) == (255, 255, 255)

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_are_turned_upright(self, orientation: int) -> None:
        exif = Image.Exif()
        exif[0x0112] = orientation
        picture = take_in(jpeg(300, 200, exif=exif), name="a.jpg")
        assert (picture.width, picture.height) == ((300, 200) if orientation < 5 else (200, 300))
        assert not opened(picture).getexif()

    def test_say_nothing_of_place_camera_or_maker(self) -> None:
        exif = Image.Exif()
        exif[0x010F] = "CANARY-camera"
        exif[0x8825] = {1: "S", 2: (6.0, 12.0, 30.0), 29: "CANARY-date"}
        content = jpeg(
            exif=exif, comment=b"CANARY-comment", xmp=b"<x>CANARY-xmp</x>", icc_profile=b"CANARY" * 40
        )
        assert content.count(b"CANARY") > 3
        picture = take_in(content, name="CANARY.jpg")
        assert b"CANARY" not in picture.content
        assert set(opened(picture).info) <= {
            "jfif",
            "jfif_version",
            "jfif_unit",
            "jfif_density",
            "progressive",
            "progression",
        }

    def test_an_apple_or_samsung_jpeg_with_a_second_picture_gives_its_first(self) -> None:
        content = saved(drawn(400, 300), "MPO", save_all=True, append_images=[drawn(200, 150)])
        assert take_in(content, name="a.jpg").width == 400


class TestHostileFiles:
    def test_nothing(self) -> None:
        assert refusal(b"") == "picture_empty"

    def test_a_hundred_megabytes(self) -> None:
        assert refusal(b"\xff\xd8\xff" + bytes(MOST_BYTES)) == "picture_too_heavy"

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
            ("a.jpg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
            ("a.jpg", b"MZ\x90\x00" + bytes(2000)),
            ("a.png", b"\x7fELF" + bytes(2000)),
            ("a.jpg", b"<html>" + SCRIPT),
            ("a.jpg", b"GIF89a" + bytes(40)),
            ("a.jpg", b"SIMPLE  =                    T" + bytes(3000)),
            ("a.jpg", b"%!PS-Adobe-3.0 EPSF-3.0\n"),
            ("a.jpg", b"II*\x00" + bytes(400)),
            ("a.jpg", b"PK\x03\x04" + bytes(400)),
            ("a.heic", b"\0\0\0\x18ftypheic" + bytes(400)),
            ("a.webp", b"RIFF\x24\0\0\0WAVEfmt " + bytes(40)),
        ],
    )
    def test_what_is_no_picture_of_ours(self, name: str, content: bytes) -> None:
        assert refusal(content, name) == "picture_kind"

    @pytest.mark.parametrize(
        "name",
        [
            "a.png",
            "a.jpg.php",
            "a.php",
            "a",
            "",
            ".jpg",
            "a.svg",
            "..",
            "gpj.\u202ephp",
            "a.jpg\0.png",
            "a.exe",
        ],
    )
    def test_a_name_that_does_not_fit(self, name: str) -> None:
        assert refusal(jpeg(50, 50), name) == "picture_name"

    @pytest.mark.parametrize(
        "name", ["../../etc/passwd.jpg", "a.php.jpg", "\u202egpj.jpg", "x" * 10_000 + ".jpg", "<b>.jpg"]
    )
    def test_a_hostile_name_that_fits_harms_nobody(self, name: str) -> None:
        assert take_in(jpeg(50, 50), name=name).width == 50

    def test_a_media_type_that_does_not_fit(self) -> None:
        assert refusal(jpeg(50, 50), claimed="text/html") == "picture_name"
        assert refusal(jpeg(50, 50), claimed="image/png") == "picture_name"

    def test_what_is_hidden_in_a_picture_is_gone(self) -> None:
        archive = BytesIO()
        with zipfile.ZipFile(archive, "w") as packed:
            packed.writestr("evil.txt", "CANARY")
        hidden = SCRIPT + archive.getvalue()
        exif = Image.Exif()
        exif[0x010E] = SCRIPT.decode()
        polyglots = {
            "a.jpg": [jpeg(60, 60) + hidden, jpeg(60, 60, exif=exif, comment=SCRIPT)],
            "a.png": [
                saved(drawn(60, 60), "PNG") + hidden,
                png_with(png_chunk(b"tEXt", b"Comment\0" + SCRIPT), saved(drawn(60, 60), "PNG")),
            ],
            "a.webp": [saved(drawn(60, 60), "WEBP", exif=exif) + hidden],
        }
        for name, contents in polyglots.items():
            for content in contents:
                picture = take_in(content, name=name)
                assert b"<script" not in picture.content
                assert b"<?php" not in picture.content
                assert not zipfile.is_zipfile(BytesIO(picture.content))

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    def test_a_damaged_file(self, kind: str) -> None:
        """Cut anywhere or with bytes overwritten: a picture or a refusal, never another error."""
        whole, dice = saved(drawn(120, 90), kind), random.Random(4)
        name = f"a.{kind.lower()}"
        assert refusal(whole[: len(whole) // 2], name) == "picture_broken"
        for _ in range(150):
            content = bytearray(whole)
            for _ in range(dice.randrange(1, 9)):
                content[dice.randrange(12, len(content))] = dice.randrange(256)
            with suppress(PictureRefused):
                take_in(
                    bytes(content[: dice.choice((len(content), dice.randrange(20, len(content))))]), name=name
                )

    def test_too_small_a_picture_where_a_least_side_is_asked_for(self) -> None:
        with pytest.raises(PictureRefused, match="picture_too_small") as refused:
            take_in(jpeg(900, 499), name="a.jpg", least_side=500)
        assert refused.value.parameters == {"least": 500}


class TestBombs:
    @pytest.mark.parametrize("side", [5001, 9000, 13000])
    def test_many_pixels_are_refused_from_the_header(self, side: int) -> None:
        take_in(saved(drawn(20, 20), "PNG"), name="a.png")
        content = png_bomb(side)
        assert len(content) < 200_000
        begin, before = time.process_time(), resident()
        assert refusal(content, "a.png") == "picture_too_large"
        assert time.process_time() - begin < 0.050
        assert resident() - before < 20

    def test_of_the_other_formats_too(self) -> None:
        sides = (30_000).to_bytes(2) * 2
        content = bytearray(jpeg(64, 64))
        place = content.index(b"\xff\xc0") + 5
        content[place : place + 4] = sides
        assert refusal(bytes(content)) == "picture_too_large"
        assert refusal(saved(Image.new("L", (4000, 2600)), "WEBP", method=0), "a.webp") == "picture_too_large"

    @pytest.mark.parametrize(("kind", "frames"), [("PNG", 3000), ("WEBP", 400)])
    def test_frames(self, kind: str, frames: int) -> None:
        content = moving(kind, frames)
        begin = time.process_time()
        assert refusal(content, f"a.{kind.lower()}") == "picture_moves"
        assert time.process_time() - begin < 0.5

    def test_a_text_of_twenty_megabytes(self) -> None:
        packed = png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"x" * 20_000_000, 9))
        assert refusal(png_with(packed, saved(drawn(60, 60), "PNG")), "a.png") == "picture_broken"
        plain = png_chunk(b"tEXt", b"Comment\0" + b"x" * 20_000_000)
        assert refusal(png_with(plain, saved(drawn(60, 60), "PNG")), "a.png") == "picture_too_heavy"

    def test_thousands_of_scans(self) -> None:
        content = jpeg(400, 300, progressive=True)
        scan = content.rindex(b"\xff\xda")
        assert refusal(content[:-2] + content[scan:-2] * 200 + content[-2:]) == "picture_broken"

    @pytest.mark.parametrize("kind", ["jpeg", "png"])
    def test_the_largest_picture_fits_a_worker_of_300_megabytes(self, kind: str, tmp_path: Path) -> None:
        """Measured where nothing else has run before: the highest resident size of a worker's process."""
        picture = tmp_path / f"large.{kind}"
        if kind == "jpeg":
            Image.new("RGB", (5000, 5000), "teal").save(picture, progressive=True, subsampling=0)
        else:
            Image.new("RGBA", (5000, 5000), (9, 9, 9, 99)).save(picture, compress_level=1)
        width, peak = peak_of(
            picture,
            "from inventory.images import take_in",
            "print(take_in(path.read_bytes(), name=path.name).width)",
        )
        assert width == LONGEST_SIDE
        assert peak < 300

    def test_so_do_the_files_made_of_it(self, tmp_path: Path) -> None:
        """The worker never meets its 25 megapixels: it starts from what `take_in` kept of them."""
        picture = tmp_path / "large.jpg"
        picture.write_bytes(take_in(jpeg(5000, 5000), name="large.jpg").content)
        count, peak = peak_of(
            picture,
            "from inventory.variants import variants",
            "print(sum(1 for _ in variants(path.read_bytes())))",
        )
        assert count == len(PHOTOGRAPH_KINDS) * len(PHOTOGRAPH_WIDTHS)
        assert peak < 300


def peak_of(picture: Path, *lines: str) -> tuple[int, int]:
    """The number these lines print of the picture at `path`, and the highest resident size in megabytes."""
    ran = subprocess.run(
        [
            sys.executable,
            "-c",
            "\n".join(
                (
                    "import pathlib, sys, worker.app",
                    "path = pathlib.Path(sys.argv[1])",
                    *lines,
                    "status = pathlib.Path('/proc/self/status').read_text()",
                    "print(int(status.split('VmHWM:')[1].split()[0]) // 1024)",
                )
            ),
            str(picture),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    printed, peak = map(int, ran.stdout.split())
    return printed, peak


def resident() -> int:
    """The resident size of this process in megabytes."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) // 1024
