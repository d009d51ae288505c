"""Expressions on shapes, dimensions, dtypes and conversions; their results under TensorFlow 1.15 are in tests/golden/base.json."""

SHAPES = """
tf.TensorShape(None)
tf.TensorShape([])
tf.TensorShape([2])
tf.TensorShape([None, 3])
tf.TensorShape(5)
tf.TensorShape([-1, 2])
tf.TensorShape([-2])
tf.TensorShape("ab")
tf.TensorShape([1.5])
tf.TensorShape(tf.TensorShape([4]))
tf.TensorShape([tf.Dimension(3), np.int64(4)])
str(tf.TensorShape(None))
str(tf.TensorShape([]))
str(tf.TensorShape([2]))
str(tf.TensorShape([None]))
str(tf.TensorShape([None, 3]))
tf.TensorShape([2, 3])[0]
tf.TensorShape([2, 3])[-1]
tf.TensorShape([2, 3])[5]
tf.TensorShape([2, 3, 4])[1:]
tf.TensorShape([2, 3, 4])[:-1]
tf.TensorShape([2, 3, 4])[::2]
tf.TensorShape(None)[0]
tf.TensorShape(None)[1:]
tf.TensorShape(None)[1:3]
tf.TensorShape(None)[:2]
tf.TensorShape(None)[-2:]
len(tf.TensorShape([1, 2]))
len(tf.TensorShape(None))
bool(tf.TensorShape([]))
bool(tf.TensorShape([0]))
bool(tf.TensorShape(None))
list(tf.TensorShape([2, None]))
list(tf.TensorShape(None))
tf.TensorShape([2, None]).as_list()
tf.TensorShape(None).as_list()
tf.TensorShape([2, None]).dims
tf.TensorShape(None).dims
tf.TensorShape([2, None]).ndims
tf.TensorShape(None).ndims
tf.TensorShape([2, None]).rank
tf.TensorShape([2, 3]).num_elements()
tf.TensorShape([]).num_elements()
tf.TensorShape([0, 3]).num_elements()
tf.TensorShape([2, None]).num_elements()
tf.TensorShape(None).num_elements()
tf.TensorShape([2, None]).merge_with([None, 3])
tf.TensorShape(None).merge_with([1])
tf.TensorShape([1]).merge_with(None)
tf.TensorShape([2]).merge_with([3])
tf.TensorShape([2]).merge_with([2, 3])
tf.TensorShape([2]).concatenate([3, None])
tf.TensorShape([2]).concatenate(None)
tf.TensorShape([2]).concatenate(3)
tf.TensorShape([2]) + tf.TensorShape([3])
tf.TensorShape([2]) + [3]
tf.TensorShape([2, 3]).with_rank(2)
tf.TensorShape(None).with_rank(2)
tf.TensorShape([2, 3]).with_rank(3)
tf.TensorShape([2, 3]).with_rank_at_least(2)
tf.TensorShape([2, 3]).with_rank_at_least(3)
tf.TensorShape([2, 3]).with_rank_at_most(1)
tf.TensorShape(None).with_rank_at_most(1)
tf.TensorShape([2, 3]).assert_has_rank(3)
tf.TensorShape([2, 3]).assert_has_rank(2)
tf.TensorShape([2, 3]).assert_same_rank([1])
tf.TensorShape([2, 3]).assert_same_rank(None)
tf.TensorShape([2, None]).is_compatible_with([None, 3])
tf.TensorShape([2, None]).is_compatible_with([3, 3])
tf.TensorShape([2, None]).is_compatible_with(None)
tf.TensorShape([2]).is_compatible_with([2, 2])
tf.TensorShape([2]).assert_is_compatible_with([3])
tf.TensorShape([2, 3]).most_specific_compatible_shape([2, 4])
tf.TensorShape([2, 3]).most_specific_compatible_shape([2])
tf.TensorShape([2, None]).is_fully_defined()
tf.TensorShape([2]).is_fully_defined()
tf.TensorShape(None).is_fully_defined()
tf.TensorShape([None]).assert_is_fully_defined()
tf.TensorShape([2, 3]) == [2, 3]
tf.TensorShape([2, 3]) == (2, 3)
tf.TensorShape([2, 3]) == tf.TensorShape([2, 4])
tf.TensorShape([2, 3]) == "a"
tf.TensorShape([2, 3]) == 5
tf.TensorShape([2, 3]) == None
tf.TensorShape(None) == None
tf.TensorShape(None) == tf.TensorShape(None)
tf.TensorShape([None]) == tf.TensorShape([None])
tf.TensorShape([None]) == [None]
tf.TensorShape([2, 3]) != [2, 3]
tf.TensorShape([2, 3]) != [2, 4]
tf.TensorShape([None]) != [None]
tf.TensorShape(None) != [1]
tf.TensorShape([1]) != None
tf.TensorShape([2, None]) != [3, None]
tf.TensorShape([2]) != [2, 2]
{tf.TensorShape([2]): 1}[tf.TensorShape([2])]
tf.TensorShape([2, 3]).as_proto().dim[1].size
tf.TensorShape([2, None]).as_proto().dim[1].size
tf.TensorShape(None).as_proto().unknown_rank
tf.TensorShape(tf.TensorShape([2, None]).as_proto())
tf.TensorShape(tf.TensorShape(None).as_proto())
tf.TensorShape([2, 3]).dims[0].value
tuple(tf.TensorShape([2, 3]))
[d.value for d in tf.TensorShape([2, None])]
2 in tf.TensorShape([2, 3])
np.zeros(tf.TensorShape([2, 3])).shape
tf.dimension_value(tf.TensorShape([None])[0])
tf.dimension_value(3)
tf.dimension_at_index(tf.TensorShape([2, 3]), 1)
tf.dimension_at_index(tf.TensorShape(None), 1)
"""

