#pragma once
#include <cblas.h>

// A hint that the memory at `p` will be read soon, which Swift has no word for.
static inline void prefetch_line(const void *p) { __builtin_prefetch(p, 0, 3); }

// A rest of some tens of cycles while waiting for another thread, which Swift has no word for either.
static inline void rest_briefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// LAPACK, which OpenBLAS carries but whose prototypes its header leaves out.
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info);
void dpotrs_(const char *uplo, const int *n, const int *nrhs, const double *a, const int *lda, double *b, const int *ldb, int *info);
