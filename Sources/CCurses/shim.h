// What Swift cannot reach in ncurses: its globals, its variadic functions and its function-like macros.
#pragma once

#define _XOPEN_SOURCE_EXTENDED 1
#define NCURSES_WIDECHAR 1
#include <locale.h>
#include <ncurses.h>
#include <stdio.h>
#include <term.h>
#include <unistd.h>
#include <wchar.h>

/// What a terminfo entry says of colour.
struct flyball_entry {
    int colours;
    bool isDirect;
};

/// Looks an entry up without opening a screen; false when there is none.
static inline bool flyball_find_entry(const char *name, int output, struct flyball_entry *entry) {
    int error = 0;
    if (setupterm(name, output, &error) != OK) return false;
    const char *text = tigetstr("RGB");
    entry->colours = tigetnum("colors");
    entry->isDirect = tigetflag("RGB") > 0 || tigetnum("RGB") > 0 || (text != NULL && text != (const char *)-1);
    del_curterm(cur_term);
    return true;
}

/// Opens the screen on two descriptors of its own. NULL on failure.
static inline SCREEN *flyball_open(const char *name, int input, int output) {
    FILE *in = fdopen(input, "r");
    FILE *out = fdopen(output, "w");
    if (in == NULL || out == NULL) return NULL;
    SCREEN *screen = newterm(name, out, in);
    if (screen == NULL) return NULL;
    set_term(screen);
    raw();
    noecho();
    nonl();
    intrflush(stdscr, FALSE);
    // Input is read and decoded by us, so that nothing of ncurses looks for it while drawing.
    typeahead(-1);
    set_escdelay(25);
    scrollok(stdscr, FALSE);
    leaveok(stdscr, FALSE);
    curs_set(0);
    return screen;
}

/// Turns colour on. The number of pairs, 0 without colours; `hasDefault`: whether -1 stands for the terminal's own colours.
static inline int flyball_start_colour(bool *hasDefault) {
    *hasDefault = false;
    if (!has_colors() || start_color() != OK) return 0;
    *hasDefault = use_default_colors() == OK;
    return COLOR_PAIRS;
}

static inline void flyball_size(int *width, int *height) { getmaxyx(stdscr, *height, *width); }

/// Puts one character with its marks at a place. One that the locale cannot show, or shows at another width, becomes question marks.
static inline void flyball_put(int x, int y, wchar_t base, wchar_t first, wchar_t second, int width, attr_t attributes, int pair) {
    wchar_t text[4] = {base, first, second, 0};
    cchar_t cell;
    if (wcwidth(base) == width && setcchar(&cell, text, attributes, 0, &pair) == OK) {
        mvwadd_wch(stdscr, y, x, &cell);
        return;
    }
    wchar_t unknown[2] = {L'?', 0};
    if (setcchar(&cell, unknown, attributes, 0, &pair) != OK) return;
    for (int column = 0; column < width; column += 1) mvwadd_wch(stdscr, y, x + column, &cell);
}

static inline void flyball_erase(void) { werase(stdscr); }
static inline void flyball_move(int x, int y) { wmove(stdscr, y, x); }
static inline void flyball_refresh(void) { wrefresh(stdscr); }

/// Everything is sent again with the next refresh.
static inline void flyball_forget(void) { clearok(curscr, TRUE); }

/// The string that a key of this name sends; NULL when the entry has none.
static inline const char *flyball_key(const char *name) {
    const char *text = tigetstr((char *)name);
    return text == NULL || text == (const char *)-1 ? NULL : text;
}

static inline attr_t flyball_attributes(bool bold, bool dim, bool italic, bool underline, bool reverse) {
    return (bold ? A_BOLD : 0) | (dim ? A_DIM : 0) | (italic ? A_ITALIC : 0) | (underline ? A_UNDERLINE : 0) | (reverse ? A_REVERSE : 0);
}
