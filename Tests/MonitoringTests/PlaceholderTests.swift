import Testing
@Test("placeholder") func placeholderMonitoring() {}
