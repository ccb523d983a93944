#pragma once
#include <sqlite3.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

// SQLite for reading one table. The store reads and writes through another module around the same header: of its types Swift could not tell whose they are, so none
// of them is seen from Swift here.

typedef struct {
    sqlite3 *database;
    sqlite3_stmt *statement;
    int turns;
} flyball_sqlite;

enum { flyball_sqlite_null = 0, flyball_sqlite_integer = 1, flyball_sqlite_real = 2, flyball_sqlite_text = 3, flyball_sqlite_blob = 4 };

// A view that computes for ever without a row ends here: a thousand million steps of SQLite's machine.
static int flyball_sqlite_turn(void *opaque) {
    flyball_sqlite *self = (flyball_sqlite *)opaque;
    return ++self->turns > 1000;
}

static inline void flyball_sqlite_close(void *opaque) {
    flyball_sqlite *self = (flyball_sqlite *)opaque;
    if (!self) return;
    sqlite3_finalize(self->statement);
    sqlite3_close_v2(self->database);
    free(self);
}

// The file as it is now, to its end in one transaction: a writer beside this does not change what is read. NULL only without memory.
static inline void *flyball_sqlite_open(const char *path, int *code) {
    flyball_sqlite *self = (flyball_sqlite *)calloc(1, sizeof *self);
    if (!self) return NULL;
    *code = sqlite3_open_v2(path, &self->database, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
    if (*code == SQLITE_OK) {
        sqlite3_limit(self->database, SQLITE_LIMIT_LENGTH, 16 << 20);
        sqlite3_db_config(self->database, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        sqlite3_busy_timeout(self->database, 5000);
        sqlite3_progress_handler(self->database, 1000000, flyball_sqlite_turn, self);
        *code = sqlite3_exec(self->database, "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA query_only = ON; BEGIN", NULL, NULL, NULL);
    }
    return self;
}

static inline const char *flyball_sqlite_message(void *opaque) {
    flyball_sqlite *self = (flyball_sqlite *)opaque;
    return self && self->database ? sqlite3_errmsg(self->database) : "out of memory";
}

static inline int flyball_sqlite_prepare(void *opaque, const char *text) {
    flyball_sqlite *self = (flyball_sqlite *)opaque;
    sqlite3_finalize(self->statement);
    self->statement = NULL;
    self->turns = 0;
    return sqlite3_prepare_v2(self->database, text, -1, &self->statement, NULL) == SQLITE_OK && self->statement ? 0 : -1;
}

static inline int flyball_sqlite_columns(void *opaque) { return sqlite3_column_count(((flyball_sqlite *)opaque)->statement); }

static inline const char *flyball_sqlite_name(void *opaque, int column) { return sqlite3_column_name(((flyball_sqlite *)opaque)->statement, column); }

// 1 for a row, 0 behind the last one, -1 for a fault.
static inline int flyball_sqlite_next(void *opaque) {
    flyball_sqlite *self = (flyball_sqlite *)opaque;
    self->turns = 0;
    int code = sqlite3_step(self->statement);
    return code == SQLITE_ROW ? 1 : code == SQLITE_DONE ? 0 : -1;
}

static inline void flyball_sqlite_restart(void *opaque) { sqlite3_reset(((flyball_sqlite *)opaque)->statement); }

static inline int flyball_sqlite_kind(void *opaque, int column) {
    switch (sqlite3_column_type(((flyball_sqlite *)opaque)->statement, column)) {
    case SQLITE_INTEGER: return flyball_sqlite_integer;
    case SQLITE_FLOAT: return flyball_sqlite_real;
    case SQLITE_TEXT: return flyball_sqlite_text;
    case SQLITE_BLOB: return flyball_sqlite_blob;
    default: return flyball_sqlite_null;
    }
}

static inline long long flyball_sqlite_whole(void *opaque, int column) {
    return sqlite3_column_int64(((flyball_sqlite *)opaque)->statement, column);
}

static inline double flyball_sqlite_double(void *opaque, int column) {
    return sqlite3_column_double(((flyball_sqlite *)opaque)->statement, column);
}

// Valid until the next row; NULL where there are no bytes.
static inline const void *flyball_sqlite_bytes(void *opaque, int column, int *count) {
    sqlite3_stmt *statement = ((flyball_sqlite *)opaque)->statement;
    const void *bytes = sqlite3_column_blob(statement, column);
    *count = sqlite3_column_bytes(statement, column);
    return bytes;
}
