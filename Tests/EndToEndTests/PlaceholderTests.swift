import Testing
@Test("placeholder") func placeholderEndToEnd() {}
