import KafkaPorts
import Positions
import Synchronization

/// The control topic as far as it was read: what the steward's thread may look at.
final class SharedView: Sendable {
    private let view = Mutex<(catalogue: Catalogue, position: Int64)>((Catalogue(), 0))

    var control: (catalogue: Catalogue, position: Int64) {
        get { view.withLock { $0 } }
        set { view.withLock { $0 = newValue } }
    }
}

/// The answer to one question asked across threads.
final class Answer: Sendable {
    private let given = Mutex<Bool?>(nil)

    func give(_ answer: Bool) {
        given.withLock { $0 = answer }
    }

    /// `false` also when nobody answers before the flag is raised.
    func wait(orUntil isOver: StopFlag) -> Bool {
        while !isOver.isRaised {
            if let answer = given.withLock({ $0 }) { return answer }
            pause(milliseconds: 2)
        }
        return false
    }
}
