"""`ImageDataGenerator` and its iterators: endless batches of images from arrays, folders and tables, each changed at random."""

import os
import threading
import warnings

import numpy as np

from mainstem.dialects.keras import backend, pictures
from mainstem.dialects.keras.sequences import Sequence

FORMATS = ("png", "jpg", "jpeg", "bmp", "ppm", "tif", "tiff")


class Iterator(Sequence):
    """The base of endless batches: a subclass makes one of examples' numbers in `_get_batches_of_transformed_samples`."""

    def __init__(self, n, batch_size, shuffle, seed):
        self.n, self.batch_size, self.shuffle, self.seed = n, batch_size, shuffle, seed
        self.batch_index = self.total_batches_seen = 0
        self.lock, self.index_array = threading.Lock(), None
        self.index_generator = self._flow_index()

    def _set_index_array(self):
        self.index_array = np.random.permutation(self.n) if self.shuffle else np.arange(self.n)

    def _draw(self):
        if self.seed is not None:
            np.random.seed(self.seed + self.total_batches_seen)

    def __getitem__(self, idx):
        if idx >= len(self):
            raise ValueError(f"Asked to retrieve element {idx}, but the Sequence has length {len(self)}")
        self._draw()
        self.total_batches_seen += 1
        if self.index_array is None:
            self._set_index_array()
        return self._get_batches_of_transformed_samples(self.index_array[self.batch_size * idx : self.batch_size * (idx + 1)])

    def __len__(self):
        return (self.n + self.batch_size - 1) // self.batch_size

    def on_epoch_end(self):
        """Shuffles anew."""
        self._set_index_array()

    def reset(self):
        """Begins with the first batch."""
        self.batch_index = 0

    def _flow_index(self):
        self.reset()
        while True:
            self._draw()
            if self.batch_index == 0:
                self._set_index_array()
            first = 0 if self.n == 0 else (self.batch_index * self.batch_size) % self.n
            self.batch_index = self.batch_index + 1 if self.n > first + self.batch_size else 0
            self.total_batches_seen += 1
            yield self.index_array[first : first + self.batch_size]

    def __iter__(self):
        return self

    def __next__(self, *args, **kwargs):
        return self.next(*args, **kwargs)

    def next(self):
        """The next batch."""
        with self.lock:
            rows = next(self.index_generator)
        return self._get_batches_of_transformed_samples(rows)

    def _get_batches_of_transformed_samples(self, index_array):
        raise NotImplementedError(f"{type(self).__name__}._get_batches_of_transformed_samples")

    def _saved(self, batch, rows):
        if not self.save_to_dir:
            return
        for image, row in zip(batch, rows):
            made = pictures.array_to_img(image, self.data_format, scale=True)
            name = f"{self.save_prefix}_{row}_{np.random.randint(1e4)}.{self.save_format}"
            made.save(os.path.join(self.save_to_dir, name))

    def _changed(self, x, generator):
        """An image with a random transformation, standardized."""
        chosen = generator.get_random_transform(x.shape)
        return generator.standardize(generator.apply_transform(x, chosen))


def _part(n, generator, subset):
    """Which of n examples belong to "training" or "validation". Raises ValueError for another word."""
    if subset not in ("training", "validation"):
        raise ValueError(f'Invalid subset name: {subset}; expected "training" or "validation".')
    border = int(n * generator._validation_split)
    return slice(0, border) if subset == "validation" else slice(border, None)


