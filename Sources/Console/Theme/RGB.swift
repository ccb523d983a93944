import Foundation

/// A colour of the sRGB space.
package struct RGB: Hashable, Sendable {
    package var red: UInt8
    package var green: UInt8
    package var blue: UInt8

    package init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// Reads `#rrggbb`.
    package init?(hex: String) {
        let digits = Array(hex.utf8)
        guard digits.count == 7, digits[0] == UInt8(ascii: "#"), digits[1] != UInt8(ascii: "+"),
            let value = UInt32(hex.dropFirst(), radix: 16)
        else { return nil }
        self.init(UInt8(value >> 16 & 0xFF), UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF))
    }

    /// Relative luminance between 0 and 1, as WCAG 2.2 defines it.
    package var luminance: Double {
        let (red, green, blue) = linear
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// Contrast ratio from 1 (equal) to 21 (black on white), as WCAG 2.2 defines it.
    package func contrast(with other: RGB) -> Double {
        let (a, b) = (luminance, other.luminance)
        return (max(a, b) + 0.05) / (min(a, b) + 0.05)
    }

    private var linear: (Double, Double, Double) {
        func channel(_ value: UInt8) -> Double {
            let share = Double(value) / 255
            return share <= 0.040_45 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
        }
        return (channel(red), channel(green), channel(blue))
    }
}

/// OKLab, a space in which distance is close to seen difference. Source: Björn Ottosson, "A perceptual color space for image processing", 2020.
extension RGB {
    /// Lightness, green-red and blue-yellow.
    package var lab: SIMD3<Double> {
        let (r, g, b) = linear
        let l = cbrt(0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b)
        let m = cbrt(0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b)
        let s = cbrt(0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b)
        return SIMD3(
            0.210_454_255_3 * l + 0.793_617_785_0 * m - 0.004_072_046_8 * s,
            1.977_998_495_1 * l - 2.428_592_205_0 * m + 0.450_593_709_9 * s,
            0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766_0 * s)
    }

    /// The nearest sRGB colour to an OKLab one.
    package init(lab: SIMD3<Double>) {
        let l = lab.x + 0.396_337_777_4 * lab.y + 0.215_803_757_3 * lab.z
        let m = lab.x - 0.105_561_345_8 * lab.y - 0.063_854_172_8 * lab.z
        let s = lab.x - 0.089_484_177_5 * lab.y - 1.291_485_548_0 * lab.z
        let (l3, m3, s3) = (l * l * l, m * m * m, s * s * s)
        func channel(_ value: Double) -> UInt8 {
            let bounded = min(max(value, 0), 1)
            let share = bounded <= 0.003_130_8 ? 12.92 * bounded : 1.055 * pow(bounded, 1 / 2.4) - 0.055
            return UInt8(min(255, max(0, (share * 255).rounded())))
        }
        self.init(
            channel(4.076_741_662_1 * l3 - 3.307_711_591_3 * m3 + 0.230_969_929_2 * s3),
            channel(-1.268_438_004_6 * l3 + 2.609_757_401_1 * m3 - 0.341_319_396_5 * s3),
            channel(-0.004_196_086_3 * l3 - 0.703_418_614_7 * m3 + 1.707_614_701_0 * s3))
    }

    /// How different two colours look: 0 for the same, 1 for black and white.
    package func distance(to other: RGB) -> Double {
        let difference = lab - other.lab
        return (difference * difference).sum().squareRoot()
    }

    /// A colour on the way to another, mixed in OKLab; 0 is this one, 1 the other.
    package func mixed(with other: RGB, share: Double) -> RGB {
        RGB(lab: lab + (other.lab - lab) * min(max(share, 0), 1))
    }
}

/// The terminal palettes.
extension RGB {
    /// xterm's sixteen colours.
    package static let ansi: [RGB] = [
        RGB(0, 0, 0), RGB(205, 0, 0), RGB(0, 205, 0), RGB(205, 205, 0), RGB(0, 0, 238), RGB(205, 0, 205), RGB(0, 205, 205),
        RGB(229, 229, 229),
        RGB(127, 127, 127), RGB(255, 0, 0), RGB(0, 255, 0), RGB(255, 255, 0), RGB(92, 92, 255), RGB(255, 0, 255), RGB(0, 255, 255),
        RGB(255, 255, 255),
    ]

    /// What an entry of xterm's palette of 256 shows: sixteen ANSI colours, a cube of six steps a side, twenty-four greys.
    package static func indexed(_ index: UInt8) -> RGB {
        if index < 16 { return ansi[Int(index)] }
        if index >= 232 {
            let grey = 8 + 10 * (index - 232)
            return RGB(grey, grey, grey)
        }
        func step(_ value: UInt8) -> UInt8 { value == 0 ? 0 : 55 + 40 * value }
        let cube = index - 16
        return RGB(step(cube / 36), step(cube / 6 % 6), step(cube % 6))
    }

    /// The nearest entry of the cube and the greys; the first sixteen are left out, since operators redefine them.
    package var nearestIndexed: UInt8 {
        (UInt8(16)...255).min { distance(to: .indexed($0)) < distance(to: .indexed($1)) } ?? 16
    }

    /// The nearest of the sixteen ANSI colours.
    package var nearestANSI: UInt8 {
        (UInt8(0)...15).min { distance(to: RGB.ansi[Int($0)]) < distance(to: RGB.ansi[Int($1)]) } ?? 7
    }
}