DIMENSIONS = """
tf.Dimension(3)
tf.Dimension(None)
tf.Dimension(-1)
tf.Dimension(-2)
tf.Dimension("a")
tf.Dimension(2.5)
tf.Dimension(2.0)
tf.Dimension("3")
tf.Dimension(tf.Dimension(3))
tf.Dimension(True)
str(tf.Dimension(None))
str(tf.Dimension(3))
int(tf.Dimension(3))
int(tf.Dimension(None))
range(tf.Dimension(3))
[1, 2, 3][tf.Dimension(1)]
np.zeros([tf.Dimension(2), 3]).shape
tf.Dimension(3) + 4
4 + tf.Dimension(3)
tf.Dimension(3) + None
tf.Dimension(3) + tf.Dimension(None)
tf.Dimension(3) - 1
10 - tf.Dimension(3)
tf.Dimension(3) - 5
tf.Dimension(3) * 2
2 * tf.Dimension(3)
tf.Dimension(7) // 2
15 // tf.Dimension(7)
tf.Dimension(7) / 2
7 / tf.Dimension(2)
tf.Dimension(7) % 4
9 % tf.Dimension(7)
tf.Dimension(7) // None
tf.Dimension(None) % 4
tf.Dimension(3) == 3
tf.Dimension(3) == None
tf.Dimension(None) == None
tf.Dimension(3) == "a"
tf.Dimension(3) == tf.Dimension(None)
tf.Dimension(3) != 3
tf.Dimension(3) != 4
tf.Dimension(3) != None
tf.Dimension(3) < 4
tf.Dimension(3) <= 3
tf.Dimension(3) > None
tf.Dimension(3) >= 4
5 > tf.Dimension(3)
tf.Dimension(3).is_compatible_with(None)
tf.Dimension(3).is_compatible_with(4)
tf.Dimension(3).assert_is_compatible_with(4)
tf.Dimension(3).merge_with(None)
tf.Dimension(None).merge_with(5)
tf.Dimension(3).merge_with(4)
hash(tf.Dimension(3)) == hash(3)
bool(tf.Dimension(0))
bool(tf.Dimension(None))
bool(tf.Dimension(2))
float(tf.Dimension(3))
tf.Dimension(3) + 1.5
tf.Dimension(3) * 1.5
tf.Dimension(3) * 2.0
tf.Dimension(3) + "a"
tf.Dimension(3) == 3.0
max(tf.Dimension(3), 2)
-tf.Dimension(3)
"""

