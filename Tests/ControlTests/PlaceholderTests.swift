import Testing
@Test("placeholder") func placeholderControl() {}
