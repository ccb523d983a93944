#pragma once
#include <cblas.h>

// LAPACK, which OpenBLAS carries but whose prototypes its header leaves out.
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info);
void dpotrs_(const char *uplo, const int *n, const int *nrhs, const double *a, const int *lda, double *b, const int *ldb, int *info);