DTYPES = """
tf.float32
str(tf.float32)
tf.float32.name
tf.as_dtype("float")
tf.as_dtype("float32")
tf.as_dtype("double")
tf.as_dtype("half")
tf.as_dtype("bfloat16")
tf.as_dtype("float32_ref")
tf.as_dtype("nonsense")
tf.as_dtype(1)
tf.as_dtype(101)
tf.as_dtype(999)
tf.as_dtype(0)
tf.as_dtype(None)
tf.as_dtype(float)
tf.as_dtype(int)
tf.as_dtype(bool)
tf.as_dtype(str)
tf.as_dtype(bytes)
tf.as_dtype(complex)
tf.as_dtype(object)
tf.as_dtype(np.float16)
tf.as_dtype(np.dtype("int64"))
tf.as_dtype(np.dtype("S3"))
tf.as_dtype(np.dtype("U3"))
tf.as_dtype(np.dtype("O"))
tf.as_dtype(np.uint8)
tf.as_dtype("int32").as_numpy_dtype.__name__
tf.string.as_numpy_dtype.__name__
tf.bool.as_numpy_dtype.__name__
tf.float32.as_datatype_enum
tf.qint8.as_datatype_enum
tf.float32 == "float32"
tf.float32 == np.float32
tf.float32 == 1
tf.float32 == None
tf.float32 != "float64"
tf.float32 == "zzz"
tf.float32 == tf.as_dtype("float32_ref")
tf.as_dtype("float32_ref").base_dtype
tf.as_dtype("float32_ref").is_floating
tf.float32.is_compatible_with(tf.as_dtype("float32_ref"))
tf.as_dtype("float32_ref").is_compatible_with(tf.float32)
tf.float32.is_compatible_with("float64")
tf.complex64.real_dtype
tf.complex128.real_dtype
tf.float32.real_dtype
tf.int8.is_integer
tf.qint8.is_integer
tf.qint8.is_quantized
tf.bool.is_bool
tf.bool.is_integer
tf.uint8.is_unsigned
tf.int8.is_unsigned
tf.bfloat16.is_floating
tf.float64.is_floating
tf.complex64.is_complex
tf.complex64.is_floating
tf.float32.size
tf.string.size
tf.bool.size
tf.complex128.size
tf.bfloat16.size
tf.int32.min
tf.int32.max
tf.uint8.max
tf.int64.min
float(tf.float32.max)
float(tf.float16.min)
float(tf.bfloat16.max)
tf.string.min
tf.bool.min
tf.bool.max
tf.complex64.max
tf.qint8.max
tf.quint8.min
tf.uint8.limits
tf.float32.limits
tf.int16.limits
tf.bool.limits
tf.string.limits
tf.float32.is_numpy_compatible
tf.resource.is_numpy_compatible
hash(tf.float32) == hash(tf.as_dtype("float32"))
pickle.loads(pickle.dumps(tf.int64)) is tf.int64
copy.deepcopy(tf.float32) is tf.float32
tf.DType(1)
tf.DType(999)
tf.DType("x")
np.dtype(tf.float32.as_numpy_dtype).name
tf.float32 in [tf.float32, tf.float64]
tf.int32 in ("int32",)
"""

