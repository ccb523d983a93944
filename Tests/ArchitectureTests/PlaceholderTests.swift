import Testing
@Test("placeholder") func placeholderArchitecture() {}