class NumpyArrayIterator(Iterator):
    """Batches of arrays; arguments as of `ImageDataGenerator.flow`. Raises ValueError for arrays that do not fit."""

    def __init__(
        self,
        x,
        y,
        image_data_generator,
        batch_size=32,
        shuffle=False,
        sample_weight=None,
        seed=None,
        data_format=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        subset=None,
        dtype=None,
    ):
        self.dtype, self.data_format = dtype or backend.floatx(), data_format or backend.image_data_format()
        self.x_misc = []
        if isinstance(x, (tuple, list)):
            self.x_misc, x = [np.asarray(xx) for xx in x[1:]], x[0]
        given = [("labels", y), ("sample weights", sample_weight), *(("other inputs", m) for m in self.x_misc)]
        for what, value in given:
            if value is not None and len(value) != len(x):
                raise ValueError(
                    f"`x` (images tensor) and its {what} should have the same length. Found: x.shape = {np.shape(x)}, "
                    f"{np.shape(value)}"
                )
        x, y, sample_weight = (None if v is None else np.asarray(v) for v in (x, y, sample_weight))
        if subset is not None:
            part = _part(len(x), image_data_generator, subset)
            if y is not None and not np.array_equal(
                np.unique(y[: part.stop or part.start]), np.unique(y[part.stop or part.start :])
            ):
                raise ValueError(
                    "Training and validation subsets have different number of classes after the split. If your numpy arrays are sorted "
                    "by the label, you might want to shuffle them."
                )
            x, y, sample_weight = (None if v is None else v[part] for v in (x, y, sample_weight))
            self.x_misc = [m[part] for m in self.x_misc]
        self.x = np.asarray(x, dtype=self.dtype)
        if self.x.ndim != 4:
            raise ValueError(
                f"Input data in `NumpyArrayIterator` should have rank 4. You passed an array with shape {self.x.shape}"
            )
        channels = self.x.shape[3 if self.data_format == "channels_last" else 1]
        if channels not in (1, 3, 4):
            warnings.warn(
                f'NumpyArrayIterator is set to use the data format "{self.data_format}", but has {channels} channels.',
                stacklevel=3,
            )
        self.y, self.sample_weight, self.image_data_generator = y, sample_weight, image_data_generator
        self.save_to_dir, self.save_prefix, self.save_format = save_to_dir, save_prefix, save_format
        super().__init__(self.x.shape[0], batch_size, shuffle, seed)

    def _get_batches_of_transformed_samples(self, index_array):
        images = [self._changed(self.x[j].astype(self.dtype), self.image_data_generator) for j in index_array]
        batch = np.stack(images).astype(self.dtype) if images else np.zeros((0, *self.x.shape[1:]), self.dtype)
        self._saved(batch, index_array)
        found = [[batch, *(m[index_array] for m in self.x_misc)] if self.x_misc else batch]
        if self.y is None:
            return found[0]
        found.append(self.y[index_array])
        if self.sample_weight is not None:
            found.append(self.sample_weight[index_array])
        return tuple(found)


class _FileIterator(Iterator):
    """The base of batches of image files: `filepaths`, `labels` and `class_mode` tell what a batch holds."""

    def _settle(self, image_data_generator, target_size, color_mode, data_format, saving, interpolation, dtype):
        if color_mode not in pictures.MODES:
            raise ValueError(f'Invalid color mode: {color_mode}; expected "rgb", "rgba", or "grayscale".')
        self.image_data_generator, self.target_size = image_data_generator, tuple(target_size)
        self.color_mode, self.data_format = color_mode, data_format or backend.image_data_format()
        channels = {"rgb": 3, "rgba": 4, "grayscale": 1}[color_mode]
        first = self.data_format == "channels_first"
        self.image_shape = (channels, *self.target_size) if first else (*self.target_size, channels)
        self.save_to_dir, self.save_prefix, self.save_format = saving
        self.interpolation, self.dtype = interpolation, dtype or backend.floatx()

    def _get_batches_of_transformed_samples(self, index_array):
        batch = np.zeros((len(index_array), *self.image_shape), dtype=self.dtype)
        for i, j in enumerate(index_array):
            how = {"color_mode": self.color_mode, "target_size": self.target_size, "interpolation": self.interpolation}
            image = pictures.load_img(self.filepaths[j], **how)
            batch[i] = self._changed(pictures.img_to_array(image, self.data_format), self.image_data_generator)
        self._saved(batch, index_array)
        targets = self._targets(batch, index_array)
        if targets is None:
            return batch
        weights = self.sample_weight
        return (batch, targets) if weights is None else (batch, targets, np.asarray(weights)[index_array])

    def _targets(self, batch, rows):
        if self.class_mode == "input":
            return batch.copy()
        if self.class_mode in ("binary", "sparse"):
            return np.asarray(self.labels)[rows].astype(self.dtype)
        if self.class_mode == "categorical":
            made = np.zeros((len(batch), len(self.class_indices)), dtype=self.dtype)
            made[np.arange(len(batch)), np.asarray(self.labels)[rows]] = 1.0
            return made
        return np.asarray(self.labels)[rows] if self.class_mode in ("raw", "other") else None


