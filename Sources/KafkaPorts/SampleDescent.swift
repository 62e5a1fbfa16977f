import Model
import Shaping

/// One lane's part in `excess: sample_down`: it takes the share of ids that all processes take, and says when that is more
/// than can be sent.
struct SampleDescent {
    enum Answer {
        /// The process has no lease, so it does not know the share: nothing may be taken.
        case unknown
        case same
        case step(Int)
    }

    private let board: ShapeBoard
    private var step = 0
    private var backlog = BacklogWatch()

    init(_ board: ShapeBoard) {
        self.board = board
    }

    /// - Parameter isFull: Whether nothing more can be taken, since enough waits.
    mutating func attend(isFull: Bool, at now: Instant) -> Answer {
        let isOpen = board.isOpen(at: now)
        let told = board.sampleStep
        let isChange = told != step
        if isChange {
            step = told
            backlog.restart()
        }
        // What waits for a lease does not wait for the rate.
        if backlog.note(isFull: isOpen && isFull, at: now) { board.noteBehind(atStep: step, at: now) }
        return isChange ? .step(step) : isOpen ? .same : .unknown
    }
}
