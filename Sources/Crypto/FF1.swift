/// FF1 of NIST SP 800-38G revision 1 for decimal digits: a keyed permutation of all texts of the same number of digits.
///
/// For one thread, as its cipher is. Halves have at most 19 digits, so that each is one 64-bit number.
package struct FF1 {
    /// The revision asks for a million possible texts at least: with fewer, all of them could be tried.
    package static let countMin = 6
    private static let rounds = 10

    private let cipher: AESCipher

    package init(_ cipher: AESCipher) {
        self.cipher = cipher
    }

    /// Replaces the digits in `range`. `false`, and nothing is changed: they are fewer than `countMin`.
    package func encrypt(_ digits: inout DigitString, in range: Range<Int>, tweak: Span<UInt8>) -> Bool {
        guard range.count >= Self.countMin else { return false }
        let leftCount = range.count / 2
        let rightCount = range.count - leftCount
        let middle = range.lowerBound + leftCount
        let leftBound = DigitString.power(leftCount)
        let rightBound = DigitString.power(rightCount)
        // What the standard calls b and d: the bytes of a half in a block, and of a round's answer.
        let halfBytes = (UInt64.bitWidth - (rightBound - 1).leadingZeroBitCount + 7) / 8
        let answerBytes = (halfBytes + 3) / 4 * 4 + 4
        let start = state(of: range.count, leftCount: leftCount, halfBytes: halfBytes, tweak: tweak)
        var left = digits.number(in: range.lowerBound..<middle)
        var right = digits.number(in: middle..<range.upperBound)
        for round in 0..<Self.rounds {
            var question = start
            question.low ^= right
            let number = UInt64(round)
            if halfBytes == 8 { question.high ^= number } else { question.low ^= number &<< UInt64(8 * halfBytes) }
            let answer = cipher.encrypt(question)
            let bound = round % 2 == 0 ? leftBound : rightBound
            let addend = Self.remainder(answer, bytes: answerBytes, by: bound)
            // left + addend modulo bound, without a sum that is more than 64 bits.
            let room = bound - left
            let sum = addend >= room ? addend - room : left + addend
            left = right
            right = sum
        }
        digits.write(left, in: range.lowerBound..<middle)
        digits.write(right, in: middle..<range.upperBound)
        return true
    }

    /// What the first 8 or 12 bytes are as a number, modulo `bound`.
    private static func remainder(_ answer: AESBlock, bytes: Int, by bound: UInt64) -> UInt64 {
        if bytes == 8 { return answer.high % bound }
        let low = answer.high &<< 32 | answer.low &>> 32
        return bound.dividingFullWidth(((answer.high &>> 32) % bound, low)).remainder
    }

    /// What all rounds have in common: the cipher's state behind all blocks but the last, and in it what the last block
    /// holds of the tweak. A round's number and a half fit into that last block, as both are 9 bytes at most.
    private func state(of count: Int, leftCount: Int, halfBytes: Int, tweak: Span<UInt8>) -> AESBlock {
        let head = 0x0102_0100_000a_0a00 | UInt64(leftCount)
        let lengths = UInt64(count) << 32 | UInt64(UInt32(truncatingIfNeeded: tweak.count))
        var state = cipher.encrypt(AESBlock(high: head, low: lengths))
        let end = (tweak.count + halfBytes + 1 + 15) / 16 * 16
        var start = 0
        while start < end {
            state.high ^= Self.word(of: tweak, at: start)
            state.low ^= Self.word(of: tweak, at: start + 8)
            start += 16
            if start < end { state = cipher.encrypt(state) }
        }
        return state
    }

    /// 8 bytes from there on, and zeros behind the end.
    private static func word(of tweak: Span<UInt8>, at start: Int) -> UInt64 {
        var word: UInt64 = 0
        for index in start..<start + 8 { word = word &<< 8 | (index < tweak.count ? UInt64(tweak[index]) : 0) }
        return word
    }
}
