import Console
import Engine
import Foundation
import Learning
import Monitoring
import Store
import Tabular
import Testing

@Suite("A console session") struct SessionTests {
    @Test("opens on the fleet with the worst first, and says who is on watch") func opening() {
        let console = SessionDriver()
        console.expect("flight-delay").expect("3 on watch").expect("loan-default")
        #expect(console.session.place == .fleet)
        #expect(console.effects == [.title("flyball bench")])
    }

    // MARK: Going about

    @Test("Enter goes in, Esc comes back to the same row, brackets walk the history, - goes to and fro") func navigation() {
        let console = SessionDriver().press("down", "down", "enter")
        #expect(console.session.place == .deployment("electricity-price"))
        console.press("6")
        #expect(console.session.place == .alerts)
        console.press("[", "[")
        #expect(console.session.place == .fleet)
        console.press("]")
        #expect(console.session.place == .deployment("electricity-price"))
        console.press("-")
        #expect(console.session.place == .fleet)
        console.press("-")
        #expect(console.session.place == .deployment("electricity-price"))
        console.press("esc", "esc", "esc").press("esc").expect("this is the first view")
        #expect(console.line(containing: "▸electricity-price") != nil)
    }

    @Test("the filter narrows as it is typed, ! turns it round, Esc puts back what was there, then clears it") func filter() {
        let console = SessionDriver().press("/").type("fr.ud")
        console.expect("card-fraud").expectNot(" churn ").expect("1 of 8")
        console.press("enter", "/").press("ctrl-u").type("(").expect("a ( without its )")
        console.press("esc").expect("1 of 8")
        console.press("/", "ctrl-u").type("!delay|price").press("enter").expectNot("electricity-price").expect("6 of 8")
        console.press("esc").expect("electricity-price")
        #expect(console.session.place == .fleet)
    }

    @Test("a terminal below 40x10 is told so, and comes back as it was") func tooSmall() {
        let console = SessionDriver().press("enter").resize(39, 10)
        console.expect("39x10 is too small").expect("flyball needs 40x10").press("P").expectNoDialog()
        console.resize(40, 10).expect("flight-delay")
        #expect(console.session.place == .deployment("flight-delay"))
        for (width, height) in [(0, 0), (1, 1), (1_000, 500), (40, 10), (10, 400)] { console.resize(width, height) }
        console.resize(10, 400).press("q")
        #expect(console.session.ending == .detached)
    }

    // MARK: Changing things

    @Test("a promotion is previewed, confirmed by another key than its own, and offers to be undone") func promote() async {
        let console = SessionDriver().press("p")
        console.expectDialog("Promote v13 of flight-delay").expect("changes").expect("412 requests/s").expect("ctrl-s promote")
        console.press("p").expectDialog("Promote v13").expect("reason p ")
        #expect(console.link.requests.isEmpty)
        await console.confirm().expectToast("promote v13 of flight-delay: done")
        console.expect("u undo").expectNoDialog()
        #expect(console.link.requests.map(\.action) == [.promote(deployment: "flight-delay", version: 13)])
        #expect(console.link.requests.first?.expected == ExpectedState(champion: 12, state: .live))
        console.press("u").expectDialog("Roll back flight-delay")
    }

    @Test("Esc cancels from anywhere, and so does Enter on cancel", arguments: [["esc"], ["tab", "esc"], ["shift-tab", "enter"]])
    func cancel(keys: [String]) {
        let console = SessionDriver().press("P").expectDialog("Pause flight-delay")
        for key in keys { console.press(key) }
        console.expectNoDialog().expect("cancelled: nothing was done")
        #expect(console.link.requests.isEmpty)
    }

    @Test(
        "a reason is typed straight into the dialog, whatever letters it has, and confirmed by a key that no text has",
        arguments: ["by hand", "night incident", "yes, the feed is down", "no, really", "quite: rrr"],
        [["ctrl-s"], ["enter", "enter"], ["tab", "enter"], ["alt-enter"]])
    func reason(words: String, keys: [String]) async {
        let console = SessionDriver().press("P")
        for character in words { console.type(String(character)).expectDialog("Pause flight-delay") }
        console.expect("reason \(words)")
        #expect(console.link.requests.isEmpty)
        for key in keys.dropLast() { console.press(key).expectDialog("Pause flight-delay").expect("[enter pause]") }
        #expect(console.link.requests.isEmpty)
        await console.press(keys[keys.count - 1]).expectToast("done")
        #expect(console.link.requests.map(\.action) == [.pause(deployment: "flight-delay")])
        #expect(console.link.requests.first?.reason == words)
        #expect(console.session.place == .fleet)
    }