class DirectoryIterator(_FileIterator):
    """Batches of the images in a folder's folders, one a class; arguments as of `ImageDataGenerator.flow_from_directory`."""

    def __init__(
        self,
        directory,
        image_data_generator,
        target_size=(256, 256),
        color_mode="rgb",
        classes=None,
        class_mode="categorical",
        batch_size=32,
        shuffle=True,
        seed=None,
        data_format=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        follow_links=False,
        subset=None,
        interpolation="nearest",
        dtype=None,
    ):
        saving = (save_to_dir, save_prefix, save_format)
        self._settle(image_data_generator, target_size, color_mode, data_format, saving, interpolation, dtype)
        known = ("categorical", "binary", "sparse", "input", None)
        if class_mode not in known:
            raise ValueError(f"Invalid class_mode: {class_mode}; expected one of: {set(known)}")
        self.directory, self.class_mode, self.sample_weight = directory, class_mode, None
        if not classes:
            classes = sorted(n for n in os.listdir(directory) if os.path.isdir(os.path.join(directory, n)))
        self.num_classes, self.class_indices = len(classes), {name: i for i, name in enumerate(classes)}
        self.filenames, labels = [], []
        for name in classes:
            files = _files(os.path.join(directory, name), follow_links)
            files = files if subset is None else files[_part(len(files), image_data_generator, subset)]
            self.filenames += [os.path.relpath(f, directory) for f in files]
            labels += [self.class_indices[name]] * len(files)
        self.classes, self.samples = np.asarray(labels, dtype="int32"), len(self.filenames)
        self._filepaths = [os.path.join(directory, name) for name in self.filenames]
        print(f"Found {self.samples} images belonging to {self.num_classes} classes.")
        super().__init__(self.samples, batch_size, shuffle, seed)

    filepaths = property(lambda self: self._filepaths, doc="The paths of all images.")
    labels = property(lambda self: self.classes, doc="The class's number of every image.")


def _files(folder, follow_links):
    """The images in a folder and its folders, in order."""
    found = []
    for root, _, names in sorted(os.walk(folder, followlinks=follow_links), key=lambda entry: entry[0]):
        found += [os.path.join(root, n) for n in sorted(names) if n.lower().endswith(tuple("." + f for f in FORMATS))]
    return found


