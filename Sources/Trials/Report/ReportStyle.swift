/// How the page looks. Colours are from those that people of every colour sight tell apart, and nothing is said by
/// colour alone.
enum ReportStyle {
    static func name(of outcome: TrialReport.Outcome) -> Markup {
        switch outcome {
        case .passed: "passed"
        case .failed: "failed"
        case .notRun: "notrun"
        }
    }

    /// A link to a trial opens it, and what is printed is all open.
    static let script = """
        function openTarget() {
          var trial = location.hash.length > 1 ? document.getElementById(location.hash.slice(1)) : null;
          if (trial) { trial.open = true; trial.scrollIntoView(); }
        }
        addEventListener('hashchange', openTarget);
        addEventListener('beforeprint', function () {
          document.querySelectorAll('details.trial').forEach(function (trial) { trial.open = true; });
        });
        openTarget();
        """

    static let sheet = colours + text + tables + trial + plots + small

    private static let colours = """
        :root{color-scheme:light dark;--paper:#fbfaf7;--card:#fff;--ink:#1c2126;--soft:#5b646d;--rule:#dedbd3;
        --grid:#e9e6df;--good:#00664d;--good-back:#d9f0e8;--bad:#a83a00;--bad-back:#fde3d3;--off:#5b646d;
        --off-back:#ecebe7;--out:#0067a8;--in:#b36a00;--heal:#00795c;--missing:#c2410c;--twice:#a0307e;--stall:#f0b429;
        --level1:#d6e6f2;--level2:#b3d2e8;--level3:#86b8da;--level4:#5598c6;--level5:#2878ad;--level6:#0b5688}
        @media screen and (prefers-color-scheme:dark){:root{--paper:#14171a;--card:#1c2024;--ink:#e8e6e1;--soft:#a3abb3;
        --rule:#343a40;--grid:#2a2f34;--good:#6fd6b4;--good-back:#12382d;--bad:#ffa06b;--bad-back:#4a2110;--off:#a3abb3;
        --off-back:#2a2f34;--out:#5fb8f0;--in:#f0b14a;--heal:#5fd0ab;--missing:#ff7a3d;--twice:#f09ad2;--stall:#d9a116;
        --level1:#17303f;--level2:#184358;--level3:#1a5a78;--level4:#2276a0;--level5:#3c98c8;--level6:#74c2ee}}

        """

    private static let text = """
        *{box-sizing:border-box}
        body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
        "Helvetica Neue",sans-serif;-webkit-text-size-adjust:100%}
        main{max-width:1200px;margin:0 auto;padding:36px 24px 64px}
        h1{font-size:32px;line-height:1.2;margin:0 0 8px;letter-spacing:-.01em}
        h2{font-size:20px;line-height:1.3;margin:36px 0 10px}h3{font-size:14px;margin:0}
        p{margin:0 0 8px}small{font-size:12px;color:var(--soft);font-weight:400}
        code{font:12.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
        a{color:inherit}.kicker{color:var(--soft);font:600 13px/1 ui-monospace,Menlo,Consolas,monospace;margin-bottom:10px}
        .lede{max-width:66ch;color:var(--soft)}.note,.meta,.again,footer{color:var(--soft);font-size:13px}
        footer{margin-top:40px;border-top:1px solid var(--rule);padding-top:14px;max-width:80ch}
        .tally{display:flex;flex-wrap:wrap;gap:10px;list-style:none;padding:0;margin:18px 0}
        .tally li{padding:6px 14px;border-radius:8px;border:1px solid transparent}.tally b{font-size:20px;margin-right:3px}
        .facts{display:grid;grid-template-columns:max-content 1fr;gap:4px 16px;margin:0;font-size:14px}
        .facts dt{color:var(--soft)}.facts dd{margin:0;overflow-wrap:anywhere}
        .passed{background:var(--good-back);color:var(--good)}.failed{background:var(--bad-back);color:var(--bad)}
        .notrun{background:repeating-linear-gradient(135deg,var(--off-back) 0 5px,transparent 5px 10px);color:var(--off);
        border:1px dashed var(--off) !important}
        .badge{display:inline-block;border-radius:6px;padding:1px 9px;font-weight:600;font-size:13px;white-space:nowrap;
        text-decoration:none;border:1px solid transparent}a.badge:hover{text-decoration:underline}
        .badge.passed::before{content:"✓ "}.badge.failed::before{content:"✗ "}.badge.notrun::before{content:"○ "}
        .callout{padding:9px 13px;border-radius:8px;overflow-wrap:anywhere}

        """

