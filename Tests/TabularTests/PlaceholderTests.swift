import Testing
@Test("placeholder") func placeholderTabular() {}
