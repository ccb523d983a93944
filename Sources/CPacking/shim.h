#pragma once
#include <stdlib.h>
#include <zlib.h>

// zlib for a file that is compiled beside gRPC, which brings a module of its own around the same header: of its structs Swift then cannot tell whose they are, so
// none of them is seen from Swift.

typedef struct {
    int is_at_end;
    int is_bad;
    unsigned in_left;
    unsigned out_left;
} flyball_packing_step;

static inline void *flyball_packing_open(int packs, int window_bits) {
    z_stream *stream = (z_stream *)calloc(1, sizeof *stream);
    if (!stream) return NULL;
    int code = packs ? deflateInit2(stream, 1, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) : inflateInit2(stream, window_bits);
    if (code == Z_OK) return stream;
    free(stream);
    return NULL;
}

static inline void flyball_packing_close(void *stream, int packs) {
    if (packs) deflateEnd((z_stream *)stream); else inflateEnd((z_stream *)stream);
    free(stream);
}

static inline unsigned long flyball_packing_bound(void *stream, unsigned long count) { return deflateBound((z_stream *)stream, count); }

// zlib reads through the pointer only.
static inline void flyball_packing_input(void *stream, const void *bytes, unsigned count) {
    ((z_stream *)stream)->next_in = (Bytef *)bytes;
    ((z_stream *)stream)->avail_in = count;
}

static inline flyball_packing_step flyball_packing_run(void *stream, int packs, void *room, unsigned count) {
    z_stream *s = (z_stream *)stream;
    s->next_out = (Bytef *)room;
    s->avail_out = count;
    int code = packs ? deflate(s, Z_FINISH) : inflate(s, Z_NO_FLUSH);
    flyball_packing_step step = {code == Z_STREAM_END, code != Z_OK && code != Z_STREAM_END, s->avail_in, s->avail_out};
    return step;
}
