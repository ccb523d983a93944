import Engine
import Testing

/// What is said to whoever asks over HTTP names no place of the machine.
@Suite("Public texts")
struct PublicTextTests {
    @Test(
        "every path of the machine is replaced, and nothing else is",
        arguments: [
            ("", ""), ("nothing of that kind", "nothing of that kind"),
            (
                "labels store: the disk is full: 0 bytes free at /srv/w/store/labels.db: make room; flyball goes on by itself",
                "labels store: the disk is full: 0 bytes free at (a path): make room; flyball goes on by itself"
            ),
            ("/srv/a is gone", "(a path) is gone"), ("cannot open: \"/srv/a b/c\"", "cannot open: \"(a path) b/c\""),
            ("at /my home/w/store/x.db, (see /etc/y)", "at (a path), (see (a path))"),
            ("1 label/s and 3/4", "1 label/s and 3/4"), ("key=/etc/shadow.", "key=(a path)."), ("/", "(a path)"),
        ])
    func paths(text: String, clean: String) {
        #expect(PublicText.withoutPaths(text, workspace: "/my home/w") == clean)
    }
}
