import Testing
@Test("placeholder") func placeholderConsole() {}
