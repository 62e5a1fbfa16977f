/// The candidate that `name` is most likely a slip of, or `nil` when none is near: at most one slip in three letters,
/// or two in words of four letters and more.
///
/// A slip is a letter too many, too few, wrong, or swapped with its neighbour. Case does not count, nor does `_` for
/// `-`: `Commit_Interval` is `commit-interval` without a slip. Of two equally near the first is taken.
package func nearestName(to name: String, among candidates: some Sequence<String>) -> String? {
    let written = folded(name)
    let slipsMax = written.count < 4 ? 1 : max(2, written.count / 3)
    // No known name is longer; the cost of a comparison is the product of the lengths.
    guard written.count <= 100 else { return nil }
    var nearest: (name: String, slips: Int)?
    for candidate in candidates {
        let slips = slipCount(written, folded(candidate))
        if slips <= min(slipsMax, nearest.map { $0.slips - 1 } ?? slipsMax) { nearest = (candidate, slips) }
    }
    return nearest?.name
}

private func folded(_ name: String) -> [UInt8] {
    name.lowercased().utf8.map { $0 == UInt8(ascii: "_") ? UInt8(ascii: "-") : $0 }
}

/// The optimal string alignment distance: row by row, each row from the two before it.
private func slipCount(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforeLast = [Int]()
    var last = Array(0...right.count)
    for i in left.indices {
        var row = [i + 1]
        for j in right.indices {
            var slips = min(last[j + 1] + 1, row[j] + 1, last[j] + (left[i] == right[j] ? 0 : 1))
            if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                slips = min(slips, beforeLast[j - 1] + 1)
            }
            row.append(slips)
        }
        (beforeLast, last) = (last, row)
    }
    return last[right.count]
}
