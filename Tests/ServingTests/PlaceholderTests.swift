import Testing
@Test("placeholder") func placeholderServing() {}
