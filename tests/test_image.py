"""Pictures come in through one door: every kind upright and stripped, everything else a clear refusal."""

from __future__ import annotations

import contextlib
import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image as pillow
from PIL.PngImagePlugin import PngInfo

from moiety import image
from moiety.errors import ImageTooLarge, ImageUnreadable
from moiety.image import Image, load

Pixels = NDArray[np.uint8]


def quadrants(width: int = 64, height: int = 48) -> Pixels:
    """Four colours, so that every turn and mirror image differs."""
    rgb = np.zeros((height, width, 3), np.uint8)
    rgb[: height // 2, : width // 2] = (220, 30, 30)
    rgb[: height // 2, width // 2 :] = (30, 200, 30)
    rgb[height // 2 :, : width // 2] = (30, 30, 220)
    rgb[height // 2 :, width // 2 :] = (210, 210, 30)
    return rgb


def encoded(rgb: Pixels, kind: str, **options: object) -> bytes:
    stream = BytesIO()
    pillow.fromarray(rgb).save(stream, kind, **options)
    return stream.getvalue()


def same(one: Pixels, other: Pixels, tolerance: int = 0) -> bool:
    return one.shape == other.shape and int(np.abs(one.astype(int) - other.astype(int)).max()) <= tolerance


def middles(rgb: Pixels) -> Pixels:
    """The colours in the middles of the four quadrants."""
    height, width = rgb.shape[:2]
    rows, columns = [height // 4, 3 * height // 4], [width // 4, 3 * width // 4]
    return rgb[np.ix_(rows, columns)].reshape(4, 3)


@pytest.mark.parametrize(
    ("kind", "options", "tolerance"),
    [
        ("PNG", {}, 0),
        ("WEBP", {"lossless": True}, 0),
        ("JPEG", {"quality": 95, "subsampling": 0}, 6),
        ("JPEG", {"quality": 95, "progressive": True}, 6),
        ("WEBP", {"quality": 95}, 12),
        ("AVIF", {"quality": 95}, 12),
    ],
)
def test_every_kind_gives_the_pixels_that_went_in(
    kind: str, options: dict[str, object], tolerance: int
) -> None:
    loaded = load(encoded(quadrants(), kind, **options))
    assert (loaded.width, loaded.height) == (64, 48)
    assert same(middles(loaded.rgb), middles(quadrants()), tolerance)


def test_a_path_bytes_and_an_array_give_the_same(tmp_path: Path) -> None:
    rgb = quadrants()
    path = tmp_path / "picture.of.any.name"
    path.write_bytes(encoded(rgb, "PNG"))
    for source in (path, str(path), path.read_bytes(), rgb, load(rgb)):
        assert same(load(source).rgb, rgb)


def test_sixteen_bits_are_scaled_not_cut() -> None:
    ramp = np.linspace(0, 65535, 64 * 48).reshape(48, 64).astype(np.uint16)
    stream = BytesIO()
    pillow.fromarray(ramp).save(stream, "PNG")
    loaded = load(stream.getvalue()).rgb
    assert loaded.shape == (48, 64, 3)
    assert np.abs(loaded[:, :, 1].astype(int) - np.rint(ramp / 257).astype(int)).max() <= 1
    assert same(load(ramp).rgb, loaded, 1)


def test_dark_sixteen_bits_stay_dark() -> None:
    dark = np.full((48, 64), 200, np.uint16)
    stream = BytesIO()
    pillow.fromarray(dark).save(stream, "PNG")
    assert load(stream.getvalue()).rgb.max() <= 1


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA", "RGBA", "CMYK"])
def test_other_colour_modes_become_rgb(mode: str) -> None:
    grey = np.repeat(np.tile(np.array([0, 255], np.uint8), 32)[None, :], 48, axis=0)
    picture = pillow.fromarray(np.repeat(grey[:, :, None], 3, axis=2)).convert(mode)
    stream = BytesIO()
    picture.save(stream, "JPEG" if mode == "CMYK" else "PNG", **({"quality": 100} if mode == "CMYK" else {}))
    loaded = load(stream.getvalue()).rgb
    assert loaded.dtype == np.uint8
    assert same(loaded, np.repeat(grey[:, :, None], 3, axis=2), 40 if mode == "CMYK" else 0)


def test_a_colour_palette_keeps_its_colours() -> None:
    stream = BytesIO()
    pillow.fromarray(quadrants()).quantize(8).save(stream, "PNG")
    assert same(load(stream.getvalue()).rgb, quadrants(), 12)


def test_transparency_lies_on_white() -> None:
    layered = np.dstack([quadrants(), np.full((48, 64), 255, np.uint8)])
    layered[:24, :, 3] = 0
    loaded = load(encoded(layered, "PNG")).rgb
    assert (loaded[:24] == 255).all()
    assert same(loaded[24:], quadrants()[24:])


def test_a_transparent_palette_colour_lies_on_white() -> None:
    palette = pillow.fromarray(quadrants()).quantize(4)
    clear = palette.getpixel((1, 1))
    stream = BytesIO()
    palette.save(stream, "PNG", transparency=clear)
    loaded = load(stream.getvalue()).rgb
    assert (loaded[:24, :32] == 255).all()
    assert not (loaded[24:] == 255).all()


# The stored rows and columns of each EXIF orientation (CIPA DC-008-2023, tag 0x0112), from the upright ones.
STORED = {
    1: lambda u: u,
    2: lambda u: u[:, ::-1],
    3: lambda u: u[::-1, ::-1],
    4: lambda u: u[::-1],
    5: lambda u: u.transpose(1, 0, 2),
    6: lambda u: u[:, ::-1].transpose(1, 0, 2),
    7: lambda u: u[::-1, ::-1].transpose(1, 0, 2),
    8: lambda u: u[::-1].transpose(1, 0, 2),
}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright(kind: str, orientation: int) -> None:
    stored = np.ascontiguousarray(STORED[orientation](quadrants()))
    exif = pillow.Exif()
    exif[0x0112] = orientation
    loaded = load(encoded(stored, kind, exif=exif.tobytes(), quality=95))
    assert (loaded.width, loaded.height) == (64, 48)
    assert same(middles(loaded.rgb), middles(quadrants()), 12)


@pytest.mark.parametrize("orientation", [0, 9, 255, 65535])
def test_an_orientation_that_does_not_exist_turns_nothing(orientation: int) -> None:
    exif = pillow.Exif()
    exif[0x0112] = orientation
    assert same(
        middles(load(encoded(quadrants(), "JPEG", exif=exif.tobytes(), quality=95)).rgb),
        middles(quadrants()),
        12,
    )


def test_no_metadata_is_kept_but_the_resolution() -> None:
    secret = b"latitude 48.1374 of a home"
    exif = pillow.Exif()
    exif[0x010E] = secret.decode()
    loaded = load(encoded(quadrants(), "JPEG", exif=exif.tobytes(), comment=secret, dpi=(300, 300)))
    assert set(Image.__slots__) == {"rgb", "ppi", "see_through"}
    assert not hasattr(loaded, "__dict__")
    assert loaded.ppi == 300
    assert secret not in loaded.rgb.tobytes()
    assert secret.decode() not in repr(loaded)


@pytest.mark.parametrize("dpi", [(0, 0), (1, 1), (300, 72), (50_000, 50_000)])
def test_an_impossible_resolution_is_none(dpi: tuple[int, int]) -> None:
    assert load(encoded(quadrants(), "PNG", dpi=dpi)).ppi is None


def test_pixels_cannot_be_changed_nor_are_they_the_callers() -> None:
    mine = quadrants()
    loaded = load(mine)
    with pytest.raises(ValueError, match="read-only"):
        loaded.rgb[0, 0] = 0
    mine[:] = 0
    assert loaded.rgb.any()


# --- what is refused ---------------------------------------------------------------------------------------


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, rows: bytes, *, more: bytes = b"") -> bytes:
    """A one-bit grey PNG."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    body = png_chunk(b"IDAT", zlib.compress(rows, 9))
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + more + body + png_chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [7_072, 9_600, 13_400, 100_000])
def test_too_many_pixels_are_refused_before_any_is_decoded(
    side: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("a pixel was decoded")

    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load", never)
    with pytest.raises(ImageTooLarge):
        load(png(side, side, b""))


def test_a_decompression_bomb_is_refused() -> None:
    bomb = png(7_200, 7_200, bytes(901 * 7_200))
    assert len(bomb) < 10_000
    with pytest.raises(ImageTooLarge, match="7200x7200"):
        load(bomb)


def test_a_bomb_of_text_beside_the_picture_is_refused() -> None:
    note = b"Comment\x00\x00" + zlib.compress(bytes(80_000_000), 9)
    with pytest.raises(ImageUnreadable):
        load(png(64, 64, bytes(9 * 64), more=png_chunk(b"zTXt", note)))


def test_too_many_bytes_are_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    with path.open("wb") as stream:
        stream.truncate(image.MAX_BYTES + 1)
    with pytest.raises(ImageTooLarge):
        load(path)
    with pytest.raises(ImageTooLarge):
        load(b"\x89PNG\r\n\x1a\n" + bytes(image.MAX_BYTES))


@pytest.mark.parametrize("name", ["nothing.jpg", ".", "no\x00name", "x" * 5000])
def test_a_path_that_leads_nowhere(name: str, tmp_path: Path) -> None:
    with pytest.raises(ImageUnreadable):
        load(str(tmp_path / name))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\x00\x00\x00\x00WEBP",
        b"\x00\x00\x00\x1cftypavif",
        b"This is a letter, not a picture.\n" * 20,
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7\n",
        bytes(10_000),
    ],
)
def test_what_is_no_picture_is_refused_whatever_its_name(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "me.jpg"
    path.write_bytes(data)
    for source in (data, path):
        with pytest.raises(ImageUnreadable) as refused:
            load(source)
        assert refused.value.remedy
        assert len(str(refused.value)) < 200


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_picture_cut_short_anywhere_is_refused(kind: str) -> None:
    rng = np.random.default_rng(7)
    whole = encoded(rng.integers(0, 256, (64, 64, 3), np.uint8), kind)
    for cut in range(0, len(whole) - 16, max(1, len(whole) // 60)):
        with pytest.raises(ImageUnreadable):
            load(whole[:cut])


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "AVIF"])
def test_animations_are_refused(kind: str) -> None:
    frames = [pillow.fromarray(np.roll(quadrants(), by, axis=1)) for by in range(0, 32, 8)]
    stream = BytesIO()
    frames[0].save(stream, kind, save_all=True, append_images=frames[1:])
    with pytest.raises(ImageUnreadable):
        load(stream.getvalue())


def test_a_phones_jpeg_with_a_second_picture_in_it_gives_the_first() -> None:
    """Phones put a depth map or a preview behind the picture (CIPA DC-007, Multi-Picture Format)."""
    stream = BytesIO()
    first = pillow.fromarray(quadrants())
    first.save(stream, "MPO", save_all=True, append_images=[first.resize((16, 16))], quality=95)
    assert same(middles(load(stream.getvalue()).rgb), middles(quadrants()), 12)


@pytest.mark.parametrize("kind", ["TIFF", "BMP"])
def test_scans_are_taken_only_where_asked_for(kind: str) -> None:
    data = encoded(quadrants(), kind)
    with pytest.raises(ImageUnreadable):
        load(data)
    assert same(load(data, formats=image.SCANS).rgb, quadrants())


def test_a_tiff_of_two_pages_is_refused() -> None:
    stream = BytesIO()
    page = pillow.fromarray(quadrants())
    page.save(stream, "TIFF", save_all=True, append_images=[page])
    with pytest.raises(ImageUnreadable, match="several pages"):
        load(stream.getvalue(), formats=image.SCANS)


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1"])
def test_heic_without_its_decoder_says_what_to_do(brand: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ImageUnreadable) as refused:
        load(b"\x00\x00\x00\x18ftyp" + brand + bytes(64))
    assert "JPEG" in refused.value.remedy
    assert "moiety[heic]" in refused.value.remedy


def test_a_picture_too_small_to_show_anything_is_refused() -> None:
    with pytest.raises(ImageUnreadable, match="15x64"):
        load(encoded(quadrants(15, 64), "PNG"))


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((64, 64, 4), np.uint8),
        np.zeros((64, 64, 1), np.uint8),
        np.zeros(64, np.uint8),
        np.zeros((2, 64, 64, 3), np.uint8),
        np.zeros((0, 64, 3), np.uint8),
        np.zeros((64, 64, 3), np.float32),
        np.zeros((64, 64, 3), np.int16),
        np.zeros((64, 64), np.bool_),
        np.zeros((8, 64, 3), np.uint8),
        np.array(["a", "b"]),
    ],
)
def test_an_array_of_another_shape_or_type_is_refused(pixels: Pixels) -> None:
    with pytest.raises(ImageUnreadable) as refused:
        load(pixels)
    assert refused.value.remedy


def test_an_array_over_the_limit_is_refused_without_a_copy() -> None:
    with pytest.raises(ImageTooLarge):
        load(np.broadcast_to(np.zeros((1, 1, 3), np.uint8), (8_000, 8_000, 3)))


@pytest.mark.parametrize("source", [None, 5, ["a.jpg"], object(), bytearray(b"abc")])
def test_anything_else_is_refused(source: object) -> None:
    with pytest.raises(ImageUnreadable):
        load(source)  # type: ignore[arg-type]


# --- hostile bytes -----------------------------------------------------------------------------------------


def seeds() -> dict[str, bytes]:
    """One small file of each kind and feature."""
    rgb = quadrants(40, 32)
    exif = pillow.Exif()
    exif[0x0112] = 6
    info = PngInfo()
    info.add_itxt("Comment", "some words", zip=True)
    palette = BytesIO()
    pillow.fromarray(rgb).quantize(8).save(palette, "PNG", transparency=1)
    return {
        "jpeg": encoded(rgb, "JPEG", exif=exif.tobytes(), dpi=(300, 300)),
        "progressive": encoded(rgb, "JPEG", progressive=True),
        "cmyk": encoded(np.asarray(pillow.fromarray(rgb).convert("CMYK"))[:, :, :3], "JPEG"),
        "png": encoded(rgb, "PNG", pnginfo=info, exif=exif.tobytes()),
        "palette": palette.getvalue(),
        "webp": encoded(rgb, "WEBP", exif=exif.tobytes()),
        "lossless": encoded(rgb, "WEBP", lossless=True),
        "avif": encoded(rgb, "AVIF", quality=40),
        "tiff": encoded(rgb, "TIFF", compression="tiff_lzw"),
        "bmp": encoded(rgb, "BMP"),
    }


SEEDS = seeds()


@st.composite
def mutations(draw: st.DrawFn) -> bytes:
    """A seed with a few bytes exchanged, cut, doubled or put in, as a damaged or hostile file has them."""
    data = bytearray(SEEDS[draw(st.sampled_from(sorted(SEEDS)))])
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        way = draw(st.sampled_from(["byte", "word", "cut", "insert", "double", "end"]))
        if way == "byte":
            data[at : at + 1] = bytes([draw(st.integers(0, 255))])
        elif way == "word":
            data[at : at + 4] = draw(
                st.sampled_from([b"\x00" * 4, b"\xff" * 4, b"\x7f\xff\xff\xff", b"\x80\0\0\0"])
            )
        elif way == "cut":
            del data[at : at + draw(st.integers(1, 64))]
        elif way == "insert":
            data[at:at] = draw(st.binary(min_size=1, max_size=16))
        elif way == "double":
            data[at:at] = data[at : at + draw(st.integers(1, 64))]
        else:
            del data[at:]
    return bytes(data)


@settings(max_examples=800, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutations())
def test_damaged_pictures_decode_or_are_refused_and_nothing_else(data: bytes) -> None:
    try:
        loaded = load(data, formats=image.SCANS)
    except (ImageUnreadable, ImageTooLarge) as refused:
        assert len(str(refused)) < 200
    else:
        assert loaded.rgb.dtype == np.uint8
        assert loaded.rgb.ndim == 3
        assert loaded.rgb.shape[2] == 3
        assert min(loaded.width, loaded.height) >= 1
        assert loaded.width * loaded.height <= image.MAX_PIXELS


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([magic for _, magic, _ in image._MAGIC]))
def test_random_bytes_behind_a_good_beginning(tail: bytes, magic: bytes) -> None:
    with contextlib.suppress(ImageUnreadable, ImageTooLarge):
        load(magic + tail, formats=image.SCANS)


@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF"])
def test_a_strip_that_no_reader_of_codes_takes_is_refused_as_too_large(form: str) -> None:
    file = BytesIO()
    pillow.new("L", (70_000, 20), 255).save(file, form)
    with pytest.raises(ImageTooLarge, match="30,000 a side"):
        image.load(file.getvalue(), formats=image.SCANS)
