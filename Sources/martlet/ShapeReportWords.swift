import Trials

/// What a page says of actions to somebody who has never seen a configuration.
enum ShapeReportWords {
    static func meaning(of action: String) -> String {
        switch action {
        case "drop": "taken away"
        case "null": "emptied"
        case "set": "replaced by a fixed value"
        case "mask": "masked"
        case "partial": "masked but for its ends"
        case "hash": "replaced by a hash without a key: whoever can list the possible values can undo it"
        case "pseudonym": "replaced by a pseudonym"
        case "email": "replaced by an address that nobody has"
        case "phone": "its digits replaced"
        case "ip": "replaced by another address"
        case "url": "hosts replaced, the rest stays"
        case "dictionary": "replaced by a word of a list"
        case "noise": "a number, changed a little"
        case "shift_time": "a time, moved"
        case "scrub": "what looks personal in it replaced, the rest stays"
        case "fpe": "its digits replaced, reversible with the key"
        default: action
        }
    }

    static func unlisted(_ unlisted: String) -> String {
        switch unlisted {
        case "mask": "masked"
        case "drop": "taken away"
        case "keep": "passes as it is"
        default: unlisted
        }
    }
}

enum ShapeReportStyle {
    static let sheet: Markup = """
        :root{color-scheme:light}body{margin:0;background:#fbfaf7;color:#1c2126;font:16px/1.5 system-ui,sans-serif}
        main{max-width:1000px;margin:0 auto;padding:32px 24px 56px}h1{font-size:28px;margin:0 0 12px}
        h2{font-size:20px;margin:32px 0 8px}h3{font-size:16px;margin:20px 0 6px;overflow-wrap:anywhere}
        table{border-collapse:collapse;width:100%;background:#fff;border:1px solid #dedbd3;font-size:15px}
        th,td{text-align:left;vertical-align:top;padding:7px 12px;border-bottom:1px solid #e9e6df;overflow-wrap:anywhere}
        th{font-weight:600}thead th{color:#5b646d;font-size:13px}.n{text-align:right;font-variant-numeric:tabular-nums}
        code{font:14px/1.4 ui-monospace,Menlo,Consolas,monospace}.verdict{padding:12px 16px;border-radius:8px;
        background:#ecebe7}.good{background:#d9f0e8;color:#00493a}.bad{background:#fde3d3;color:#7a2a00}
        .none td,.none th{background:#fff6da}.warn{background:#fff6da;padding:10px 16px 10px 36px;border-radius:8px}
        footer{margin-top:36px;border-top:1px solid #dedbd3;color:#5b646d;font-size:14px}
        """
}
