#pragma once
#include <zlib.h>

// zlib's initialisers are macros that carry the version and the struct size; Swift cannot see macros with arguments.
static inline int flyball_inflate_init(z_stream *stream, int window_bits) { return inflateInit2(stream, window_bits); }
static inline int flyball_deflate_init(z_stream *stream, int level, int window_bits) {
    return deflateInit2(stream, level, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
}
