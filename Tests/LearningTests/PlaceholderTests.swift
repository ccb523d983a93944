import Testing
@Test("placeholder") func placeholderLearning() {}
