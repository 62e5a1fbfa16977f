import Testing

@testable import MetricsText

@Suite struct MetricsPageTests {
    @Test func `families stand one after the other, with help, type and samples`() {
        var page = MetricsPage()
        page.counter("a_total", "All of them.", 3)
        page.gauge("b_seconds", "How long.", [(["topic": "x", "partition": "0"], 0.25), (["topic": "y"], -1)])
        #expect(
            page.text == """
                # HELP a_total All of them.
                # TYPE a_total counter
                a_total 3
                # HELP b_seconds How long.
                # TYPE b_seconds gauge
                b_seconds{topic="x",partition="0"} 0.25
                b_seconds{topic="y"} -1

                """)
    }

    @Test func `a histogram counts upward to all of its readings`() {
        var page = MetricsPage()
        page.histogram("h_ms", "Times.", buckets: [(0.5, 1), (10, 4)], sum: 123.5, count: 6)
        #expect(
            page.text == """
                # HELP h_ms Times.
                # TYPE h_ms histogram
                h_ms_bucket{le="0.5"} 1
                h_ms_bucket{le="10"} 4
                h_ms_bucket{le="+Inf"} 6
                h_ms_sum 123.5
                h_ms_count 6

                """)
    }

    @Test func `what would break a line is escaped`() {
        var page = MetricsPage()
        page.gauge("g", "back\\slash \"quoted\"\nnew line", [(["l": "a\\b \"c\"\nd"], 1)])
        #expect(page.text.split(separator: "\n").count == 3)
        #expect(page.text.contains("# HELP g back\\\\slash \"quoted\"\\nnew line"))
        #expect(page.text.contains("g{l=\"a\\\\b \\\"c\\\"\\nd\"} 1"))
    }

    @Test func `numbers are written as the format reads them`() {
        #expect(
            [0, -0.0, 1, 1e15, 0.1, .infinity, -.infinity, .nan].map(MetricsPage.number) == [
                "0", "0", "1", "1000000000000000", "0.1", "+Inf", "-Inf", "NaN",
            ])
        #expect(Double(MetricsPage.number(1e300)) == 1e300)
    }
}