    @Test("arrows choose what requests of a paused deployment get, until a reason is typed; each way has its own preview")
    func fallbacks() async {
        let console = SessionDriver().press("P").expectDialog("Pause flight-delay").expect("get 503 with Retry-After until it is resumed")
        console.press("left").expectDialog("Pause flight-delay").expect("get answers of v11, and are told so")
        console.type("xy").press("left", "left").expect("get answers of v11").expect("reason xy")
        await console.confirm().expectToast("done")
        #expect(console.link.requests.map(\.action) == [.pause(deployment: "flight-delay", fallback: .lastKnownGood)])
        #expect(console.link.requests.first?.reason == "xy")
    }

    @Test("the command line names a fallback, or says which there are")
    func namedFallback() async {
        let console = SessionDriver().press(":").type("pause flight-delay constant=yes").press("enter").expect("get the constant yes")
        await console.confirm().expectToast("done")
        #expect(console.link.requests.map(\.action) == [.pause(deployment: "flight-delay", fallback: .constant("yes"))])
        SessionDriver().press(":").type("pause flight-delay nothing").press("enter").expect("a fallback is 503, constant")
    }

    @Test("letters typed on the button are the reason, not an answer") func lettersOnTheButton() {
        let console = SessionDriver().press("P", "tab").expect("[enter pause]").type("yn").expectDialog("Pause").expect("reason yn")
        #expect(console.link.requests.isEmpty)
    }

    @Test("a sentence that comes in one read goes into the reason, and no key of it confirms what nobody has seen") func oneRead() {
        let console = SessionDriver()
        // Typed ahead, end of lines and all, as a slow line delivers it.
        for scalar in "Pnight".unicodeScalars { console.session.receive(.key(.character(scalar))) }
        for name in ["enter", "enter", "enter", "ctrl-s", "alt-enter"] { console.session.receive(.key(Key(name: name) ?? Key(.enter))) }
        console.settle()
        console.expectDialog("Pause flight-delay").expect("reason night").expect("that key came before the dialog was on the screen")
        #expect(console.link.requests.isEmpty)
        // The button, too, is pressed only when it has been seen in hand.
        SessionDriver().press("P").press("enter", "enter").expectDialog("Pause flight-delay").expect("[enter pause]")
    }

    @Test(
        "what was typed ahead of a dialog that has just closed is dropped, never a command",
        arguments: [["esc"], ["ctrl-s"], ["ctrl-c"]])
    func typedAhead(closing: [String]) async {
        let console = SessionDriver().press("P").expectDialog("Pause flight-delay")
        for name in closing + ["t", "r", "2", ":", "q", "P"] { console.session.receive(.key(Key(name: name) ?? Key(.enter))) }
        console.session.receive(.paste("the rest"))
        console.settle()
        console.expectNoDialog().expectNot("pasted text")
        #expect(console.session.place == .fleet)
        #expect(console.session.ending == nil)
        #expect(console.link.requests.count <= 1)
        // Once it is seen that the dialog is gone, keys are keys again.
        console.press("2")
        #expect(console.session.place == .deployment("flight-delay"))
    }

    @Test("a form that closes drops what was typed ahead of it, too") func typedAheadOfForm() {
        let console = SessionDriver().press("down", "F").expectDialog("Freeze loan-default")
        for name in ["esc", "t", "2"] { console.session.receive(.key(Key(name: name) ?? Key(.enter))) }
        console.settle()
        console.expectNoDialog()
        #expect(console.session.place == .fleet)
    }

    @Test("a line typed at the bottom still runs in one read") func lineInOneRead() {
        let console = SessionDriver()
        for scalar in ":alerts".unicodeScalars { console.session.receive(.key(.character(scalar))) }
        console.session.receive(.key(Key(.enter)))
        console.settle()
        #expect(console.session.place == .alerts)
    }

