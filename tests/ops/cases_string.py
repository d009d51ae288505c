"""Rows of string ops and of decoding."""

from tests.ops.case import case, of

WORDS = ["hello", "", "a", "abcdefg", "abcdefgh", "x" * 20, "y" * 40, "z" * 64, "w" * 65, "v" * 150, "u" * 128, "\u00e9\u4e2d"]
LINES = ["a  b,c,,d", " x \t y", ",", " ", "", "abab"]
TABLE = [["a", "b", "c"], ["d", "e", "f"]]


def utf8(items):
    return of([utf8_one(i) for i in items])


def utf8_one(text):
    return text.encode("utf-8")


def csv(line, defaults=None, raises=False, **attrs):
    return case(
        "DecodeCSV",
        records=of([line]),
        record_defaults=defaults or [of(["d"]), of([0.5]), of([""])],
        attrs=attrs,
        raises=raises,
    )


def number(text, kind="float32", raises=False):
    return case("StringToNumber", string_tensor=of([text]), attrs=dict(out_type=kind), raises=raises)


CASES = (
    [
        case("StringJoin", inputs=[of(["a", "b"]), of("x"), of(["c", "d"])], attrs=dict(separator="-")),
        case("StringJoin", inputs=[of(["a", "b"]), of(["c", "d", "e"])], raises=True),
        case("StringJoin", inputs=[of("a")]),
        case("ReduceJoin", inputs=of(TABLE), reduction_indices=[0]),
        case("ReduceJoin", inputs=of(TABLE), reduction_indices=[-1], attrs=dict(keep_dims=True, separator=", ")),
        case("ReduceJoin", inputs=of(TABLE), reduction_indices=[1, 0], attrs=dict(separator=".")),
        case("ReduceJoin", inputs=of(TABLE), reduction_indices=[0, 1], attrs=dict(separator=".")),
        case("ReduceJoin", inputs=of(TABLE), reduction_indices=of([], "int32")),
        case("ReduceJoin", inputs=of(TABLE), reduction_indices=[2], raises=True),
        case("StringSplit", input=of(LINES), delimiter=" "),
        case("StringSplit", input=of(LINES), delimiter=" ,", attrs=dict(skip_empty=False)),
        case("StringSplit", input=of(LINES), delimiter=" ,"),
        case("StringSplit", input=of(LINES), delimiter=""),
        case("StringSplit", input=of(TABLE), delimiter="", raises=True),
        case("Substr", input=of(["hello", "world"]), pos=1, len=3),
        case("Substr", input=of(["hello", "world"]), pos=[1, -2], len=[3, 9]),
        case("Substr", input=of("hello"), pos=of([5], "int64"), len=of([3], "int64")),
        case("Substr", input=of("hello"), pos=6, len=3, raises=True),
        case("Substr", input=of("hello"), pos=-6, len=3, raises=True),
        case("Substr", input=of(TABLE), pos=[0, 1, 0], len=[1, 1, 1]),
        case("Substr", input=utf8(["h\u00e9llo"]), pos=1, len=2, attrs=dict(unit="UTF8_CHAR")),
        case("StringStrip", input=of([" a b\t\n", "\x0b\x0cq\r", ""])),
        case("StringLower", input=utf8(["aBC", "\u00c9"])),
        case("StringLower", input=utf8(["H\u00c9"]), attrs=dict(encoding="utf-8")),
        case("StringUpper", input=utf8(["aBc", "\u00e9"])),
        case("StringUpper", input=utf8(["h\u00e9"]), attrs=dict(encoding="utf-8")),
        case("StringLength", input=utf8(["h\u00e9", "", "abc"])),
        case("StringLength", input=utf8(["h\u00e9", "", "abc"]), attrs=dict(unit="UTF8_CHAR")),
        case("RegexReplace", input=of(["aabb", "xay"]), pattern="a+", rewrite=r"<\0>"),
        case("RegexReplace", input=of(["aabb", "xay"]), pattern="a", rewrite="b", attrs=dict(replace_global=False)),
        case("RegexReplace", input=of(["aabb"]), pattern="(a)(a)", rewrite=r"\2\\-\1"),
        case("RegexReplace", input=of(["abc", ""]), pattern="x*", rewrite="-"),
        case("RegexReplace", input=utf8(["h\u00e9llo"]), pattern="[^a-z]", rewrite="."),
        case("RegexReplace", input=of(["a\nb"]), pattern="^(.*)$", rewrite=r"[\1]"),
        case("RegexReplace", input=of(["abc"]), pattern="(?=x)", rewrite="-", raises=True),
        case("RegexReplace", input=of(["abc"]), pattern="a", rewrite=r"\3"),
        case("StaticRegexReplace", input=of(["aabb", "xay"]), attrs=dict(pattern="a", rewrite=r"<\0>")),
        case("RegexFullMatch", input=of(["abc", "ab\n", "ab"]), pattern="ab."),
        case("StaticRegexFullMatch", input=of([["abc"], ["ab\n"]]), attrs=dict(pattern="ab[\\n]")),
        case("AsString", input=of([1.5, float("nan"), float("inf"), 1e10, 3.14159])),
        case("AsString", input=of([1.5, 1e10, 1 / 3]), attrs=dict(shortest=True)),
        case("AsString", input=of([1.5, 1e10, 1 / 3]), attrs=dict(scientific=True, precision=3)),
        case("AsString", input=of([1.5, 1e10, -1 / 3]), attrs=dict(precision=2, width=8)),
        case("AsString", input=of([1.5, 1e10, -1 / 3], "float64"), attrs=dict(precision=2, width=8, fill="0")),
        case("AsString", input=of([1, 20, -3]), attrs=dict(width=5, fill="0")),
        case("AsString", input=of([1, 20, -3], "int64"), attrs=dict(width=5, fill="-")),
        case("AsString", input=of([1, 20, -3], "int8"), attrs=dict(width=5, fill="+")),
        case("AsString", input=of([1, 20, -3], "int8"), attrs=dict(fill=" ")),
        case("AsString", input=of([True, False]), attrs=dict(width=7)),
        case("AsString", input=of([1 + 2j, -0.5j], "complex64"), attrs=dict(precision=2)),
        case("AsString", input=of([1]), attrs=dict(precision=2), raises=True),
        case("AsString", input=of([1.0]), attrs=dict(fill="xx"), raises=True),
        case("StringToHashBucketFast", input=of(WORDS), attrs=dict(num_buckets=1 << 62)),
        case("StringToHashBucketFast", input=of(WORDS), attrs=dict(num_buckets=10)),
        case("StringToHashBucketStrong", input=of(WORDS), attrs=dict(num_buckets=1 << 62, key=[1, 2])),
        case("StringToHashBucketStrong", input=of(WORDS), attrs=dict(num_buckets=7, key=[-5, 1 << 40])),
        case("StringToHashBucket", string_tensor=of(WORDS), attrs=dict(num_buckets=1 << 62)),
        case("DecodeRaw", bytes=of([b"\1\2\3\4"]), attrs=dict(out_type="uint16")),
        case("DecodeRaw", bytes=of([b"\1\2\3\4"]), attrs=dict(out_type="uint16", little_endian=False)),
        case("DecodeRaw", bytes=of([[b"\1\2\3"], [b"\4\5\6"]]), attrs=dict(out_type="uint8")),
        case("DecodeRaw", bytes=of(b"\0\0\x80?\0\0\0@"), attrs=dict(out_type="float32")),
        case("DecodeRaw", bytes=of(b""), attrs=dict(out_type="int64")),
        case("DecodeRaw", bytes=of([b"\1\2\3"]), attrs=dict(out_type="uint16"), raises=True),
        case("DecodeRaw", bytes=of([b"\1\2", b"\1"]), attrs=dict(out_type="uint8"), raises=True),
        case("EncodeBase64", input=of([b"a", b"ab\xff", b"abc?>", b""])),
        case("EncodeBase64", input=of([b"a", b"abc?>"]), attrs=dict(pad=True)),
        case("DecodeBase64", input=of(["YQ", "YWJjPz4=", "YWI-_w"])),
        case("DecodeBase64", input=of(["Y+Q"]), raises=True),
        case("DecodeBase64", input=of(["Y"]), raises=True),
        case("DecodeCompressed", bytes=of([b"x\x9cKLJN\x04#\x00\x11=\x03s"]), attrs=dict(compression_type="ZLIB")),
        case("DecodeCompressed", bytes=of(["abc"]), attrs=dict(compression_type="")),
        csv("1,2.5,x"),
        csv('"a,b",2,"c""d"'),
        csv("1,,"),
        csv("1,2", raises=True),
        csv("1,x,y", raises=True),
        csv(" 1, 2 , 3"),
        csv("1\t2\tq", field_delim="\t"),
        csv("NA,2,NA", na_value="NA"),
        csv('a"b,2,c', raises=True),
        csv('a"b,2,c', use_quote_delim=False),
        csv('"a"b,1,c', raises=True),
        csv("1,2,3\n", raises=True),
        csv("1,2,3", [of([0]), of([1.0])], select_cols=[0, 2]),
        csv("1,,3", [of([0]), of([], "float32"), of([0])], raises=True),
        csv("1,2,99999999999", [of([0]), of([], "float64"), of([0], "int64")]),
        csv("a,2,3", [of([0]), of([1]), of([0])], raises=True),
        case("DecodeCSV", records=of([["1,2"], ["3,"]]), record_defaults=[of(0), of([7])]),
    ]
    + [number(t) for t in ["1", " 1.5 ", "0x10", "inf", "-inf", "nan", "1e400", "+3", "1e-50", "INF", " "]]
    + [number(t, raises=True) for t in ["1.5x", "", "infinity", "1_0", "x"]]
    + [number(t, "int32") for t in ["1", " 12 ", "-5"]]
    + [number(t, "int32", raises=True) for t in ["1.0", "99999999999", "+3", "0x10", ""]]
    + [number("99999999999", "int64"), number("0.1", "float64")]
)

