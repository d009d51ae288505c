"""The three string hashes of TensorFlow, on unsigned 64-bit integers: FarmHash's fingerprint, SipHash-2-4 and the legacy one."""

M = (1 << 64) - 1
K0, K1, K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F


def _word(s, at):
    return int.from_bytes(s[at : at + 8], "little")


def _half(s, at):
    return int.from_bytes(s[at : at + 4], "little")


def _rotate(v, by):
    v &= M
    return ((v >> by) | (v << (64 - by))) & M


def _shift_mix(v):
    return v ^ (v >> 47)


def _mix(u, v, mul):
    a = _shift_mix(((u ^ v) * mul) & M)
    b = _shift_mix(((v ^ a) * mul) & M)
    return (b * mul) & M


def _to_16(s):
    n = len(s)
    mul = K2 + n * 2
    if n >= 8:
        a, b = (_word(s, 0) + K2) & M, _word(s, n - 8)
        return _mix((_rotate(b, 37) * mul + a) & M, ((_rotate(a, 25) + b) * mul) & M, mul)
    if n >= 4:
        return _mix((n + (_half(s, 0) << 3)) & M, _half(s, n - 4), mul)
    if n > 0:
        y, z = s[0] + (s[n >> 1] << 8), n + (s[-1] << 2)
        return (_shift_mix(((y * K2) ^ (z * K0)) & M) * K2) & M
    return K2


def _to_64(s):
    n = len(s)
    mul = K2 + n * 2
    a, b = _word(s, 0) * (K1 if n <= 32 else K2) & M, _word(s, 8)
    c, d = (_word(s, n - 8) * mul) & M, (_word(s, n - 16) * K2) & M
    y = (_rotate(a + b, 43) + _rotate(c, 30) + d) & M
    z = _mix(y, (a + _rotate(b + K2, 18) + c) & M, mul)
    if n <= 32:
        return z
    e, f = (_word(s, 16) * mul) & M, _word(s, 24)
    g, h = ((y + _word(s, n - 32)) * mul) & M, ((z + _word(s, n - 24)) * mul) & M
    return _mix((_rotate(e + f, 43) + _rotate(g, 30) + h) & M, (e + _rotate(f + a, 18) + g) & M, mul)


def _weak(s, at, a, b):
    w, x, y, z = (_word(s, at + 8 * i) for i in range(4))
    a = (a + w) & M
    b = _rotate(b + a + z, 21)
    c = a
    a = (a + x + y) & M
    b = (b + _rotate(a, 44)) & M
    return (a + z) & M, (b + c) & M


def _block(s, at, state, mul, last):
    x, y, z, v, w = state
    nine = 9 if last else 1
    x = (_rotate(x + y + v[0] + _word(s, at + 8), 37) * mul) & M
    y = (_rotate(y + v[1] + _word(s, at + 48), 42) * mul) & M
    x ^= (w[1] * nine) & M
    y = (y + v[0] * nine + _word(s, at + 40)) & M
    z = (_rotate(z + w[0], 33) * mul) & M
    v = _weak(s, at, (v[1] * mul) & M, (x + w[0]) & M)
    w = _weak(s, at + 32, (z + w[1]) & M, (y + _word(s, at + 16)) & M)
    return z, y, x, v, w


def farm(s):
    """FarmHash Fingerprint64 of bytes."""
    n = len(s)
    if n <= 16:
        return _to_16(s)
    if n <= 64:
        return _to_64(s)
    y = (81 * K1 + 113) & M
    state = ((81 * K2 + _word(s, 0)) & M, y, (_shift_mix((y * K2 + 113) & M) * K2) & M, (0, 0), (0, 0))
    end, rest = (n - 1) // 64 * 64, (n - 1) & 63
    for at in range(0, end, 64):
        state = _block(s, at, state, K1, False)
    x, y, z, v, w = state
    mul = K1 + ((z & 0xFF) << 1)
    w = ((w[0] + rest) & M, w[1])
    v = ((v[0] + w[0]) & M, v[1])
    w = ((w[0] + v[0]) & M, w[1])
    x, y, z, v, w = _block(s, n - 64, (x, y, z, v, w), mul, True)
    first = (_mix(v[0], w[0], mul) + _shift_mix(y) * K0 + z) & M
    return _mix(first, (_mix(v[1], w[1], mul) + x) & M, mul)


def _sip_round(a, b, c, d):
    a = (a + b) & M
    c = (c + d) & M
    b = _rotate(b, 51) ^ a
    d = _rotate(d, 48) ^ c
    a = _rotate(a, 32)
    c = (c + b) & M
    a = (a + d) & M
    b = _rotate(b, 47) ^ c
    d = _rotate(d, 43) ^ a
    return a, b, _rotate(c, 32), d


def sip(s, key):
    """SipHash-2-4 (Aumasson and Bernstein) of bytes with a key of two 64-bit integers."""
    k0, k1 = (k & M for k in key)
    state = (k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573)
    whole = len(s) // 8 * 8
    for at in range(0, whole + 8, 8):
        m = _word(s, at) if at < whole else int.from_bytes(s[whole:], "little") | ((len(s) & 0xFF) << 56)
        a, b, c, d = state
        a, b, c, d = _sip_round(*_sip_round(a, b, c, d ^ m))
        state = (a ^ m, b, c, d)
    a, b, c, d = state
    state = (a, b, c ^ 0xFF, d)
    for _ in range(4):
        state = _sip_round(*state)
    return state[0] ^ state[1] ^ state[2] ^ state[3]


def legacy(s, seed=0xDECAFCAFFE):
    """The hash of `StringToHashBucket`: MurmurHash64A with TensorFlow's seed."""
    mul = 0xC6A4A7935BD1E995
    h = (seed ^ (len(s) * mul)) & M
    whole = len(s) // 8 * 8
    for at in range(0, whole, 8):
        k = (_word(s, at) * mul) & M
        h = ((h ^ (_shift_mix(k) * mul) & M) * mul) & M
    if len(s) > whole:
        h = ((h ^ int.from_bytes(s[whole:], "little")) * mul) & M
    return _shift_mix((_shift_mix(h) * mul) & M)