    @Test("Enter held down on a command line does not go through the dialog that it opens") func heldEnter() async {
        let console = SessionDriver().command("pause flight-delay").expectDialog("Pause flight-delay")
        for _ in 0..<5 { console.press("enter").expectDialog("Pause flight-delay") }
        #expect(console.link.requests.isEmpty)
        await console.press("tab").press("enter").expectToast("done")
        #expect(console.link.requests.count == 1)
    }

    @Test("the dialog of a terminal without room keeps its way out and its button", arguments: [(40, 10), (60, 15), (80, 24)])
    func smallDialog(width: Int, height: Int) {
        SessionDriver(size: Size(width: width, height: height)).press("R").expect("esc cancel").expect("ctrl-s roll back").press("enter")
            .expect("[enter roll back]")
    }

    @Test("pasted text never confirms, wherever it is pasted", arguments: ["y", "y\n", "\ny\ny", "flight-delay\ny"]) func paste(
        text: String
    ) {
        for snapshot in [SessionDriver.calm, SampleSnapshot.standard] {
            let console = SessionDriver(snapshot).press("P").paste(text)
            #expect(console.link.requests.isEmpty)
            console.press("tab").paste(text).press("tab").paste(text)
            #expect(console.link.requests.isEmpty)
        }
        SessionDriver().paste("Py").expect("pasted text is not taken for keys").expectNoDialog()
    }

    @Test("in a production workspace the deployment's name is typed, exactly") func production() async {
        let console = SessionDriver(SampleSnapshot.standard).expect("PROD").press("P").expectDialog("Pause flight-delay")
        console.expect("type flight-delay to confirm").type("by hand").press("enter").type("y").press("enter")
        console.expect("type flight-delay first").press("ctrl-s").expect("type flight-delay first")
        #expect(console.link.requests.isEmpty)
        await console.press("ctrl-u").type("flight-delay").press("enter").press("enter").expectToast("done")
        #expect(console.link.requests.map(\.reason) == ["by hand"])
    }

    @Test("stopping the engine takes the workspace's name") func stop() async {
        let console = SessionDriver(role: .admin).command("stop").expectDialog("Stop the engine of bench")
        console.press("ctrl-s").expect("type bench first").expect("type bench to confirm")
        await console.type("bench").confirm().expectToast("done")
        #expect(console.link.requests.map(\.action) == [.stop])
    }

    @Test("what changed since the preview is said in it, and the engine's refusal is shown") func compareAndSet() async {
        let console = SessionDriver()
        console.link.answer { request in
            .failure(.changed(what: "the champion of flight-delay", expected: "v\(request.expected?.champion ?? 0)", found: "v13"))
        }
        console.press("R").expectDialog("Roll back flight-delay")
        var moved = SessionDriver.calm
        if let index = moved.deployments.firstIndex(where: { $0.name == "flight-delay" }) { moved.deployments[index].champion = 13 }
        console.publish(moved).expect("changed meanwhile: v12 no longer answers")
        await console.confirm().expectToast("the champion of flight-delay changed meanwhile: you saw v12, now it is v13: nothing was done")
        #expect(console.link.requests.first?.expected?.champion == 12)
    }

    @Test("what was done but not journalled is a warning") func notJournalled() async {
        let console = SessionDriver()
        console.link.answer { _ in .success(Receipt(journalSequence: nil, summary: "paused flight-delay", at: 0)) }
        await console.press("P").confirm().expectToast("it holds, not journalled yet")
    }

    @Test("undo without a change of this session asks the journal") func undoFromJournal() {
        var snapshot = SessionDriver.calm
        snapshot.recent = []
        SessionDriver(snapshot).press("u").expect("undo: you have changed nothing lately")
    }

