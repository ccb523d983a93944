#pragma once
#include <bzlib.h>
#include <lzma.h>
#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

// Three libraries behind one face, so that a reader of packed files need not know which is at work. None of their structs is seen from Swift: liblzma's
// initialiser is a macro, and bzip2's and zstd's streams hold pointers into the buffers of one call.

enum { flyball_press_bzip2 = 0, flyball_press_xz = 1, flyball_press_zstd = 2 };
enum { flyball_press_goes_on = 0, flyball_press_ends = 1, flyball_press_damaged = 2, flyball_press_too_large = 3 };

typedef struct {
    int kind;
    int has_ended;
    bz_stream bzip2;
    lzma_stream xz;
    ZSTD_DCtx *zstd;
} flyball_press;

typedef struct {
    size_t used;
    size_t made;
    int state;
} flyball_press_step;

static inline void flyball_press_close(void *opaque) {
    flyball_press *press = (flyball_press *)opaque;
    if (!press) return;
    if (press->kind == flyball_press_bzip2) BZ2_bzDecompressEnd(&press->bzip2);
    if (press->kind == flyball_press_xz) lzma_end(&press->xz);
    if (press->kind == flyball_press_zstd) ZSTD_freeDCtx(press->zstd);
    free(press);
}

// Of xz 256 MiB (its level 9 wants 65), of zstd a window of 128 MiB: a file cannot ask for more.
static inline void *flyball_press_open(int kind) {
    flyball_press *press = (flyball_press *)calloc(1, sizeof *press);
    if (!press) return NULL;
    press->kind = kind;
    int is_ready = 0;
    if (kind == flyball_press_bzip2) is_ready = BZ2_bzDecompressInit(&press->bzip2, 0, 0) == BZ_OK;
    if (kind == flyball_press_xz) {
        press->xz = (lzma_stream)LZMA_STREAM_INIT;
        is_ready = lzma_stream_decoder(&press->xz, 256u << 20, LZMA_CONCATENATED) == LZMA_OK;
    }
    if (kind == flyball_press_zstd) {
        press->zstd = ZSTD_createDCtx();
        is_ready = press->zstd && !ZSTD_isError(ZSTD_DCtx_setParameter(press->zstd, ZSTD_d_windowLogMax, 27));
    }
    if (is_ready) return press;
    free(press);
    return NULL;
}

// One step; `ends` where a whole member has come out, behind which the input may end.
static inline flyball_press_step flyball_press_run(void *opaque, const void *in, size_t in_count, void *out, size_t out_count, int is_last) {
    flyball_press *press = (flyball_press *)opaque;
    flyball_press_step step = {0, 0, flyball_press_goes_on};
    if (press->kind == flyball_press_bzip2) {
        bz_stream *s = &press->bzip2;
        if (press->has_ended) {
            if (in_count == 0) return (flyball_press_step){0, 0, flyball_press_ends};
            BZ2_bzDecompressEnd(s);
            *s = (bz_stream){0};
            if (BZ2_bzDecompressInit(s, 0, 0) != BZ_OK) return (flyball_press_step){0, 0, flyball_press_damaged};
            press->has_ended = 0;
        }
        // bzip2 reads through the pointer only.
        s->next_in = (char *)in;
        s->avail_in = (unsigned)in_count;
        s->next_out = (char *)out;
        s->avail_out = (unsigned)out_count;
        int code = BZ2_bzDecompress(s);
        step.used = in_count - s->avail_in;
        step.made = out_count - s->avail_out;
        press->has_ended = code == BZ_STREAM_END;
        step.state = code == BZ_OK ? flyball_press_goes_on : code == BZ_STREAM_END ? flyball_press_ends : flyball_press_damaged;
        // A call that could do nothing is none that failed.
        if (code == BZ_SEQUENCE_ERROR || code == BZ_MEM_ERROR) step.state = flyball_press_damaged;
    } else if (press->kind == flyball_press_xz) {
        lzma_stream *s = &press->xz;
        s->next_in = (const uint8_t *)in;
        s->avail_in = in_count;
        s->next_out = (uint8_t *)out;
        s->avail_out = out_count;
        lzma_ret code = lzma_code(s, is_last ? LZMA_FINISH : LZMA_RUN);
        step.used = in_count - s->avail_in;
        step.made = out_count - s->avail_out;
        if (code == LZMA_STREAM_END) step.state = flyball_press_ends;
        else if (code == LZMA_MEMLIMIT_ERROR) step.state = flyball_press_too_large;
        else if (code != LZMA_OK && code != LZMA_BUF_ERROR) step.state = flyball_press_damaged;
    } else {
        ZSTD_inBuffer input = {in, in_count, 0};
        ZSTD_outBuffer output = {out, out_count, 0};
        size_t code = ZSTD_decompressStream(press->zstd, &output, &input);
        step.used = input.pos;
        step.made = output.pos;
        if (ZSTD_isError(code)) {
            int is_large = ZSTD_getErrorCode(code) == ZSTD_error_frameParameter_windowTooLarge;
            step.state = is_large ? flyball_press_too_large : flyball_press_damaged;
        } else if (code == 0) step.state = flyball_press_ends;
    }
    return step;
}

// A whole zstd frame into room of its size; the bytes made, or -1.
static inline long flyball_press_zstd_whole(const void *in, size_t in_count, void *out, size_t out_count) {
    size_t code = ZSTD_decompress(out, out_count, in, in_count);
    return ZSTD_isError(code) ? -1 : (long)code;
}