# The 1.15 op set has maxsplit only in this op; an empty separator means white space.
CASES += [
    case("StringSplitV2", input=of(LINES), sep=sep, attrs=dict(maxsplit=maxsplit))
    for sep in ("", ",", "ab")
    for maxsplit in (-1, 0, 1)
]

CASES += [
    case("DecodePaddedRaw", input_bytes=of([b"abcd", b"a", b""]), fixed_length=2, attrs={"out_type": "uint8"}),
    case("DecodePaddedRaw", input_bytes=of([b"\1\2\3"]), fixed_length=4, attrs={"out_type": "int16", "little_endian": False}),
    case("DecodePaddedRaw", input_bytes=of([b"abcd"]), fixed_length=3, attrs={"out_type": "int16"}, raises=True),
    case("SerializeTensor", tensor=of([[1.5, 2.5], [3.0, 4.0]])),
    case("SerializeTensor", tensor=of(["a", "bc"])),
    case("ParseTensor", serialized=of(b"\x08\x03\x12\x04\x12\x02\x08\x02:\x02\x05\x07"), attrs={"out_type": "int32"}),
    case(
        "ParseTensor",
        serialized=of(b"\x08\x03\x12\x04\x12\x02\x08\x02:\x02\x05\x07"),
        attrs={"out_type": "float32"},
        raises=True,
    ),
    case(
        "UnicodeTranscode", input=utf8(["h\u00e9\u4e2d", ""]), attrs={"input_encoding": "UTF-8", "output_encoding": "UTF-16-BE"}
    ),
    case("UnicodeTranscode", input=of([b"a\xffb"]), attrs={"input_encoding": "UTF-8", "output_encoding": "UTF-8"}),
    case(
        "UnicodeTranscode",
        input=of([b"a\xffb"]),
        attrs={"input_encoding": "UTF-8", "output_encoding": "UTF-8", "errors": "ignore"},
    ),
    case(
        "UnicodeTranscode",
        input=of([b"a\xffb"]),
        attrs={"input_encoding": "UTF-8", "output_encoding": "UTF-8", "errors": "strict"},
        raises=True,
    ),
    case(
        "UnicodeTranscode",
        input=of([b"a\nb"]),
        attrs={"input_encoding": "UTF-8", "output_encoding": "UTF-8", "replace_control_characters": True},
    ),
]

_PARSING = ["ParseExample", "ParseSingleExample", "ParseSequenceExample", "ParseSingleSequenceExample", "DecodeJSONExample"]
ELSEWHERE = dict.fromkeys(_PARSING, "surface/test_parsing.py")
ELSEWHERE["ParseSequenceExampleV2"] = "ops/test_sequence_v2.py"
ELSEWHERE.update(dict.fromkeys(["DecodeWav", "EncodeWav"], "ops/test_wav.py"))
ELSEWHERE.update(dict.fromkeys(["DecodeProtoV2", "EncodeProto"], "ops/test_protos.py"))
ELSEWHERE.update(dict.fromkeys(["ParseExampleV2", "SerializeManySparse", "DeserializeManySparse"], "ops/test_sparse_bytes.py"))
