"""Image files, made alike by the recorder and the tests, and what is read of them: `golden/record_image_files.py`.

Pictures are smooth, with a little noise: JPEG of pure noise shows nothing.
"""

import numpy as np


def picture(height, width, channels, kind="uint8", seed=0):
    y, x = np.mgrid[:height, :width]
    waves = [np.sin(x / (5.0 + 3 * c) + y / (9.0 - c)) * np.cos(y / 11.0 + c) for c in range(channels)]
    noise = np.random.RandomState(seed).uniform(-0.1, 0.1, (height, width, channels))
    value = np.clip(np.stack(waves, -1) * 0.45 + 0.5 + noise, 0, 1)
    return (value * np.iinfo(kind).max).astype(kind)


# name: (function of tf.image that wrote it, picture's arguments, options)
WRITTEN = {
    "plain": ("encode_jpeg", (70, 90, 3), {}),
    "grey": ("encode_jpeg", (33, 35, 1), {}),
    "low": ("encode_jpeg", (40, 50, 3), {"quality": 30}),
    "progressive": ("encode_jpeg", (40, 50, 3), {"progressive": True}),
    "optimized": ("encode_jpeg", (40, 50, 3), {"optimize_size": True, "quality": 80}),
    "sharp": ("encode_jpeg", (40, 50, 3), {"chroma_downsampling": False}),
    "dense": ("encode_jpeg", (20, 20, 3), {"density_unit": "cm", "x_density": 50, "y_density": 70}),
    "xmp": ("encode_jpeg", (20, 20, 3), {"xmp_metadata": "<x:xmpmeta/>"}),
    "tiny": ("encode_jpeg", (3, 5, 3), {}),
    "large": ("encode_jpeg", (128, 96, 3), {}),
    "png8_2": ("encode_png", (9, 10, 2), {}),
    "png16_1": ("encode_png", (9, 10, 1, "uint16"), {}),
    "png16_2": ("encode_png", (9, 10, 2, "uint16"), {}),
    "png16_3": ("encode_png", (9, 10, 3, "uint16"), {}),
    "png16_4": ("encode_png", (9, 10, 4, "uint16"), {"compression": 9}),
}
# (file, function of tf.io, options)
READ = [(name, "decode_jpeg", {}) for name, row in WRITTEN.items() if row[0] == "encode_jpeg"]
READ += [("large", "decode_jpeg", {"ratio": r}) for r in (2, 4, 8)]
READ += [("tiny", "decode_jpeg", {"ratio": r}) for r in (2, 4, 8)]
READ += [("plain", "decode_jpeg", {"ratio": r, "channels": 1}) for r in (1, 2)]
READ += [("grey", "decode_jpeg", {"channels": 3})]
READ += [("plain", "decode_jpeg", {"fancy_upscaling": False})]
READ += [("plain", "decode_jpeg", {"dct_method": m}) for m in ("INTEGER_FAST", "INTEGER_ACCURATE")]
READ += [("plain", "decode_and_crop_jpeg", {"crop_window": [5, 7, 20, 30]})]
READ += [("plain", "decode_image", {"dtype": "uint16"}), ("plain", "decode_image", {"dtype": "float32", "channels": 1})]
READ += [(n, "decode_png", {"dtype": "uint16", "channels": c}) for n in WRITTEN if n.startswith("png") for c in (0, 1, 3, 4)]
READ += [(n, "decode_png", {"channels": c}) for n in WRITTEN if n.startswith("png") for c in (0, 1, 3, 4)]
READ += [(n, "decode_image", {"dtype": "float32"}) for n in ("png16_3", "png8_2")]
READ += [
    ("gif", "decode_gif", {}),
    ("gif", "decode_image", {}),
    ("gif", "decode_image", {"expand_animations": False}),
    ("gif", "decode_image", {"expand_animations": False, "dtype": "float32"}),
    ("gif", "decode_png", {}),
    ("still", "decode_gif", {}),
    ("still", "decode_png", {}),
    ("still", "decode_jpeg", {"channels": 1}),
    ("moving", "decode_gif", {}),
    ("bmp3", "decode_bmp", {}),
    ("bmp3", "decode_bmp", {"channels": 4}),
    ("bmp3", "decode_image", {}),
    ("bmp1", "decode_bmp", {}),
    ("bmp1", "decode_bmp", {"channels": 3}),
    ("bmp4", "decode_bmp", {}),
    ("webp", "decode_webp", {}),
    ("webp", "decode_webp", {"channels": 4}),
    ("webp", "decode_webp", {"channels": 1}),
    ("webp", "decode_image", {}),
    ("webp4", "decode_webp", {}),
    ("webp4", "decode_webp", {"channels": 3}),
    ("webp4", "decode_image", {"dtype": "float32"}),
    ("plain", "decode_png", {}),
    ("plain", "decode_bmp", {}),
    ("plain", "decode_gif", {}),
    ("png8_2", "decode_jpeg", {}),
    ("png8_2", "decode_jpeg", {"channels": 2}),
    ("plain", "decode_jpeg", {"channels": 4}),
    ("plain", "decode_jpeg", {"ratio": 3}),
    ("plain", "decode_jpeg", {"dct_method": "SLOW"}),
    ("plain", "decode_and_crop_jpeg", {"crop_window": [5, 7, 200, 30]}),
    ("gif", "decode_image", {"channels": 1}),
    ("cmyk", "decode_jpeg", {}),
    ("cut", "decode_jpeg", {}),
    ("cut", "decode_jpeg", {"try_recover_truncated": True}),
    ("after", "decode_jpeg", {}),
    ("none", "decode_image", {}),
    ("empty", "decode_image", {}),
    ("palette", "decode_png", {}),
    ("palette", "decode_png", {"channels": 1}),
    ("bits", "decode_png", {}),
    ("clear", "decode_png", {}),
    ("clear", "decode_png", {"channels": 3}),
    ("woven", "decode_png", {}),
]
READ += [("plain", "extract_jpeg_shape", {}), ("plain", "is_jpeg", {}), ("gif", "is_jpeg", {})]
READ += [(f"bmp{c}_down", reader, {}) for c in (1, 3, 4) for reader in ("decode_bmp", "decode_image")]
READ += [("bmp_palette", "decode_bmp", {"channels": c}) for c in (0, 1, 3)]
READ += [("palette_2", "decode_png", {"channels": c}) for c in (0, 1, 3)]
READ += [
    ("palette_2", "decode_png", {"dtype": "uint16"}),
    ("grey_2", "decode_png", {"dtype": "uint16"}),
    ("grey_2", "decode_png", {}),
]
READ += [("cmyk_progressive", "decode_jpeg", {"channels": c}) for c in (0, 1, 3)]
READ += [(name, "decode_gif", {}) for name in ("cleared", "restored", "holes")] + [("holes", "decode_png", {"channels": 4})]
READ += [("cleared", "decode_image", {"expand_animations": False})]