class ImageDataGenerator:
    """Endless batches of images, each changed at random; the arguments say how.

    Args:
        featurewise_center, featurewise_std_normalization: subtract the mean, divide by the deviation, that `fit` found.
        samplewise_center, samplewise_std_normalization: the same with each image's own.
        zca_whitening, zca_epsilon: whiten by the matrix that `fit` found.
        rotation_range: degrees.
        width_shift_range, height_shift_range: shares of the size below 1, else pixels; or a list to choose from.
        brightness_range: a pair of factors.
        shear_range: degrees.
        zoom_range: a pair of factors, or a number z for 1 - z and 1 + z.
        channel_shift_range: added to all entries.
        fill_mode, cval: what is outside: "constant" (`cval`), "nearest", "reflect" or "wrap".
        horizontal_flip, vertical_flip: whether half of the images are mirrored.
        rescale: a factor of all entries.
        preprocessing_function: of one image, before the other standardization.
        data_format: where the channels are.
        validation_split: the share of the examples that the subset "validation" has.
        dtype: of the batches.

    Raises ValueError for arguments that do not fit.
    """

    def __init__(
        self,
        featurewise_center=False,
        samplewise_center=False,
        featurewise_std_normalization=False,
        samplewise_std_normalization=False,
        zca_whitening=False,
        zca_epsilon=1e-6,
        rotation_range=0,
        width_shift_range=0.0,
        height_shift_range=0.0,
        brightness_range=None,
        shear_range=0.0,
        zoom_range=0.0,
        channel_shift_range=0.0,
        fill_mode="nearest",
        cval=0.0,
        horizontal_flip=False,
        vertical_flip=False,
        rescale=None,
        preprocessing_function=None,
        data_format=None,
        validation_split=0.0,
        dtype=None,
    ):
        given = {k: v for k, v in locals().items() if k != "self"}
        self.__dict__.update(given)
        self.data_format, self.dtype = data_format or backend.image_data_format(), dtype or backend.floatx()
        if self.data_format not in ("channels_last", "channels_first"):
            raise ValueError(f'`data_format` should be `"channels_last"` or `"channels_first"`. Received: {data_format}')
        first = self.data_format == "channels_first"
        self.channel_axis, self.row_axis, self.col_axis = (1, 2, 3) if first else (3, 1, 2)
        if validation_split and not 0 < validation_split < 1:
            raise ValueError(f"`validation_split` must be strictly between 0 and 1.  Received: {validation_split}")
        self._validation_split, self.interpolation_order = validation_split, 1
        self.mean = self.std = self.principal_components = None
        if np.isscalar(zoom_range):
            self.zoom_range = [1 - zoom_range, 1 + zoom_range]
        elif len(zoom_range) == 2:
            self.zoom_range = [zoom_range[0], zoom_range[1]]
        else:
            raise ValueError(f"`zoom_range` should be a float or a tuple or list of two floats. Received: {zoom_range}")
        if brightness_range is not None and (not isinstance(brightness_range, (tuple, list)) or len(brightness_range) != 2):
            raise ValueError(f"`brightness_range should be tuple or list of two floats. Received: {brightness_range}")
        self.featurewise_center = featurewise_center or zca_whitening or featurewise_std_normalization
        self.samplewise_center = samplewise_center or samplewise_std_normalization
        if zca_whitening and featurewise_std_normalization:
            self.featurewise_std_normalization = False

    def flow(
        self,
        x,
        y=None,
        batch_size=32,
        shuffle=True,
        sample_weight=None,
        seed=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        subset=None,
    ):
        """Batches of an array of images [n, h, w, channels].

        Args:
            x: the images; or a list of them and of other inputs.
            y, sample_weight: targets and weights, which come with the batches.
            batch_size, shuffle, seed: of the batches.
            save_to_dir, save_prefix, save_format: where, and as what, changed images are written.
            subset: "training" or "validation"; see `validation_split`.
        """
        return NumpyArrayIterator(
            x,
            y,
            self,
            batch_size=batch_size,
            shuffle=shuffle,
            sample_weight=sample_weight,
            seed=seed,
            data_format=self.data_format,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            subset=subset,
            dtype=self.dtype,
        )

    def flow_from_directory(
        self,
        directory,
        target_size=(256, 256),
        color_mode="rgb",
        classes=None,
        class_mode="categorical",
        batch_size=32,
        shuffle=True,
        seed=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        follow_links=False,
        subset=None,
        interpolation="nearest",
    ):
        """Batches of the images in a folder's folders.

        Args:
            directory: the folder.
            target_size: (height, width) of the batches.
            color_mode: "grayscale", "rgb" or "rgba".
            classes: names of the folders, by default all of them in order.
            class_mode: targets: "categorical" (vectors), "binary", "sparse" (numbers), "input" (the images) or None.
            follow_links, interpolation: of reading; see `load_img`.
            others: as of `flow`.
        """
        given = {k: v for k, v in locals().items() if k not in ("self", "directory")}
        return DirectoryIterator(directory, self, data_format=self.data_format, dtype=self.dtype, **given)

    def flow_from_dataframe(
        self,
        dataframe,
        directory=None,
        x_col="filename",
        y_col="class",
        weight_col=None,
        target_size=(256, 256),
        color_mode="rgb",
        classes=None,
        class_mode="categorical",
        batch_size=32,
        shuffle=True,
        seed=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        subset=None,
        interpolation="nearest",
        validate_filenames=True,
        **kwargs,
    ):
        """Raises NotImplementedError: use `flow_from_directory`, or `flow` with the arrays of a table's images."""
        raise NotImplementedError(
            "ImageDataGenerator.flow_from_dataframe is not implemented. Use flow_from_directory, or flow with arrays."
        )

    def standardize(self, x):
        """An image after the changes that are not random; the array may be changed in place."""
        if self.preprocessing_function:
            x = self.preprocessing_function(x)
        if self.rescale:
            x = x * self.rescale
        if self.samplewise_center:
            x = x - np.mean(x, keepdims=True)
        if self.samplewise_std_normalization:
            x = x / (np.std(x, keepdims=True) + 1e-6)
        if self.featurewise_center:
            x = x - self.mean if self._is_fit("mean", "featurewise_center") else x
        if self.featurewise_std_normalization:
            x = x / (self.std + 1e-6) if self._is_fit("std", "featurewise_std_normalization") else x
        if self.zca_whitening and self._is_fit("principal_components", "zca_whitening"):
            x = np.dot(x.reshape(-1, np.prod(x.shape[-3:])), self.principal_components).reshape(x.shape)
        return x

    def _is_fit(self, found, asked):
        if getattr(self, found) is None:
            warnings.warn(
                f"This ImageDataGenerator specifies `{asked}`, but it hasn't been fit on any training data. Fit it first by calling "
                "`.fit(numpy_data)`.",
                stacklevel=3,
            )
            return False
        return True

    def _shift(self, amount, size):
        """A random shift along an axis of `size` pixels."""
        if not amount and np.isscalar(amount):
            return 0
        try:
            made = np.random.choice(amount)
            made *= np.random.choice([-1, 1])
        except ValueError:
            made = np.random.uniform(-amount, amount)
        return made * size if np.max(amount) < 1 else made

    def get_random_transform(self, img_shape, seed=None):
        """The dict of a random transformation of an image; see `apply_transform`."""
        row, column = self.row_axis - 1, self.col_axis - 1
        if seed is not None:
            np.random.seed(seed)
        theta = np.random.uniform(-self.rotation_range, self.rotation_range) if self.rotation_range else 0
        tx, ty = self._shift(self.height_shift_range, img_shape[row]), self._shift(self.width_shift_range, img_shape[column])
        shear = np.random.uniform(-self.shear_range, self.shear_range) if self.shear_range else 0
        zx, zy = (1, 1) if self.zoom_range == [1, 1] else np.random.uniform(self.zoom_range[0], self.zoom_range[1], 2)
        found = {"theta": theta, "tx": tx, "ty": ty, "shear": shear, "zx": zx, "zy": zy}
        found["flip_horizontal"] = (np.random.random() < 0.5) * self.horizontal_flip
        found["flip_vertical"] = (np.random.random() < 0.5) * self.vertical_flip
        by = self.channel_shift_range
        found["channel_shift_intensity"] = np.random.uniform(-by, by) if by != 0 else None
        light = self.brightness_range
        found["brightness"] = np.random.uniform(light[0], light[1]) if light is not None else None
        return found

    def apply_transform(self, x, transform_parameters):
        """An image changed by a dict: "theta", "tx", "ty", "shear", "zx", "zy" as of `apply_affine_transform`,
        "flip_horizontal", "flip_vertical", "channel_shift_intensity", "brightness"."""
        row, column, channel = self.row_axis - 1, self.col_axis - 1, self.channel_axis - 1
        chosen = transform_parameters
        x = pictures.apply_affine_transform(
            x,
            chosen.get("theta", 0),
            chosen.get("tx", 0),
            chosen.get("ty", 0),
            chosen.get("shear", 0),
            chosen.get("zx", 1),
            chosen.get("zy", 1),
            row_axis=row,
            col_axis=column,
            channel_axis=channel,
            fill_mode=self.fill_mode,
            cval=self.cval,
            order=self.interpolation_order,
        )
        if chosen.get("channel_shift_intensity") is not None:
            x = pictures.apply_channel_shift(x, chosen["channel_shift_intensity"], channel)
        if chosen.get("flip_horizontal", False):
            x = np.flip(x, column)
        if chosen.get("flip_vertical", False):
            x = np.flip(x, row)
        if chosen.get("brightness") is not None:
            x = pictures.apply_brightness_shift(x, chosen["brightness"])
        return x

    def random_transform(self, x, seed=None):
        """An image changed at random."""
        return self.apply_transform(x, self.get_random_transform(x.shape, seed))

    def fit(self, x, augment=False, rounds=1, seed=None):
        """Finds means, deviations and the whitening matrix of images [n, h, w, channels].

        With `augment` those of `rounds` random changes of each. Raises ValueError for an array of another rank.
        """
        x = np.asarray(x, dtype=self.dtype)
        if x.ndim != 4:
            raise ValueError(f"Input to `.fit()` should have rank 4. Got array with shape: {x.shape}")
        if seed is not None:
            np.random.seed(seed)
        x = np.copy(x)
        if augment:
            x = np.stack([self.random_transform(image) for _ in range(rounds) for image in x]).astype(self.dtype)
        over, spread = (0, self.row_axis, self.col_axis), [1, 1, 1]
        spread[self.channel_axis - 1] = x.shape[self.channel_axis]
        if self.featurewise_center:
            self.mean = np.mean(x, axis=over).reshape(spread)
            x -= self.mean
        if self.featurewise_std_normalization:
            self.std = np.std(x, axis=over).reshape(spread)
            x /= self.std + 1e-6
        if self.zca_whitening:
            flat = x.reshape(len(x), -1)
            u, s, _ = np.linalg.svd(flat.T @ flat / len(flat))
            self.principal_components = (u * (1.0 / np.sqrt(s[np.newaxis] + self.zca_epsilon))) @ u.T
