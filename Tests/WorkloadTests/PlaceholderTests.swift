import Testing
@Test("placeholder") func placeholderWorkload() {}
