#pragma once
#include <cblas.h>

// A hint that the memory at `p` will be read soon, which Swift has no word for.
static inline void prefetch_line(const void *p) { __builtin_prefetch(p, 0, 3); }

// LAPACK, which OpenBLAS carries but whose prototypes its header leaves out.
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info);
void dpotrs_(const char *uplo, const int *n, const int *nrhs, const double *a, const int *lda, double *b, const int *ldb, int *info);