VALUES = """
tf.constant(1)
tf.constant(1.5)
tf.constant(True)
tf.constant("a")
tf.constant(b"a")
tf.constant(1j)
tf.constant(2 ** 31)
tf.constant(2 ** 31 - 1)
tf.constant(-(2 ** 31))
tf.constant(2 ** 63)
tf.constant([1, 2.5])
tf.constant([1.5, 2])
tf.constant([1, 2 ** 40])
tf.constant([])
tf.constant([[], []])
tf.constant([1, True])
tf.constant([True, 1])
tf.constant([True, False])
tf.constant([1.0, 2j])
tf.constant(["a", b"b"])
tf.constant(["a", 1])
tf.constant([1, "a"])
tf.constant(None)
tf.constant([None])
tf.constant([1, None])
tf.constant([[1], [2, 3]])
tf.constant([1, [2]])
tf.constant(1.5, tf.int32)
tf.constant(1, tf.float32)
tf.constant(True, tf.int32)
tf.constant(True, tf.float32)
tf.constant(1, tf.bool)
tf.constant("a", tf.int32)
tf.constant(1, tf.string)
tf.constant(300, tf.uint8)
tf.constant(-1, tf.uint8)
tf.constant(2 ** 40, tf.int32)
tf.constant(1e40, tf.float32)
tf.constant(1e39)
tf.constant(1j, tf.float32)
tf.constant(1, tf.complex64)
tf.constant([1.5, "a"], tf.float32)
tf.constant([None], tf.float32)
tf.constant(None, tf.float32)
tf.constant({}, tf.float32)
tf.constant({"a": 1})
tf.constant(object())
tf.constant({1, 2})
tf.constant(range(3))
tf.constant((1, 2))
tf.constant(np.float64(1.5))
tf.constant(np.int64(3))
tf.constant(np.array([1.5]))
tf.constant(np.array([1, 2]))
tf.constant(np.array(["a", "bc"]))
tf.constant(np.array([b"a", b"bc"]))
tf.constant(np.array(["a", "bc"], dtype=object))
tf.constant(np.array([True]))
tf.constant(np.float16(1))
tf.constant(np.array([1.5]), tf.int32)
tf.constant(np.array([1, 2]), tf.float32)
tf.constant(np.array([1.5, 2.5]), tf.bool)
tf.constant([np.float64(1), 2.0])
tf.constant([np.float32(1), np.float32(2.0)])
tf.constant([np.float64(1), np.float64(2)])
tf.constant([np.int64(1), 2])
tf.constant([np.array([1.0, 2.0]), np.array([3.0, 4.0])])
tf.constant([np.array([1, 2]), [3, 4]])
tf.constant(tf.Dimension(3))
tf.constant([tf.Dimension(3), 4])
tf.constant(tf.TensorShape([2, 3]))
tf.constant(tf.TensorShape([2, None]))
tf.convert_to_tensor(tf.TensorShape([2, 3]))
tf.convert_to_tensor(tf.TensorShape([2, None]))
tf.convert_to_tensor(tf.TensorShape(None))
tf.convert_to_tensor(tf.TensorShape([2]), tf.int64)
tf.convert_to_tensor(tf.TensorShape([2]), tf.float32)
tf.convert_to_tensor(tf.Dimension(3))
tf.convert_to_tensor([tf.Dimension(3), 2])
tf.convert_to_tensor(1, preferred_dtype=tf.float32)
tf.convert_to_tensor(1.5, preferred_dtype=tf.int32)
tf.convert_to_tensor(np.float64(1), tf.float32)
tf.convert_to_tensor(np.int32(1), tf.float32)
tf.convert_to_tensor(np.array([1, 2]), tf.float32)
tf.convert_to_tensor([1, 2], tf.float64)
tf.convert_to_tensor(tf.constant(1.0), tf.float64)
tf.constant([1, 2, 3], shape=[3, 1])
tf.constant(7, shape=[2, 2])
tf.constant([1, 2], shape=[3])
tf.constant([1, 2, 3, 4], shape=[3])
tf.constant(b"\\xff")
tf.constant(u"\\u00e9")
tf.constant([0.1, 0.2], tf.float16)
tf.constant(1.5, tf.bfloat16)
tf.constant(3, tf.qint8)
"""

ALL = {"shapes": SHAPES, "dimensions": DIMENSIONS, "dtypes": DTYPES, "values": VALUES}