def by_pillow(image):
    """Files of kinds that TensorFlow reads but does not write: {name: bytes}. `image` is the module PIL.Image."""
    import io

    def saved(first, **options):
        out = io.BytesIO()
        first.save(out, **options)
        return out.getvalue()

    flat = [image.fromarray(picture(12, 14, 3, seed=s)).quantize(16).convert("RGB") for s in range(3)]
    grey = image.fromarray(picture(12, 14, 1)[..., 0])
    palette = flat[0].quantize(16)
    moving = flat[0].copy()
    moving.paste(flat[1].crop((3, 4, 9, 10)), (3, 4))
    frames = [moving.quantize(16), flat[2].quantize(16).crop((0, 0, 14, 12))]
    animated = {"format": "GIF", "save_all": True, "append_images": frames, "duration": 10, "optimize": False}
    bmps = {"bmp1": saved(grey, format="BMP"), "bmp3": saved(flat[0], format="BMP")}
    bmps["bmp4"] = saved(image.fromarray(picture(12, 14, 4)), format="BMP")

    def down(file):
        """With lines from the top, which a negative height says."""
        height = int.from_bytes(file[22:26], "little")
        return file[:22] + (-height).to_bytes(4, "little", signed=True) + file[26:]

    return {
        **bmps,
        **{name + "_down": down(file) for name, file in bmps.items()},
        "bmp_palette": saved(palette, format="BMP"),
        "palette_2": saved(flat[0].quantize(4), format="PNG", bits=2),
        "grey_2": saved(grey.point(lambda v: v // 64 * 85), format="PNG"),
        "cmyk_progressive": saved(image.fromarray(picture(20, 24, 4), "CMYK"), format="JPEG", quality=95, progressive=True),
        "cleared": saved(palette, **animated, disposal=2),
        "restored": saved(palette, **animated, disposal=3),
        "holes": saved(palette, **animated, transparency=2),
        "gif": saved(flat[0], format="GIF", save_all=True, append_images=flat[1:], duration=10),
        "moving": saved(flat[0], format="GIF", save_all=True, append_images=[moving], duration=10, optimize=False),
        "still": saved(flat[0], format="GIF"),
        "webp": saved(flat[0], format="WEBP", lossless=True),
        "webp4": saved(image.fromarray(picture(12, 14, 4)), format="WEBP", lossless=True),
        "cmyk": saved(image.fromarray(picture(20, 24, 4), "CMYK"), format="JPEG", quality=95),
        "palette": saved(palette, format="PNG"),
        "clear": saved(palette, format="PNG", transparency=3),
        "bits": saved(grey.convert("1"), format="PNG"),
        "none": b"these bytes are no image",
        "empty": b"",
    }
