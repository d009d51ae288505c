"""Image files for `tf.keras.preprocessing.image`."""

import numpy as np
import pytest
from PIL import Image

import mainstem.v1 as tf


@pytest.fixture
def folder(tmp_path):
    """Two classes with three images each, 5 x 4 pixels, and a file that is none."""
    for c, name in enumerate(("cat", "dog")):
        (tmp_path / name).mkdir()
        for i in range(3):
            Image.fromarray(np.full((4, 5, 3), 100 * c + 10 * i, np.uint8)).save(tmp_path / name / f"{i}.png")
    (tmp_path / "cat" / "notes.txt").write_text("no image")
    return tmp_path


def test_files_there_and_back(tmp_path):
    images = tf.keras.preprocessing.image
    x = np.arange(60, dtype="float32").reshape(4, 5, 3)
    images.save_img(tmp_path / "a.png", x, scale=False)
    loaded = images.img_to_array(images.load_img(tmp_path / "a.png"))
    np.testing.assert_array_equal(loaded, x)
    assert images.load_img(tmp_path / "a.png", color_mode="grayscale", target_size=(8, 6)).size == (6, 8)
    assert images.img_to_array(images.load_img(tmp_path / "a.png"), data_format="channels_first").shape == (3, 4, 5)
    with pytest.raises(ValueError, match="color_mode must be"):
        images.load_img(tmp_path / "a.png", color_mode="cmyk")
    with pytest.raises(ValueError, match="Invalid interpolation method"):
        images.load_img(tmp_path / "a.png", target_size=(2, 2), interpolation="x")
    with pytest.raises(ValueError, match="to have rank 3"):
        images.array_to_img(x[0])


def test_folders(folder, capsys):
    generator = tf.keras.preprocessing.image.ImageDataGenerator(rescale=0.1, validation_split=0.34)
    flow = generator.flow_from_directory(str(folder), target_size=(4, 5), batch_size=4, shuffle=False)
    assert capsys.readouterr().out == "Found 6 images belonging to 2 classes.\n"
    assert flow.class_indices == {"cat": 0, "dog": 1} and flow.filenames[0] == "cat/0.png" and len(flow) == 2
    x, y = next(flow)
    assert x.shape == (4, 4, 5, 3) and y.tolist() == [[1, 0]] * 3 + [[0, 1]]
    np.testing.assert_allclose(x[:, 0, 0, 0], [0, 1, 2, 10], rtol=1e-6)
    sizes = {
        part: generator.flow_from_directory(str(folder), target_size=(4, 5), subset=part, class_mode="binary").samples
        for part in ("training", "validation")
    }
    assert sizes == {"training": 4, "validation": 2}
    with pytest.raises(ValueError, match="Invalid class_mode"):
        generator.flow_from_directory(str(folder), class_mode="x")


def test_arrays_that_do_not_fit():
    generator = tf.keras.preprocessing.image.ImageDataGenerator()
    with pytest.raises(ValueError, match="should have the same length"):
        generator.flow(np.zeros((3, 4, 4, 1)), np.zeros(2))
    with pytest.raises(ValueError, match="should have rank 4"):
        generator.flow(np.zeros((3, 4, 4)))
    with pytest.raises(ValueError, match="Invalid subset name"):
        generator.flow(np.zeros((3, 4, 4, 1)), subset="x")
