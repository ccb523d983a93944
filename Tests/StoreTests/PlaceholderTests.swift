import Testing
@Test("placeholder") func placeholderStore() {}