    private static let tables = """
        .scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:14px}
        th,td{text-align:left;vertical-align:top;padding:8px 12px 8px 0;border-bottom:1px solid var(--rule)}
        thead th{color:var(--soft);font-size:13px;font-weight:600;vertical-align:bottom}thead small{display:block}
        .matrix td,.matrix thead th{padding-left:12px}.matrix{background:var(--card);border:1px solid var(--rule)}
        .matrix td p{margin:3px 0 0;font-size:12.5px;color:var(--soft);font-variant-numeric:tabular-nums}
        .matrix td p.why{color:var(--ink);overflow-wrap:anywhere}.matrix tbody th{font-weight:400;padding-left:12px;min-width:190px}
        .matrix .old{font-size:12.5px;color:var(--soft);border-left:1px dotted var(--rule);min-width:150px;max-width:230px}
        .matrix td span{margin-right:8px}.matrix td span,.matrix td .badge{white-space:nowrap}
        .matrix .none{color:var(--soft);opacity:.75;font-size:12.5px}
        .numbers td,.lines .measured{font-variant-numeric:tabular-nums}.numbers td{text-align:right}
        .numbers thead th:not(:first-child){text-align:right}.numbers tbody th{font-weight:400;overflow-wrap:anywhere}
        .lines{margin:6px 0 16px}.lines .sign{white-space:nowrap;font-weight:600;width:1%;padding-right:16px}
        .lines td{overflow-wrap:anywhere}.met .sign{color:var(--good)}.met .sign::before{content:"✓ "}
        .unmet .sign{color:var(--bad)}.unmet .sign::before{content:"✗ "}.unmet .measured,.unmet th{color:var(--bad);font-weight:600}

        """

    private static let trial = """
        .trial{background:var(--card);border:1px solid var(--rule);border-radius:12px;margin:16px 0;padding:0 22px}
        .trial[open]{padding-bottom:18px}.trial>summary{display:flex;flex-wrap:wrap;align-items:baseline;gap:4px 14px;
        padding:14px 0;cursor:pointer;list-style:none}.trial>summary::-webkit-details-marker{display:none}
        .trial>summary h2{margin:0;font-size:18px;flex:1 1 320px}.trial>summary .who{font-weight:600;overflow-wrap:anywhere}
        .trial>summary::after{content:"+";color:var(--soft);font:600 18px/1 ui-monospace,monospace}
        .trial[open]>summary::after{content:"–"}summary:focus-visible,a:focus-visible{outline:3px solid var(--out);outline-offset:2px}
        .trial details{margin:12px 0}.trial details>summary{cursor:pointer;font-weight:600;font-size:14px}
        .findings{margin:8px 0;padding-left:20px}.trial h3{margin:14px 0 6px}
        .tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(132px,1fr));gap:8px;margin:0 0 16px}
        .tile{border:1px solid var(--rule);border-radius:8px;padding:8px 11px;min-width:0}
        .tile dt{font-size:12.5px;color:var(--soft)}.tile dd{margin:0;font-size:18px;font-weight:600;line-height:1.3;
        font-variant-numeric:tabular-nums;overflow-wrap:anywhere}.tile small{display:block;line-height:1.35}
        .tile.bad{border-color:var(--bad);background:var(--bad-back)}.tile.bad dd{color:var(--bad)}
        .steps{margin:0 0 14px;padding-left:26px;font-size:14px}.steps .at{display:inline-block;min-width:84px;
        font-variant-numeric:tabular-nums;color:var(--soft)}.steps .kind{font-size:12px;border-radius:5px;padding:0 6px;
        border:1px solid currentColor}.fault .kind{color:var(--bad)}.heal .kind{color:var(--heal)}.step .kind{color:var(--soft)}

        """

