import Foundation
import Verify

enum JSONRoundTrip {
    static func copy(_ verdict: Verdict) throws -> Verdict {
        try JSONDecoder().decode(Verdict.self, from: Data(verdict.json.utf8))
    }
}
