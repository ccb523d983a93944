/// The theme files of the repository's `themes` folder, kept inside the program; a test compares them with the files.
enum BuiltInThemes {
    /// Each file's text by theme name.
    static let files: [String: String] = [
        "ansi16": #"""
        # The operator's own sixteen colours and ground, whatever they are.
        name = "ansi16"
        mode = "any"

        [palette]
        ground = "default"
        ink = "default"
        faint = "default"
        black = { ansi = 0 }
        red = { ansi = 1 }
        green = { ansi = 2 }
        amber = { ansi = 3 }
        blue = { ansi = 6 }
        violet = { ansi = 5 }
        teal = { ansi = 6 }
        pink = { ansi = 5 }
        line = "default"
        chosen = { ansi = 4 }
        white = { ansi = 15 }

        [roles]
        text = { fg = "ink", bg = "ground" }
        muted = "faint"
        accent = "blue"
        strong = { fg = "ink", bold = true }
        ok = "green"
        warn = "amber"
        alert = { fg = "red", bold = true }
        info = "blue"
        paused = "violet"
        border = "line"
        borderFocused = "blue"
        title = { fg = "ink", bold = true }
        header = { fg = "faint", bg = "ground", bold = true }
        selection = { fg = "white", bg = "chosen" }
        marked = { fg = "ink", bg = "ground" }
        dialog = { fg = "ink", bg = "ground" }
        dialogBorder = { fg = "blue", bg = "ground" }
        button = { fg = "white", bg = "chosen" }
        buttonFocused = { fg = "black", bg = "blue", bold = true }
        field = { fg = "ink", bg = "ground", underline = true }
        placeholder = { fg = "faint", bg = "ground", underline = true }
        key = { fg = "amber", bold = true }
        keyDisabled = "faint"
        toast = { fg = "ink", bg = "ground" }
        toastWarn = { fg = "amber", bg = "ground", bold = true }
        toastAlert = { fg = "black", bg = "red", bold = true }
        banner = { fg = "black", bg = "red", bold = true }
        tab = { fg = "faint", bg = "ground" }
        tabSelected = { fg = "white", bg = "chosen", bold = true }
        past = { fg = "violet", bold = true }
        environment = { fg = "black", bg = "blue", bold = true }
        badge = { fg = "black", bg = "amber", bold = true }
        threshold = "amber"
        marker = "violet"
        axis = "faint"
        cursor = { fg = "black", bg = "amber" }
        reference = "faint"
        current = "blue"
        link = { fg = "blue", underline = true }
        code = "teal"

        [series]
        colours = ["blue", "amber", "green", "violet", "teal", "pink"]

        [gradient]
        stops = ["line", "blue", "amber", "red"]

        """#,
        "daylight": #"""
        # Dark ink on paper, for bright rooms.
        name = "daylight"
        mode = "light"

        [palette]
        ground = { hex = "#fbfbf8", ansi = 15 }
        band = { hex = "#eceff4", ansi = 15 }
        chosen = { hex = "#d3e5f8", ansi = 7 }
        well = { hex = "#e6e9f0", ansi = 15 }
        line = { hex = "#a3adbd", ansi = 8 }
        ink = { hex = "#1b2430", ansi = 0 }
        bright = { hex = "#000000", ansi = 0 }
        faint = { hex = "#4f5a6b", ansi = 8 }
        blue = { hex = "#0a529c", ansi = 4 }
        green = { hex = "#11602f", ansi = 2 }
        amber = { hex = "#704a00", ansi = 3 }
        red = { hex = "#a01c16", ansi = 1 }
        violet = { hex = "#5d3aa0", ansi = 5 }
        teal = { hex = "#00595c", ansi = 6 }
        pink = { hex = "#96195f", ansi = 5 }

        [roles]
        text = { fg = "ink", bg = "ground" }
        muted = "faint"
        accent = "blue"
        strong = { fg = "bright", bold = true }
        ok = "green"
        warn = "amber"
        alert = { fg = "red", bold = true }
        info = "blue"
        paused = "violet"
        border = "line"
        borderFocused = "blue"
        title = { fg = "bright", bold = true }
        header = { fg = "faint", bg = "band", bold = true }
        selection = { fg = "bright", bg = "chosen" }
        marked = { fg = "ink", bg = "band" }
        dialog = { fg = "ink", bg = "band" }
        dialogBorder = { fg = "blue", bg = "band" }
        button = { fg = "ink", bg = "chosen" }
        buttonFocused = { fg = "ground", bg = "blue", bold = true }
        field = { fg = "bright", bg = "well" }
        placeholder = { fg = "faint", bg = "well" }
        key = { fg = "amber", bold = true }
        keyDisabled = "faint"
        toast = { fg = "ink", bg = "band" }
        toastWarn = { fg = "amber", bg = "band", bold = true }
        toastAlert = { fg = "ground", bg = "red", bold = true }
        banner = { fg = "ground", bg = "red", bold = true }
        tab = { fg = "faint", bg = "band" }
        tabSelected = { fg = "bright", bg = "chosen", bold = true }
        past = { fg = "violet", bold = true }
        environment = { fg = "ground", bg = "blue", bold = true }
        badge = { fg = "ground", bg = "amber", bold = true }
        threshold = "amber"
        marker = "violet"
        axis = "faint"
        cursor = { fg = "ground", bg = "amber" }
        reference = "faint"
        current = "blue"
        link = { fg = "blue", underline = true }
        code = "teal"

        [series]
        colours = ["blue", "amber", "green", "violet", "teal", "pink"]

        [gradient]
        stops = ["line", "blue", "amber", "red"]

        """#,
        "midnight": #"""
        # The default: a dark blue ground that is calm at night.
        name = "midnight"
        mode = "dark"

        [palette]
        ground = { hex = "#0d1220", ansi = 0 }
        band = { hex = "#16203a", ansi = 0 }
        chosen = { hex = "#1d3050", ansi = 4 }
        well = { hex = "#202c48", ansi = 0 }
        line = { hex = "#43516f", ansi = 8 }
        ink = { hex = "#dfe6f2", ansi = 7 }
        bright = { hex = "#ffffff", ansi = 15 }
        faint = { hex = "#9aa7bd", ansi = 7 }
        blue = { hex = "#6cb6ff", ansi = 12 }
        green = { hex = "#57c98a", ansi = 10 }
        amber = { hex = "#e5b84b", ansi = 11 }
        red = { hex = "#ff8a80", ansi = 9 }
        violet = { hex = "#bfa8ff", ansi = 13 }
        teal = { hex = "#4fd0c8", ansi = 14 }
        pink = { hex = "#ff9ed2", ansi = 13 }

        [roles]
        text = { fg = "ink", bg = "ground" }
        muted = "faint"
        accent = "blue"
        strong = { fg = "bright", bold = true }
        ok = "green"
        warn = "amber"
        alert = { fg = "red", bold = true }
        info = "blue"
        paused = "violet"
        border = "line"
        borderFocused = "blue"
        title = { fg = "bright", bold = true }
        header = { fg = "faint", bg = "band", bold = true }
        selection = { fg = "bright", bg = "chosen" }
        marked = { fg = "ink", bg = "band" }
        dialog = { fg = "ink", bg = "band" }
        dialogBorder = { fg = "blue", bg = "band" }
        button = { fg = "ink", bg = "chosen" }
        buttonFocused = { fg = "ground", bg = "blue", bold = true }
        field = { fg = "bright", bg = "well" }
        placeholder = { fg = "faint", bg = "well" }
        key = { fg = "amber", bold = true }
        keyDisabled = "faint"
        toast = { fg = "ink", bg = "band" }
        toastWarn = { fg = "amber", bg = "band", bold = true }
        toastAlert = { fg = "ground", bg = "red", bold = true }
        banner = { fg = "ground", bg = "red", bold = true }
        tab = { fg = "faint", bg = "band" }
        tabSelected = { fg = "bright", bg = "chosen", bold = true }
        past = { fg = "violet", bold = true }
        environment = { fg = "ground", bg = "blue", bold = true }
        badge = { fg = "ground", bg = "amber", bold = true }
        threshold = "amber"
        marker = "violet"
        axis = "faint"
        cursor = { fg = "ground", bg = "amber" }
        reference = "faint"
        current = "blue"
        link = { fg = "blue", underline = true }
        code = "teal"

        [series]
        colours = ["blue", "amber", "green", "violet", "teal", "pink"]

        [gradient]
        stops = ["line", "blue", "amber", "red"]

        """#,
        "mono": #"""
        # No colour at all: emphasis, glyphs and words carry the meaning. It also stands in for every other theme where NO_COLOR is set.
        name = "mono"
        mode = "any"

        [roles]
        text = "default"
        muted = "default"
        accent = { underline = true }
        strong = { bold = true }
        ok = "default"
        warn = { bold = true }
        alert = { bold = true, reverse = true }
        info = "default"
        paused = { underline = true }
        border = "default"
        borderFocused = { bold = true }
        title = { bold = true }
        header = { bold = true, underline = true }
        selection = { reverse = true }
        marked = { bold = true }
        dialog = "default"
        dialogBorder = { bold = true }
        button = "default"
        buttonFocused = { bold = true, reverse = true }
        field = { underline = true }
        placeholder = { underline = true }
        key = { bold = true }
        keyDisabled = "default"
        toast = { bold = true }
        toastWarn = { bold = true, underline = true }
        toastAlert = { bold = true, reverse = true }
        banner = { bold = true, reverse = true }
        tab = "default"
        tabSelected = { bold = true, reverse = true }
        past = { bold = true, underline = true }
        environment = { bold = true, reverse = true }
        badge = { bold = true, reverse = true }
        threshold = "default"
        marker = { bold = true }
        axis = "default"
        cursor = { reverse = true }
        reference = "default"
        current = { bold = true }
        link = { underline = true }
        code = "default"

        [series]
        colours = ["default"]

        [gradient]
        stops = ["default", "default"]

        """#,
    ]
}