    private static let plots = """
        figure{margin:20px 0 0;break-inside:avoid}figcaption{display:flex;flex-wrap:wrap;gap:2px 18px;align-items:center;
        font-size:13px;color:var(--soft)}figcaption h3{color:var(--ink);margin:0 !important}
        .key svg{width:26px;height:10px;vertical-align:middle}.key .ramp{width:72px}.key .swatch{width:14px;height:12px}.key b{color:var(--ink)}
        .plot{display:block;width:100%;height:auto;margin-top:4px}.narrow{display:none !important}
        .plot text{font:11.5px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:var(--soft);
        font-variant-numeric:tabular-nums}.plot .rows text{font-size:10.5px}
        .plot .rows .bad{fill:var(--bad);font-weight:700}
        .grid{stroke:var(--grid);fill:none}.line{fill:none;stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}
        .line.out,.line.p50,.line.own{stroke:var(--out)}.line.in,.line.p99{stroke:var(--in)}
        .line.in{stroke-dasharray:5 3.5}.line.p99{stroke-width:1.3}.area{fill:var(--out);opacity:.13}
        .idle{fill:var(--off);opacity:.16}
        .mark path{fill:none;stroke-width:1.4}.mark text{paint-order:stroke;stroke:var(--card);stroke-width:4px;
        stroke-linejoin:round;font-weight:600}.mark.fault path{stroke:var(--bad)}.mark.fault text{fill:var(--bad)}
        .mark.heal path{stroke:var(--heal);stroke-dasharray:6 3}.mark.heal text{fill:var(--heal)}
        .mark.step path{stroke:var(--soft);stroke-dasharray:2 3}
        .readings rect{fill:var(--ink);opacity:0}.readings rect:hover{opacity:.09}
        .cells{shape-rendering:crispEdges;fill:none}.level1{stroke:var(--level1)}.level2{stroke:var(--level2)}
        .level3{stroke:var(--level3)}.level4{stroke:var(--level4)}.level5{stroke:var(--level5)}.level6{stroke:var(--level6)}
        .row{fill:transparent}.row:hover{stroke:var(--ink);stroke-width:1}.stall{fill:var(--stall)}
        .missing{fill:var(--missing);stroke:var(--card);stroke-width:1}
        .twice{fill:var(--card);stroke:var(--twice);stroke-width:1.8}

        """

    private static let small = """
        @media (max-width:720px){main{padding:22px 14px 40px}h1{font-size:25px}.wide{display:none !important}
        .narrow{display:block !important}.trial{padding:0 13px;border-radius:10px}.facts{grid-template-columns:1fr;gap:0}
        .facts dd{margin-bottom:6px}.matrix,.matrix tbody,.matrix tr,.matrix th,.matrix td{display:block;max-width:none !important}
        .matrix{border:0;background:none}.matrix thead{display:none}.matrix tr{background:var(--card);border:1px solid var(--rule);
        border-radius:10px;margin-bottom:12px;padding:4px 0}.matrix th,.matrix td{border:0 !important;padding:5px 12px}
        .matrix td.none{display:none}
        .matrix td::before{content:attr(data-of);display:block;font:600 12px/1.6 system-ui,sans-serif;color:var(--ink)}
        .tiles{grid-template-columns:repeat(auto-fill,minmax(108px,1fr))}.lines th,.lines td{padding-right:8px}}
        @media print{:root{color-scheme:light;--paper:#fff}body{font-size:11px}main{max-width:none;padding:0}
        .trial{border:0;padding:0;break-before:page}.trial>summary::after{content:none}*{print-color-adjust:exact;
        -webkit-print-color-adjust:exact}}
        """
}
