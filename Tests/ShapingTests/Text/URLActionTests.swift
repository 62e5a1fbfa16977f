import Foundation
import Model
import Shaping
import Testing

struct URLActionTests {
    private static let map = {
        var map = EndpointMap()
        map.replacements = [
            "api.shop.example": "mock.staging.test", "Hooks.Partner.example.": "mock.staging.test:8443",
        ]
        map.allowed = ["good.example", "*.trusted.example", "127.0.0.1", "[::1]"]
        return map
    }()

    @Test(arguments: [
        ("https://api.shop.example/v1/orders?id=7&full=true", "https://mock.staging.test/v1/orders?id=7&full=true"),
        ("https://api.shop.example:9443/v1", "https://mock.staging.test:9443/v1"),
        ("https://hooks.partner.example:443/x", "https://mock.staging.test:8443/x"),
        ("HTTPS://API.Shop.Example./v1", "HTTPS://mock.staging.test/v1"),
        ("https://ann:secret@api.shop.example/", "https://mock.staging.test/"),
        ("https://good.example/a/index.html#top", "https://good.example/a/index.html#top"),
        ("https://a.trusted.example:8080/", "https://a.trusted.example:8080/"),
        ("https://trusted.example/", "https://neutralised.invalid/"),
        ("https://nottrusted.example/", "https://neutralised.invalid/"),
        ("http://127.0.0.1:80/", "http://127.0.0.1:80/"), ("http://127.1/", "http://neutralised.invalid/"),
        ("http://[::1]:80/", "http://[::1]:80/"), ("http://[0:0::1]/", "http://neutralised.invalid/"),
        ("https://evil.example:8443/hook?order=7", "https://neutralised.invalid/hook?order=7"),
        ("//evil.example/x", "//neutralised.invalid/x"), ("api.shop.example", "mock.staging.test"),
        ("api.shop.example:80", "mock.staging.test:80"), ("evil.example", "neutralised.invalid"),
        ("kafka1:9092,good.example:9092", "neutralised.invalid,good.example:9092"),
        ("jdbc:postgresql://db.evil.example:5432/shop", "jdbc:postgresql://neutralised.invalid/shop"),
        ("amqp://guest:guest@mq:5672/vhost", "amqp://neutralised.invalid/vhost"),
        ("s3://bucket/key.csv", "s3://neutralised.invalid/key.csv"), ("/v1/orders?id=7", "/v1/orders?id=7"), ("", ""),
        (
            "https://good.example/?next=https%3A%2F%2Fapi.shop.example%2Fa%3Fb%3D1&x=1",
            "https://good.example/?next=https%3A%2F%2Fmock.staging.test%2Fa%3Fb%3D1&x=1"
        ),
        (
            "https://good.example/?next=https://evil.example/",
            "https://good.example/?next=https%3A%2F%2Fneutralised.invalid%2F"
        ),
        (
            "https://good.example/?at=2024-01-01T10:00:00.123Z&v=1.2&f=a.json",
            "https://good.example/?at=2024-01-01T10:00:00.123Z&v=1.2&f=a.json"
        ),
        ("https://good.example/?q=M%C3%BCnchen+Ost", "https://good.example/?q=M%C3%BCnchen+Ost"),
    ])
    func `hosts go where the map says, the rest stays`(before: String, after: String) {
        let run = TextActionRun(URLAction(Self.map))
        #expect(run.text(before) == after)
        #expect(run.text(before, .text) == after)
    }

