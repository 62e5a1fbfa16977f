import Mirror
import Testing

@testable import martlet

struct OnceSummaryTests {
    @Test func `what was put aside or was missing is never left out`() {
        var snapshot = FlowSnapshot()
        #expect(OnceProgress.summary(records: 1_200, [snapshot]) == "1,200 records copied, all that was there")
        snapshot.recordsQuarantined = 2
        snapshot.offsetsMissing = 10
        #expect(
            OnceProgress.summary(records: 1_200, [snapshot, snapshot])
                == "1,200 records copied, all that was there; 4 in quarantine, refused by the destination; "
                + "20 offsets were missing at the source")
    }
}