    @Test("small changes act at once: F asks what, and a training is queued by its form") func forms() async {
        let console = SessionDriver()
        console.press("down", "F").expectDialog("Freeze loan-default").press("right", "right", "enter", "enter")
        await console.expectToast("freeze traffic of loan-default: done")
        console.press("t").expectDialog("Train a version of loan-default")
        console.press("ctrl-u").type("lugistic").press("alt-enter").expect("no such algorithm: lugistic: did you mean logistic?")
        console.press("ctrl-u").type("logistic").press("tab").type("soon").press("alt-enter").expect(
            "window: a length of time such as 7d or 12h")
        // The settings of the algorithm follow, each with what it may be; another algorithm brings its own.
        console.press("ctrl-u").type("7d").expect("class-weights").expectNot("leaves").press("tab", "tab").expect(
            "settings to try, to train with the best ones")
        console.press("ctrl-u").type("1").press("ctrl-s").expect("search: 0 for none, or 2 to 1,000").press("ctrl-u").type("24")
        console.press("tab").expect("for all that are tried").press("ctrl-u").type("9d").press("ctrl-s")
        console.expect("search-time: a second to a week, such as 5m").press("ctrl-u").type("2m").press("tab")
        console.expect("searched unless you change it")
        console.press("ctrl-u").type("-3").press("ctrl-s").expect("l2: a number from").press("ctrl-u").type("0.5")
        await console.press("ctrl-s").expectToast("train loan-default: done")
        guard case .train(let order) = console.link.requests.last?.action else {
            Issue.record("no training was ordered")
            return
        }
        #expect(order.training.algorithm == "logistic" && order.window == 7 * 86_400_000)
        // What is shown is what is ordered; a search is free in what was left alone.
        #expect(order.training.settings["l2"] == "0.5" && order.training.settings["calibration"] == "none")
        #expect(order.training.settings["l1"] == nil)
        #expect(order.training.search == SearchOrder(trials: 24, seconds: 120))
        #expect(
            Action.train(order).preview(in: SampleSnapshot.standard).lines.first?.text
                == "queues a logistic training with the best of 24 settings, tried within 2m 00s")
    }

    @Test("the train form begins with the champion's settings and orders all that it shows") func trainSettings() async throws {
        let console = SessionDriver(size: Size(width: 100, height: 40))
        func ordered(_ keys: () -> Void) async throws -> TrainOrder {
            let before = console.link.requests.count
            console.command("deployment flight-delay").press("t").expectDialog("Train a version of flight-delay")
            keys()
            console.press("ctrl-s")
            for _ in 0..<400 where console.link.requests.count == before { try? await Task.sleep(for: .milliseconds(5)) }
            guard case .train(let order) = console.link.requests.last?.action else { throw CommandRefusal("no training was ordered") }
            return order
        }
        let same = try await ordered {}
        #expect(same.training.algorithm == "boosted-trees")
        #expect(same.training.settings["trees"] == "200" && same.training.settings["leaves"] == "63")
        #expect(same.training.settings["calibration"] == "none")
        // Another algorithm begins with its own defaults.
        let other = try await ordered { console.press("ctrl-u").type("logistic") }
        #expect(other.training.settings["l2"] == "1.0" && other.training.settings["trees"] == nil)
        // What a search may vary is left to it, unless it was changed.
        let searched = try await ordered { console.press("tab", "tab", "tab", "ctrl-u").type("9") }
        #expect(searched.training.search?.trials == 9 && searched.training.settings["trees"] == nil)
        #expect(searched.training.settings["learning-rate"] == nil && searched.training.settings["calibration"] == "none")
    }

    @Test("the train form chooses which rows judge, and says what cannot be") func trainDivision() async throws {
        let console = SessionDriver(size: Size(width: 100, height: 60))
        console.command("deployment flight-delay").press("t").expectDialog("Train a version of flight-delay")
        // The last three fields, from the last one on.
        console.press("shift-tab").press("ctrl-u").type("1.5").press("ctrl-s").expect("holdout-share: between 0 and 1, such as 0.2")
        console.press("ctrl-u").type("0.3").press("shift-tab").type("carier").press("ctrl-s")
        console.expect("group: no column carier: did you mean")
        console.press("ctrl-u").press("shift-tab").type("folds").press("ctrl-s").expect("split: time, hash, stratified, group, cv")
        console.press("ctrl-u").type("hash").press("ctrl-s")
        for _ in 0..<400 where console.link.requests.isEmpty { try? await Task.sleep(for: .milliseconds(5)) }
        guard case .train(let order) = console.link.requests.last?.action else { throw CommandRefusal("no training was ordered") }
        #expect(order.training.split == SplitRule(.hash, unit: nil, isTimed: true, share: 0.3) && order.training.holdout == 0.3)
    }

    @Test("a comparison opens from anywhere by its name") func compareAnywhere() {
        SessionDriver().command("deployment flight-delay").command("compare v13 v12").expect("on the same rows").press("esc")
            .expect("14 versions")
    }

    @Test("the alert at the bottom is the one of the deployment on screen") func ownAlert() {
        let console = SessionDriver(size: Size(width: 120, height: 40)).command("deployment loan-default")
        #expect(console.line(containing: "  since ")?.contains("v5 does not load") == true, "\(console.text)")
        #expect(console.command("fleet").line(containing: "  since ")?.contains("wind_speed is missing") == true)
    }

    @Test("the train form refuses a search of an algorithm that has nothing to search, and orders none unless asked") func noSearch() async
    {
        let console = SessionDriver()
        console.press("down", "t").expectDialog("Train a version of loan-default").press("ctrl-u").type("baseline")
        console.press("tab", "tab", "tab", "ctrl-u").type("5").press("ctrl-s").expect("search: nothing to search: baseline has no setting")
        await console.press("ctrl-u").press("ctrl-s").expectToast("train loan-default: done")
        guard case .train(let order) = console.link.requests.last?.action else {
            Issue.record("no training was ordered")
            return
        }
        #expect(order.training.algorithm == "baseline" && order.training.search == nil)
    }

    @Test("an alert is acknowledged with a time and a note") func acknowledge() async {
        let console = SessionDriver().press("6", "a").expectDialog("Acknowledge alert 33 of flight-delay")
        await console.press("ctrl-u").type("8h").press("tab").type("ticket OPS-4711").press("enter").expectToast("done")
        guard case .acknowledge(let id, let until, let note) = console.link.requests.last?.action else {
            Issue.record("no acknowledgement was sent")
            return
        }
        #expect(id == 33 && note == "ticket OPS-4711")
        #expect(abs((until ?? 0) - SampleSnapshot.now - 8 * 3_600_000) < 60_000)
    }

    @Test("marked rows are changed together, and their number is typed") func several() async {
        let console = SessionDriver().press("down", "down", "space", "down", "down", "space").expect("2 marked")
        console.press("P").expectDialog("Pause 2 deployments").expect("pause card-fraud").expect("pause electricity-price")
        await console.press("tab").type("2").press("enter").press("enter").expectToast("done")
        for _ in 0..<100 where console.link.requests.count < 2 { try? await Task.sleep(for: .milliseconds(5)) }
        #expect(Set(console.link.requests.compactMap(\.action.deployment)) == ["card-fraud", "electricity-price"])
        console.press("esc").expectNot("2 marked")
    }

    @Test("a key that works elsewhere says where, and a digit without a selection goes on with the deployment looked at last")
    func elsewhere() {
        SessionDriver().press("v").expect("verifies on Journal only: go there first")
        let console = SessionDriver().press("down", "enter", "9", "4")
        #expect(console.session.place == .versions("loan-default"))
        SessionDriver().press("9", "4").expect("select a deployment first")
    }

    @Test("a roll back of an earlier session is taken back while its version still answers")
    func undoRollback() {
        var snapshot = SessionDriver.calm
        let champion = snapshot.deployment("flight-delay")?.champion ?? 0
        let details = "{\"version\":\"v\(champion)\",\"withdrawn\":\"v10\"}"
        snapshot.recent = [
            JournalRow(
                sequence: 9_001,
                entry: JournalEntry(
                    time: SampleSnapshot.now, actor: "oncall (uid 1000)", uid: 1_000, role: "operator", verb: "rollback",
                    deployment: "flight-delay", summary: "rolled back from v10 to v\(champion)", reason: nil, details: details),
                hash: "", previousHash: "")
        ]
        SessionDriver(snapshot).press("u").expect("v10")
        snapshot.recent[0].entry.details = "{\"version\":\"v1\",\"withdrawn\":\"v10\"}"
        SessionDriver(snapshot).press("u").expect("or no longer")
    }
}
