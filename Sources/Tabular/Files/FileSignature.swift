/// What a file is that is no delimited text, told by its first bytes whatever its name.
enum FileSignature {
    /// Bytes that are looked at.
    static let length = 512

    private static let known: [(start: [UInt8], what: String, remedy: String)] = [
        (
            Array("PAR1".utf8), "a Parquet file",
            "convert it: python -c \"import pandas as p; p.read_parquet('in').to_csv('out.csv', index=False)\""
        ),
        (Array("SQLite format 3\0".utf8), "a packed SQLite database", "unpack it and say sqlite:FILE?TABLE"),
        (Array("ARROW1".utf8), "an Arrow (Feather) file", "convert it to CSV with pandas.read_feather"),
        (Array("FEA1".utf8), "a Feather file", "convert it to CSV with pandas.read_feather"),
        (Array("ORC".utf8) + [0x0A], "an ORC file", "convert it to CSV"), (Array("Obj".utf8) + [0x01], "an Avro file", "convert it to CSV"),
        (Array("%PDF-".utf8), "a PDF document", "export the table as CSV from where it was made"),
        ([0xD0, 0xCF, 0x11, 0xE0], "an old Excel workbook (.xls) or another Office file", "save the sheet as CSV UTF-8"),
        (Array("BZh".utf8), "a bzip2 file inside a packed file", "unpack it once"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "an xz file inside a packed file", "unpack it once"),
        ([0x28, 0xB5, 0x2F, 0xFD], "a zstd file inside a packed file", "unpack it once"),
        ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "a 7-Zip archive", "unpack it"),
        ([0x1F, 0x8B], "a gzip file inside a packed file", "unpack it once"), (Array("Rar!".utf8), "a RAR archive", "unpack it"),
        ([0x89, 0x48, 0x44, 0x46], "an HDF5 file", "convert it to CSV"),
        ([0x93] + Array("NUMPY".utf8), "a NumPy array", "convert it to CSV"),
        ([0x89, 0x50, 0x4E, 0x47], "a picture (PNG)", "pass the table behind it"),
        ([0xFF, 0xD8, 0xFF], "a picture (JPEG)", "pass the table behind it"),
        ([0x7F, 0x45, 0x4C, 0x46], "a program (ELF)", "pass a CSV file"), (Array("RDX".utf8), "an R data file", "write it with write.csv"),
        (Array("<?xml".utf8), "an XML document", "convert it to CSV"),
        (Array("<!doctype html".utf8), "a web page", "download the file itself"),
        (Array("<html".utf8), "a web page", "download the file itself"), (Array("{\"".utf8), "JSON", "convert it to CSV"),
        (Array("[{".utf8), "JSON", "convert it to CSV"), (Array("{\n".utf8), "JSON", "convert it to CSV"),
    ]

    /// What bytes at the start of a text are, and what to do; nil when nothing speaks against a table.
    static func found(_ bytes: UnsafeBufferPointer<UInt8>) -> (what: String, remedy: String)? {
        if let archive = archive(bytes) { return archive }
        if bytes.starts(with: [0x80]), bytes.count > 2, (2...5).contains(bytes[1]) { return ("a Python pickle", "write it with to_csv") }
        for entry in known where bytes.count >= entry.start.count {
            let matches = Swift.zip(entry.start, bytes).allSatisfy {
                $0 == $1 || ($0 >= 0x61 && $0 <= 0x7A && $1 | 0x20 == $0 && entry.start[0] == 0x3C)
            }
            if matches { return (entry.what, entry.remedy) }
        }
        if bytes.count >= 262, bytes[257..<262].elementsEqual("ustar".utf8) {
            return ("a tar archive", "unpack it and pass the CSV file inside")
        }
        return isWide(bytes) ? ("UTF-16 or UTF-32 text", "convert it: iconv -f UTF-16 -t UTF-8") : nil
    }

    private static func archive(_ bytes: UnsafeBufferPointer<UInt8>) -> (what: String, remedy: String)? {
        guard bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) || bytes.starts(with: [0x50, 0x4B, 0x05, 0x06]) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        if text.contains("xl/") || text.contains("[Content_Types].xml") && !text.contains("word/") {
            return ("an Excel workbook (.xlsx)", "save the sheet as CSV UTF-8")
        }
        if text.contains("opendocument.spreadsheet") { return ("an OpenDocument spreadsheet (.ods)", "save the sheet as CSV in UTF-8") }
        if text.contains("word/") || text.contains("opendocument.text") { return ("a text document", "export its table as CSV") }
        return ("a ZIP archive", "unpack it and pass the CSV file inside")
    }

    /// Two bytes a letter: every other one is zero in text of Latin letters; or a mark of that.
    private static func isWide(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) || bytes.starts(with: [0, 0, 0xFE, 0xFF]) { return true }
        let start = bytes.prefix(64)
        guard start.count >= 8 else { return false }
        return [0, 1].contains { parity in start.indices.allSatisfy { $0 % 2 != parity || start[$0] == 0 } }
    }
}
