/// The page's frame, in Mustache: two braces escape, three take a drawing as it is.
enum ReportTemplate {
    static let page = """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <title>{{name}}, {{from}} to {{until}}</title><style>\(style)</style></head><body>
        <header><h1>{{name}}</h1><p>{{from}} to {{until}} · workspace {{workspace}}{{#isDemo}} · a demo: its windows are shortened{{/isDemo}}</p>
        <p class="lights">{{#lights}}<span class="light {{light}}">{{name}}: {{light}}</span>{{/lights}}</p></header>
        <section class="summary">{{#sentences}}<p>{{.}}</p>{{/sentences}}
        {{#reasons}}<p class="reason {{light}}">{{text}}</p>{{/reasons}}
        {{#missing}}<p class="reason warn">Not in this report: {{.}}</p>{{/missing}}</section>
        {{#charts}}<figure><figcaption>{{title}} <small>{{unit}}</small>\
        {{#names}} <span class="key {{style}}">{{name}}</span>{{/names}}</figcaption>{{{svg}}}</figure>{{/charts}}
        {{#hasFigures}}<h2>Quality</h2><p>Realized: of answers whose truth has come. Estimated: what the answers promise by themselves. Both: those promises, corrected by the truths that have come. Intervals are of 95 %.</p>
        <table><thead><tr><th>figure</th><th>kind</th><th>value</th><th class="n">answers</th></tr></thead><tbody>{{/hasFigures}}
        {{#figures}}<tr><td>{{name}}</td><td>{{kind}}</td><td>{{value}}</td><td class="n">{{n}}</td></tr>{{/figures}}
        {{#hasFigures}}</tbody></table>{{/hasFigures}}
        {{#hasColumns}}<h2>Inputs</h2><p>How far each column is from what the version learnt from, in the newest window (population stability index), and how much of it is missing.</p>
        <table><thead><tr><th>column</th><th class="n">PSI</th><th class="n">usual at most</th><th>verdict</th><th class="n">missing</th><th class="n">when learnt</th></tr></thead><tbody>{{/hasColumns}}
        {{#columns}}<tr><td>{{name}}</td><td class="n">{{psi}}</td><td class="n">{{usual}}</td><td>{{state}}</td><td class="n">{{missing}}</td><td class="n">{{before}}</td></tr>{{/columns}}
        {{#hasColumns}}</tbody></table>{{/hasColumns}}
        <h2>Versions</h2><table><thead><tr><th>version</th><th>state</th><th>algorithm</th><th>made</th><th>learnt from</th><th>on held-out rows</th><th>answered</th><th>gates</th></tr></thead><tbody>
        {{#versions}}<tr><td>{{name}}</td><td>{{state}}</td><td>{{algorithm}}</td><td>{{made}}</td><td>{{source}}</td><td>{{figure}}</td><td>{{answered}}</td><td>{{gates}}</td></tr>{{/versions}}
        </tbody></table>
        {{#hasLineage}}<h2>Lineage of what answers</h2><table><tbody>{{/hasLineage}}
        {{#lineage}}<tr><td>{{what}}</td><td class="hash">{{which}}</td></tr>{{/lineage}}
        {{#hasLineage}}</tbody></table>{{/hasLineage}}
        <h2>Alerts</h2>{{^alerts}}<p>None in this time.</p>{{/alerts}}
        {{#hasAlerts}}<table><thead><tr><th>raised</th><th>over</th><th>severity</th><th>what</th><th>note</th></tr></thead><tbody>{{/hasAlerts}}
        {{#alerts}}<tr><td>{{from}}</td><td>{{until}}</td><td>{{severity}}</td><td>{{title}}</td><td>{{note}}</td></tr>{{/alerts}}
        {{#hasAlerts}}</tbody></table>{{/hasAlerts}}
        <h2>Journal</h2><p class="{{#isIntact}}ok{{/isIntact}}{{^isIntact}}reason alert{{/isIntact}}">{{chain}}</p>
        {{#isCut}}<p>The newest {{shown}} rows of this time; older ones are left out.</p>{{/isCut}}
        {{^events}}<p>Nothing was changed in this time.</p>{{/events}}
        {{#hasEvents}}<table><thead><tr><th class="n">row</th><th>when</th><th>who</th><th>what</th><th>why</th><th>hash</th></tr></thead><tbody>{{/hasEvents}}
        {{#events}}<tr><td class="n">{{sequence}}</td><td>{{time}}</td><td>{{actor}}</td><td>{{what}}</td><td>{{why}}</td><td class="hash">{{hash}}</td></tr>{{/events}}
        {{#hasEvents}}</tbody></table>{{/hasEvents}}
        <footer><p>Made by Flyball {{version}} at {{until}}. Times are UTC.</p></footer></body></html>

        """

    private static let style = """
        :root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--soft:#5b6470;--line:#d0d5db;--a:#1f6fb2;--b:#c2571a;--ok:#1a7f45;--warn:#9a6700;--alert:#b3261e}
        @media(prefers-color-scheme:dark){:root{--ink:#e3e6ea;--paper:#14171a;--soft:#98a2ae;--line:#343a41;--a:#6bb2ee;--b:#f0955a;--ok:#5cc98a;--warn:#e0b040;--alert:#ff8a80}}
        body{font:15px/1.5 system-ui,sans-serif;max-width:64em;margin:2em auto;padding:0 1em;color:var(--ink);background:var(--paper)}
        h1{margin:0}h2{margin:1.8em 0 .4em;font-size:1.2em}small,header p,footer{color:var(--soft)}
        table{border-collapse:collapse;width:100%;font-size:.87em;margin:.4em 0}td,th{padding:.25em .6em;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
        .n{text-align:right;font-variant-numeric:tabular-nums}.hash{font-family:monospace;overflow-wrap:anywhere}
        .light{display:inline-block;margin-right:1.2em}.light::before{content:"\\25cf  "}.ok::before,.ok{color:var(--ok)}.warn{color:var(--warn)}.alert{color:var(--alert)}.unknown{color:var(--soft)}
        .summary p{margin:.3em 0}figure{margin:1.2em 0;break-inside:avoid}figcaption{font-weight:600}figcaption small{font-weight:400}
        svg{width:100%;height:auto;display:block}polyline{fill:none;stroke-width:1.6}.a{stroke:var(--a)}.b{stroke:var(--b)}.dot.a{fill:var(--a)}.dot.b{fill:var(--b)}
        .key{font-weight:400;font-size:.87em;margin-left:1em;stroke:none}.key.a{color:var(--a)}.key.b{color:var(--b)}.key::before{content:"\\2014  "}
        .grid{stroke:var(--line);stroke-width:1}.axis{fill:var(--soft);font-size:11px}.event{stroke:var(--soft);stroke-width:1;stroke-dasharray:2 3}
        tr{break-inside:avoid}@media print{body{max-width:none;margin:0}:root{--ink:#000;--paper:#fff;--soft:#444;--line:#999}}
        """
}