    @Test func `only texts are endpoints`() {
        let run = TextActionRun(URLAction(Self.map))
        for kind in [FieldKind.number, .boolean, .object, .array] { #expect(run.isMismatch("1", kind)) }
        #expect(run.outcome([], .null) == (.null, []))
    }

    /// Hosts that must not arrive, and what would show that they did, in lower case and decoded.
    private static let hosts: [(spelling: String, traces: [String])] = [
        ("evil.example", ["evil"]), ("EVIL.Example", ["evil"]), ("evil.example.", ["evil"]),
        ("evil.example..", ["evil"]),
        ("evil.example:8080", ["evil"]), ("evil.example:", ["evil"]), ("evil.example:99999", ["evil"]),
        ("evil。example", ["evil"]), ("evil．example", ["evil"]), ("evil｡example", ["evil"]), ("evil․example", ["evil"]),
        ("ｅｖｉｌ.example", ["evil"]), ("évil.example", ["évil", "vil.ex"]), ("xn--vil-bla.example", ["xn--"]),
        ("evil%2eexample", ["evil"]), ("%65vil.example", ["evil"]), ("evil%252eexample", ["evil"]),
        ("evil.example%00", ["evil"]), ("evil.example%23.good.example", ["evil"]),
        ("evil.example%2f.good.example", ["evil"]),
        ("evil\t.example", ["evil"]), ("ev\nil.example", ["evil", "ev\nil"]), ("evil.example\\.good.example", ["evil"]),
        ("evil.example good.example", ["evil"]), ("ev\u{AD}il.example", ["evil", "ev\u{AD}il"]),
        ("good.example.evil.example", ["evil"]), ("evilgood.example", ["evilgood"]),
        ("good.example@evil.example", ["evil"]),
        ("good.example:80@evil.example", ["evil"]), ("good.example%40evil.example", ["evil"]),
        ("good.example\\@evil.example", ["evil"]), ("a@good.example@evil.example", ["evil"]),
        ("evil.example@good.example", ["evil"]), ("good.example;evil.example", ["evil"]), ("evil_x.example", ["evil"]),
        ("192.0.2.7", ["192.0.2.7"]), ("0300.0.2.7", ["0300"]), ("0xc0.0x0.0x2.0x7", ["0xc0"]),
        ("192.0.0x207", ["0x207"]),
        ("[2001:db8::7]", ["2001", "db8"]), ("[::ffff:192.0.2.7]", ["ffff", "192"]),
        ("[2001:db8::7%25eth0]", ["2001", "eth0"]),
        ("[::1].evil.example", ["evil"]), ("[v1.evil]", ["evil"]),
    ]
    /// Numbers that some readers take for addresses; as the value of a query they are numbers.
    private static let numericHosts: [(spelling: String, traces: [String])] = [
        ("3221225991", ["3221225991"]), ("0xc0000207", ["0xc0000207"]), ("030000001007", ["030000001007"]),
        ("192.519", ["192"]), ("intranet", ["intranet"]),
    ]
    private static let places = [
        "https://{}/", "http://{}", "//{}/x", "HTTPS://{}/p?q=1#f", "https:\\\\{}\\x", "https:/{}", "https:///{}/",
        "{}",
        "{}/path", "{}:443", "https://user:pw@{}/", "https://{}@good.example/", "https://good.example#@{}/",
        "https://good.example?@{}/", "https://good.example\\@{}", "amqp://u:p@{}/vhost", "jdbc:postgresql://{}:5432/db",
        "jdbc:oracle:thin:@{}:1521:sid", "jdbc:sqlserver://good.example;serverName={}", "mongodb://good.example,{}/db",
        "good.example:9092,{}", "{},good.example:9092", "good.example:9092, {}", "SSL://good.example:1,PLAIN://{}",
        "s3://{}/k", "\thttps://{}", " https://{}/ ", "ht\ntps://{}", "view-source:https://{}", "blob:https://{}/7",
        "https:\\/\\/{}\\/x", "&#104;ttps://{}", "h\u{74}tps:\u{2F}\u{2F}{}", "git@{}:org/repo",
        "javascript:fetch('//{}')",
        "data:text/html,<a href=//{}>", "\u{FEFF}https://{}", "http://good.example:80{}", "\\\\{}\\share", "/\\{}",
        "///{}",
        "https://good.example//{}/", "https://good.example/?next=https://{}/a", "https://good.example/?u=//{}",
        "https://good.example/?a=1&next=http%3A%2F%2F{}", "https://good.example/?next=http%253A%252F%252F{}",
        "https://good.example/r/https://{}/", "https://good.example/r/https%3A%2F%2F{}",
        "https://good.example/%2F%2F{}",
        "https://good.example/%5C%5C{}", "https://good.example/#https://{}", "https://good.example/?https://{}=1",
        "https://good.example/?next=https%3A%2F%2Fgood.example%2F%3Fnext%3Dhttps%253A%252F%252F{}",
        "https://good.example/?j={\"u\":\"https:\\/\\/{}\"}", "https://good.example/?u=https:%5C%5C{}",
        "https://good.example/?u=user@{}", "https://good.example/?u=http:/{}",
    ]
    private static let valuePlaces = [
        "https://good.example/?next={}", "https://good.example/{}/x", "https://good.example/?q=see+{}+there",
        "https://good.example/?a;u={}", "mailto:ann@{}", "/next?u={}",
    ]

    /// What any reader might make of a text.
    private static func readings(of text: String) -> [String] {
        var readings = [text]
        for _ in 0..<8 {
            let last = readings[readings.count - 1]
            readings.append(last.removingPercentEncoding ?? last)
        }
        return readings.map { $0.precomposedStringWithCompatibilityMapping.lowercased().replacing("\\", with: "") }
    }

    private func check(_ place: String, _ host: (spelling: String, traces: [String]), _ run: TextActionRun) {
        let text = place.replacing("{}", with: host.spelling)
        guard let result = run.text(text) else {
            Issue.record("\(text) gave nothing")
            return
        }
        for reading in Self.readings(of: result) {
            for trace in host.traces where reading.contains(trace) { Issue.record("\(text) became \(result)") }
            // Whatever stands behind two slashes is a host that may be there.
            for part in reading.components(separatedBy: "//").dropFirst() {
                let authority = part.prefix { (character: Character) in !"/?#&=;".contains(character) }
                let known = ["neutralised.invalid", "good.example", "mock.staging.test", "127.0.0.1", "[::1]"]
                let names = authority.split(separator: ",").map { $0.replacing(/:\d+$/, with: "") }
                #expect(
                    names.allSatisfy { known.contains(String($0)) || $0.hasSuffix(".trusted.example") },
                    "\(text): \(result)")
            }
        }
        let judged = URLComponents(string: result)?.host ?? ""
        #expect(!judged.contains("evil") && !judged.contains("192"), "\(text): \(result)")
    }

    @Test func `no spelling brings a host past the map`() {
        let run = TextActionRun(URLAction(Self.map))
        var count = 0
        for host in Self.hosts {
            for place in Self.places + Self.valuePlaces {
                check(place, host, run)
                count += 1
            }
        }
        for host in Self.numericHosts {
            for place in Self.places where place.range(of: "http:/{}") == nil {
                check(place, host, run)
                count += 1
            }
        }
        #expect(count >= 2_000)
    }

    @Test func `what is written is read again as it was written`() {
        let run = TextActionRun(URLAction(Self.map))
        for place in Self.places + Self.valuePlaces {
            for host in ["good.example", "127.0.0.1:80", "neutralised.invalid"] {
                var map = Self.map
                map.allowed += ["neutralised.invalid", "mock.staging.test"]
                let once = run.text(place.replacing("{}", with: host)) ?? ""
                #expect(TextActionRun(URLAction(map)).text(once) == once)
            }
        }
    }
}
