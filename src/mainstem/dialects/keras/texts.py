"""`tf.keras.preprocessing.text`: texts as lists of words, and words as numbers."""

import collections
import hashlib
import json

import numpy as np

FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'


def text_to_word_sequence(text, filters=FILTERS, lower=True, split=" "):
    """The words of a text.

    Args:
        text: a string.
        filters: characters that count as `split`.
        lower: whether words are in small letters.
        split: what stands between words.
    """
    text = text.lower() if lower else text
    text = text.translate(str.maketrans({c: split for c in filters}))
    return [word for word in text.split(split) if word]


def one_hot(text, n, filters=FILTERS, lower=True, split=" "):
    """`hashing_trick` with Python's `hash`, which differs from process to process."""
    return hashing_trick(text, n, hash_function=hash, filters=filters, lower=lower, split=split)


def hashing_trick(text, n, hash_function=None, filters=FILTERS, lower=True, split=" "):
    """The words of a text as numbers from 1 to n - 1, by their hashes: several words may share one.

    `hash_function` is a function of strings, "md5", or None for Python's `hash`.
    """
    if hash_function is None:
        hash_function = hash
    elif hash_function == "md5":

        def hash_function(word):
            return int(hashlib.md5(word.encode()).hexdigest(), 16)

    return [hash_function(w) % (n - 1) + 1 for w in text_to_word_sequence(text, filters, lower, split)]


class Tokenizer:
    """Words (or characters) as numbers, from 1 on in the order of their frequency.

    Args:
        num_words: only the `num_words - 1` most frequent ones are used.
        filters, lower, split: as of `text_to_word_sequence`.
        char_level: characters instead of words.
        oov_token: stands, as number 1, for words that were not seen.
        document_count: how many texts were seen before.

    After `fit_on_texts`, `word_index` maps words to numbers and `index_word` back; `word_counts`, `word_docs` and `index_docs` tell
    how often a word occurs and in how many texts. Raises TypeError for other keyword arguments.
    """

    def __init__(
        self,
        num_words=None,
        filters=FILTERS,
        lower=True,
        split=" ",
        char_level=False,
        oov_token=None,
        document_count=0,
        **kwargs,
    ):
        kwargs.pop("nb_words", None)
        if kwargs:
            raise TypeError(f"Unrecognized keyword arguments: {kwargs}")
        self.word_counts, self.word_docs = collections.OrderedDict(), collections.defaultdict(int)
        self.filters, self.split, self.lower = filters, split, lower
        self.num_words, self.document_count, self.char_level, self.oov_token = num_words, document_count, char_level, oov_token
        self.index_docs, self.word_index, self.index_word = collections.defaultdict(int), {}, {}

    def _words(self, text):
        if self.char_level or isinstance(text, list):
            if not self.lower:
                return text
            return [t.lower() for t in text] if isinstance(text, list) else text.lower()
        return text_to_word_sequence(text, self.filters, self.lower, self.split)

    def fit_on_texts(self, texts):
        """Counts the words of texts, strings or lists of words, and numbers them."""
        for text in texts:
            self.document_count += 1
            words = self._words(text)
            for word in words:
                self.word_counts[word] = self.word_counts.get(word, 0) + 1
            for word in set(words):
                self.word_docs[word] += 1
        ordered = sorted(self.word_counts.items(), key=lambda item: item[1], reverse=True)
        found = [] if self.oov_token is None else [self.oov_token]
        found += [word for word, _ in ordered]
        self.word_index = {word: i for i, word in enumerate(found, 1)}
        self.index_word = {i: word for word, i in self.word_index.items()}
        for word, count in self.word_docs.items():
            self.index_docs[self.word_index[word]] = count

    def fit_on_sequences(self, sequences):
        """Counts numbers in lists of them, for `sequences_to_matrix`."""
        self.document_count += len(sequences)
        for sequence in sequences:
            for i in set(sequence):
                self.index_docs[i] += 1

    def texts_to_sequences(self, texts):
        """Texts as lists of numbers, without words that have none."""
        return list(self.texts_to_sequences_generator(texts))

    def texts_to_sequences_generator(self, texts):
        """`texts_to_sequences`, one by one."""
        unknown = self.word_index.get(self.oov_token)
        for text in texts:
            found = []
            for word in self._words(text):
                i = self.word_index.get(word)
                if i is None or (self.num_words and i >= self.num_words):
                    i = unknown
                if i is not None:
                    found.append(i)
            yield found

    def sequences_to_texts(self, sequences):
        """Lists of numbers as texts, words with spaces between them."""
        return list(self.sequences_to_texts_generator(sequences))

    def sequences_to_texts_generator(self, sequences):
        """`sequences_to_texts`, one by one."""
        unknown = self.word_index.get(self.oov_token)
        for sequence in sequences:
            found = []
            for number in sequence:
                word = self.index_word.get(number)
                if word is None or (self.num_words and number >= self.num_words):
                    word = None if unknown is None else self.index_word[unknown]
                if word is not None:
                    found.append(word)
            yield " ".join(found)

    def texts_to_matrix(self, texts, mode="binary"):
        """`sequences_to_matrix` of texts."""
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode=mode)

    def sequences_to_matrix(self, sequences, mode="binary"):
        """Lists of numbers as a matrix [lists, numbers].

        `mode` is "binary" (whether a number occurs), "count", "freq" (the share) or "tfidf". Raises ValueError for another mode,
        before anything was counted where `num_words` is None, and for "tfidf" without documents.
        """
        if not self.num_words and not self.word_index:
            raise ValueError("Specify a dimension (`num_words` argument), or fit on some text data first.")
        size = self.num_words or len(self.word_index) + 1
        if mode == "tfidf" and not self.document_count:
            raise ValueError("Fit the Tokenizer on some data before using tfidf mode.")
        made = np.zeros((len(sequences), size))
        for row, sequence in zip(made, sequences):
            for number, count in collections.Counter(n for n in sequence if n < size).items():
                row[number] = self._entry(mode, number, count, len(sequence))
        return made

    def _entry(self, mode, number, count, length):
        if mode == "count":
            return count
        if mode == "freq":
            return count / length
        if mode == "binary":
            return 1
        if mode == "tfidf":
            return (1 + np.log(count)) * np.log(1 + self.document_count / (1 + self.index_docs.get(number, 0)))
        raise ValueError("Unknown vectorization mode:", mode)

    def get_config(self):
        """The arguments and the counts, these as JSON texts, in a dict."""
        names = ("num_words", "filters", "lower", "split", "char_level", "oov_token", "document_count")
        counted = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")
        return {**{n: getattr(self, n) for n in names}, **{n: json.dumps(getattr(self, n)) for n in counted}}

    def to_json(self, **kwargs):
        """The class's name and `get_config` as JSON; see `tokenizer_from_json`."""
        return json.dumps({"class_name": type(self).__name__, "config": self.get_config()}, **kwargs)


def tokenizer_from_json(json_string):
    """The Tokenizer of `to_json`'s text."""
    config = json.loads(json_string)["config"]
    counted = {n: json.loads(config.pop(n)) for n in ("word_counts", "word_docs", "index_docs", "index_word", "word_index")}
    tokenizer = Tokenizer(**config)
    for name, value in counted.items():
        numbered = name in ("index_docs", "index_word")
        setattr(tokenizer, name, {int(k): v for k, v in value.items()} if numbered else value)
    return tokenizer
